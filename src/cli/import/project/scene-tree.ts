import type { Script } from '../script/script.ts';
import type { Section } from '../text/text-file.ts';
import { argumentOf, numberOf, type TextValue, textOf } from '../text/text-value.ts';
import { idText, type Project, type ResourceFile } from './project.ts';

/** A property of a node, with the file that its references belong to. */
export interface PlacedValue {
  readonly value: TextValue;
  readonly file: ResourceFile;
  readonly line: number;
}

/** A node of a scene, with what it has from the scenes that it is an instance of. */
export interface TreeNode {
  readonly name: string;
  /** The engine's class; empty when it is not known. */
  readonly type: string;
  readonly parent: TreeNode | null;
  readonly children: TreeNode[];
  readonly byName: Map<string, TreeNode>;
  readonly properties: Map<string, PlacedValue>;
  script: Script | null;
  readonly file: string;
  readonly line: number;
  /** Whether it is an instance of a scene that cannot be read, so that it may have more nodes. */
  readonly isPartial: boolean;
}

/** Of one scene, and of all together: scenes in scenes multiply. */
const MOST_NODES = 50_000;
const MOST_NODES_OF_ALL = 200_000;
const DEEPEST_NODE = 200;
const DEEPEST_INSTANCE = 30;

/** Builds the trees of scenes. */
export class SceneTrees {
  readonly #project: Project;
  readonly #trees = new Map<string, TreeNode | null>();
  /** Of the scene that is being read, and of those before. */
  #count = 0;
  #countOfAll = 0;

  constructor(project: Project) {
    this.#project = project;
  }

  /** The root of a scene; null when it cannot be read. */
  tree(path: string): TreeNode | null {
    const known = this.#trees.get(path);
    if (known !== undefined) return known;
    if (this.#countOfAll > MOST_NODES_OF_ALL) {
      this.#project.findings.error(path, 0, `not read: all scenes before it have more than ${MOST_NODES_OF_ALL} nodes`);
      return null;
    }
    this.#count = 0;
    const root = this.#build(path, null, null, []);
    this.#countOfAll += this.#count;
    this.#trees.set(path, root);
    return root;
  }

  /** `ext_resource` or `sub_resource` behind a value: its section, and the path of the file that it names. */
  reference({ value, file }: PlacedValue): { readonly section: Section; readonly path: string | null } | null {
    const [tag, id] = idOf(value);
    if (tag === null) return null;
    const section = file.resources.get(`${tag} ${id}`);
    if (section === undefined) return null;
    return { section, path: tag === 'ext_resource' ? this.#pathOf(section) : null };
  }

  #pathOf({ attributes }: Section): string | null {
    const uid = textOf(attributes.get('uid'));
    return (uid === null ? null : this.#project.resolve(uid)) ?? textOf(attributes.get('path'));
  }

  /** `name`: that of the node that the root becomes; null for the scene's own. */
  #build(path: string, parent: TreeNode | null, name: string | null, within: readonly string[]): TreeNode | null {
    const file = this.#project.resource(path);
    if (file === null) return null;
    let root: TreeNode | null = null;
    for (const section of file.sections) {
      if (section.tag === 'gd_scene' && (numberOf(section.attributes.get('format')) ?? 3) < 3) {
        this.#project.findings.error(path, section.line, 'this is a scene of Godot 3');
        return null;
      }
      if (section.tag !== 'node') continue;
      if (root === null) root = this.#addRoot(file, section, parent, name, within);
      else this.#add(file, section, root, within);
      if (this.#count > MOST_NODES) {
        this.#project.findings.error(
          path,
          section.line,
          `the scene has more than ${MOST_NODES} nodes: the rest is not read`,
        );
        break;
      }
    }
    if (root === null) this.#project.findings.error(path, 0, 'the scene has no node');
    return root;
  }

  #addRoot(
    file: ResourceFile,
    section: Section,
    parent: TreeNode | null,
    name: string | null,
    within: readonly string[],
  ): TreeNode {
    const own = name ?? textOf(section.attributes.get('name')) ?? '';
    return this.#newNode(file, section, parent, own, within);
  }

  #add(file: ResourceFile, section: Section, root: TreeNode, within: readonly string[]): void {
    const { attributes, line } = section;
    const { findings } = this.#project;
    const [name, parentPath] = [textOf(attributes.get('name')) ?? '', textOf(attributes.get('parent'))];
    if (parentPath === null) {
      findings.error(file.path, line, `the node "${name}" has no parent, and is not the first`);
      return;
    }
    const names = parentPath === '.' ? [] : parentPath.split('/');
    if (names.length > DEEPEST_NODE) {
      findings.error(file.path, line, `nodes deeper than ${DEEPEST_NODE} levels are not read`);
      return;
    }
    let parent: TreeNode | undefined = root;
    for (const step of names) {
      const next: TreeNode | undefined = childOf(parent, step);
      if (next === undefined) {
        // Also in what could not be read.
        if (!isPartial(parent))
          findings.error(file.path, line, `the node "${name}" has an unknown parent "${parentPath}"`);
        return;
      }
      parent = next;
    }
    const isOverride =
      !attributes.has('type') && !attributes.has('instance') && !attributes.has('instance_placeholder');
    const existing = childOf(parent, name);
    if (existing !== undefined) this.#setProperties(existing, file, section);
    else if (!isOverride) place(parent, this.#newNode(file, section, parent, name, within), attributes.get('index'));
    else if (!isPartial(parent))
      findings.error(file.path, line, `"${parentPath}/${name}" is in no scene that this one inherits`);
  }

  #newNode(
    file: ResourceFile,
    section: Section,
    parent: TreeNode | null,
    name: string,
    within: readonly string[],
  ): TreeNode {
    this.#count++;
    const { attributes, line } = section;
    const instance = attributes.get('instance');
    const placeholder = textOf(attributes.get('instance_placeholder'));
    if (placeholder !== null) {
      this.#project.findings.note(
        file.path,
        line,
        `the node "${name}" is loaded by code: declare what is in ${placeholder} by hand`,
      );
    }
    let node: TreeNode | null = null;
    if (instance !== undefined) node = this.#instance({ value: instance, file, line }, parent, name, within);
    node ??= {
      name,
      type: textOf(attributes.get('type')) ?? '',
      parent,
      children: [],
      byName: new Map(),
      properties: new Map(),
      script: null,
      file: file.path,
      line,
      isPartial: instance !== undefined || placeholder !== null,
    };
    this.#setProperties(node, file, section);
    return node;
  }

  #instance(reference: PlacedValue, parent: TreeNode | null, name: string, within: readonly string[]): TreeNode | null {
    const { file, line } = reference;
    const { findings } = this.#project;
    const path = this.reference(reference)?.path ?? null;
    if (path === null) {
      findings.error(file.path, line, `the node "${name}" is an instance of a scene that the file does not name`);
      return null;
    }
    const chain = [...within, file.path];
    if (chain.includes(path)) {
      findings.error(
        file.path,
        line,
        `the scene contains itself: ${[...chain.slice(chain.indexOf(path)), path].join(' > ')}`,
      );
    } else if (chain.length > DEEPEST_INSTANCE) {
      findings.error(file.path, line, `scenes in scenes deeper than ${DEEPEST_INSTANCE} levels are not read`);
    } else if (!path.endsWith('.tscn')) {
      findings.note(file.path, line, `the node "${name}" is an instance of ${path}, which is not read: only .tscn is`);
    } else if (!this.#project.has(path)) {
      findings.error(file.path, line, `${path} is not in the project`);
    } else return this.#build(path, parent, name, chain);
    return null;
  }

  #setProperties(node: TreeNode, file: ResourceFile, section: Section): void {
    for (const [name, value] of section.properties) {
      const placed = { value, file, line: section.lines.get(name) ?? section.line };
      node.properties.set(name, placed);
      if (name === 'script') node.script = this.#scriptOf(placed);
    }
  }

  #scriptOf(placed: PlacedValue): Script | null {
    const { value, file, line } = placed;
    if (value.kind === 'null') return null;
    const found = this.reference(placed);
    if (found === null) {
      this.#project.findings.error(file.path, line, 'the script is not in the file');
      return null;
    }
    const { section, path } = found;
    if (path === null) {
      const source = textOf(section.properties.get('script/source'));
      if (source === null) return null;
      const name = `${file.path}::${idText(section.attributes.get('id'))}`;
      return this.#project.embeddedScript(name, source, section.lines.get('script/source') ?? section.line);
    }
    if (!path.endsWith('.gd')) {
      this.#project.findings.note(file.path, line, `${path} is not read: only GDScript is`);
      return null;
    }
    if (!this.#project.has(path)) this.#project.findings.error(file.path, line, `${path} is not in the project`);
    return this.#project.script(path);
  }
}

