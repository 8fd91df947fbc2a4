import type { Section } from '../text/text-file.ts';
import { boolOf, numberOf, type TextValue, textOf, textsOf } from '../text/text-value.ts';
import type { Project } from './project.ts';
import { nodeAt, type PlacedValue, pathFrom, type SceneTrees, type TreeNode } from './scene-tree.ts';

export type Mode = 'always' | 'onChange' | 'never';

/** A property in a `SceneReplicationConfig`. */
export interface SynchronizedProperty {
  /** The node that has it; null when the scene does not have it. */
  readonly node: TreeNode | null;
  /** Its node seen from the root node of the synchronizer. */
  readonly nodePath: string;
  /** `position`, `position:x` */
  readonly name: string;
  readonly mode: Mode;
  readonly spawn: boolean;
  readonly file: string;
  readonly line: number;
}

/** A `MultiplayerSynchronizer`. */
export interface Synchronizer {
  readonly node: TreeNode;
  /** The node that it synchronizes; null when the scene does not have it. */
  readonly root: TreeNode | null;
  readonly rootPath: string;
  readonly replicationInterval: number;
  readonly deltaInterval: number;
  readonly publicVisibility: boolean;
  readonly properties: readonly SynchronizedProperty[];
}

/** A `MultiplayerSpawner`. */
export interface Spawner {
  readonly node: TreeNode;
  readonly target: TreeNode | null;
  readonly spawnPath: string;
  readonly spawnLimit: number;
  /** The paths of the scenes, in the order of the list. */
  readonly scenes: readonly string[];
}

/** Reads what the nodes of scenes replicate. */
export class Replication {
  readonly #project: Project;
  readonly #trees: SceneTrees;

  constructor(project: Project, trees: SceneTrees) {
    this.#project = project;
    this.#trees = trees;
  }

  synchronizer(node: TreeNode): Synchronizer {
    const { findings } = this.#project;
    const value = (name: string): TextValue | undefined => node.properties.get(name)?.value;
    const given = textOf(value('root_path')) ?? '..';
    const root = nodeAt(node, given);
    if (root === null)
      findings.note(node.file, node.line, `the root path ${given} of ${node.name} is not in the scene`);
    if ((numberOf(value('visibility_update_mode')) ?? 0) === 2) {
      findings.note(node.file, node.line, `set visibilityUpdateMode of ${node.name}: here it is "None"`);
    }
    return {
      node,
      root,
      rootPath: given.includes('%') && root !== null ? relativePath(node, root) : given,
      replicationInterval: numberOf(value('replication_interval')) ?? 0,
      deltaInterval: numberOf(value('delta_interval')) ?? 0,
      publicVisibility: boolOf(value('public_visibility')) ?? true,
      properties: this.#properties(node, root),
    };
  }

  /** Null for one without a spawn path: it spawns nothing. */
  spawner(node: TreeNode): Spawner | null {
    const { findings } = this.#project;
    const given = textOf(node.properties.get('spawn_path')?.value) ?? '';
    if (given === '') {
      findings.note(node.file, node.line, `${node.name} has no spawn path, and is not declared`);
      return null;
    }
    const target = nodeAt(node, given);
    if (target === null && !given.startsWith('/root/')) {
      findings.note(node.file, node.line, `the spawn path ${given} of ${node.name} is not in the scene`);
    }
    const list = node.properties.get('_spawnable_scenes');
    const scenes = (textsOf(list?.value) ?? []).flatMap((reference) => {
      const path = this.#project.resolve(reference);
      if (path === null) {
        findings.error(
          node.file,
          list?.line ?? node.line,
          `${node.name} spawns ${reference}, which is not in the project`,
        );
      }
      return path ?? reference;
    });
    return {
      node,
      target,
      spawnPath: given.includes('%') && target !== null ? relativePath(node, target) : given,
      spawnLimit: numberOf(node.properties.get('spawn_limit')?.value) ?? 0,
      scenes,
    };
  }

  #properties(node: TreeNode, root: TreeNode | null): SynchronizedProperty[] {
    const placed = node.properties.get('replication_config');
    if (placed === undefined || placed.value.kind === 'null') {
      this.#project.findings.note(node.file, node.line, `${node.name} has no replication_config`);
      return [];
    }
    const found = this.#config(placed);
    if (found === null) {
      this.#project.findings.error(
        placed.file.path,
        placed.line,
        `the replication_config of ${node.name} cannot be read`,
      );
      return [];
    }
    const { section, file } = found;
    return entriesOf(section).map(({ path, spawn, mode, line }) => {
      const colon = path.indexOf(':');
      const nodePath = path.slice(0, Math.max(colon, 0)) || '.';
      const owner = root === null ? null : nodeAt(root, nodePath);
      if (owner === null)
        this.#project.findings.note(file, line, `the node of the property ${path} is not in the scene`);
      const isNamed = nodePath.includes('%') && root !== null && owner !== null;
      return {
        node: owner,
        nodePath: isNamed ? relativePath(root, owner) : nodePath,
        name: path.slice(colon + 1),
        mode,
        spawn,
        file,
        line,
      };
    });
  }

  #config(placed: PlacedValue): { readonly section: Section; readonly file: string } | null {
    const found = this.#trees.reference(placed);
    if (found === null) return null;
    if (found.path === null) return { section: found.section, file: placed.file.path };
    const resource = found.path.endsWith('.tres') ? this.#project.resource(found.path) : null;
    const section = resource?.sections.find(({ tag }) => tag === 'resource');
    return section === undefined ? null : { section, file: found.path };
  }
}

interface Entry {
  readonly path: string;
  spawn: boolean;
  mode: Mode;
  readonly line: number;
}

const MODES: readonly Mode[] = ['never', 'always', 'onChange'];

/** `properties/0/path` and what follows, as the engine reads them: each index at its turn. */
function entriesOf({ properties, lines }: Section): Entry[] {
  const entries: Entry[] = [];
  for (const [key, value] of properties) {
    const match = /^properties\/(\d+)\/(\w+)$/.exec(key);
    if (match === null) continue;
    const [index, what] = [Number(match[1]), match[2]];
    if (what === 'path') {
      const path = textOf(value);
      if (index === entries.length && path?.includes(':')) {
        entries.push({ path, spawn: true, mode: 'always', line: lines.get(key) ?? 0 });
      }
      continue;
    }
    const entry = entries[index];
    if (entry === undefined) continue;
    if (what === 'spawn') entry.spawn = boolOf(value) ?? entry.spawn;
    else if (what === 'replication_mode') entry.mode = MODES[numberOf(value) ?? -1] ?? entry.mode;
    // Godot 4.0 and 4.1.
    else if (what === 'sync') entry.mode = switched(entry.mode, 'always', boolOf(value));
    else if (what === 'watch') entry.mode = switched(entry.mode, 'onChange', boolOf(value));
  }
  return entries;
}

function switched(mode: Mode, other: Mode, isOn: boolean | null): Mode {
  if (isOn === true) return other;
  return mode === other ? 'never' : mode;
}

/** The path of `to`, seen from `from`: both are in one scene. */
function relativePath(from: TreeNode, to: TreeNode): string {
  let up = '';
  for (let at: TreeNode | null = from; at !== null; at = at.parent) {
    const path = pathFrom(at, to);
    if (isAbove(at, to)) return path === '.' ? up.slice(0, -1) || '.' : up + path;
    up += '../';
  }
  return '.';
}

/** Whether `node` is `above` or below it. */
export function isAbove(above: TreeNode, node: TreeNode): boolean {
  for (let at: TreeNode | null = node; at !== null; at = at.parent) if (at === above) return true;
  return false;
}