/** `ExtResource("1")`, `SubResource("1")` */
function idOf(value: TextValue): [tag: 'ext_resource' | 'sub_resource' | null, id: string] {
  if (value.kind !== 'call') return [null, ''];
  const id = argumentOf(value, value.name) ?? idText(value.parts[0]);
  if (value.name === 'ExtResource') return ['ext_resource', id];
  return [value.name === 'SubResource' ? 'sub_resource' : null, id];
}

/** A node below another one. */
export function childOf(node: TreeNode, name: string): TreeNode | undefined {
  return node.byName.get(name);
}

/** Among the children of its parent, at its index in the tree. */
function place(parent: TreeNode, node: TreeNode, index: TextValue | undefined): void {
  parent.byName.set(node.name, node);
  const at = Number(idText(index) || Number.NaN);
  if (Number.isInteger(at) && at >= 0 && at < parent.children.length) parent.children.splice(at, 0, node);
  else parent.children.push(node);
}

function isPartial(node: TreeNode): boolean {
  for (let at: TreeNode | null = node; at !== null; at = at.parent) if (at.isPartial) return true;
  return false;
}

/** The node and all below it, from top to bottom. */
export function* nodesOf(node: TreeNode): Generator<TreeNode> {
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    waiting.push(...next.children.toReversed());
  }
}

/** The path of a node, seen from one above it; `.` for itself. */
export function pathFrom(above: TreeNode, node: TreeNode): string {
  const names: string[] = [];
  for (let at: TreeNode | null = node; at !== null && at !== above; at = at.parent) names.unshift(at.name);
  return names.join('/') || '.';
}

/** The node at a path seen from `from`: `../Players`, `%Name`; null when there is none. */
export function nodeAt(from: TreeNode, path: string): TreeNode | null {
  let at: TreeNode | null = from;
  for (const step of path.split('/')) {
    if (at === null) return null;
    if (step === '..') at = at.parent;
    else if (step.startsWith('%')) at = uniqueNode(at, step.slice(1));
    else if (step !== '.' && step !== '') at = childOf(at, step) ?? null;
  }
  return at;
}

/** A node with a unique name in the scene. */
function uniqueNode(from: TreeNode, name: string): TreeNode | null {
  let root = from;
  while (root.parent !== null) root = root.parent;
  for (const node of nodesOf(root)) {
    const isUnique = node.properties.get('unique_name_in_owner')?.value;
    if (node.name === name && isUnique?.kind === 'bool' && isUnique.value) return node;
  }
  return null;
}
