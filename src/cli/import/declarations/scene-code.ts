import type { Game, GameScene } from '../project/game.ts';
import { isNamedAfterPeer } from '../project/named-authority.ts';
import { isAbove, type Spawner, type Synchronizer } from '../project/replication.ts';
import { pathFrom, type TreeNode } from '../project/scene-tree.ts';
import type { ModuleImports } from './module-imports.ts';
import { commented, keyOf, type Names, quoted, upperFirst } from './names.ts';
import { propertyCode } from './property-code.ts';

/** Writes the declarations of scenes and spawners. */
export class SceneCode {
  readonly #game: Game;
  readonly #imports: ModuleImports;
  readonly #names: Names;
  /** The names of the scenes that are written already. */
  readonly #written = new Map<string, string>();
  /** Scenes that are being written: the spawners in them cannot refer to them. */
  readonly #open: string[] = [];
  readonly #blocks: string[][] = [];

  constructor(game: Game, imports: ModuleImports, names: Names) {
    this.#game = game;
    this.#imports = imports;
    this.#names = names;
  }

  /** A block of lines for each scene and spawner. */
  blocks(): string[][] {
    const scenes = [...this.#game.scenes.values()];
    for (const scene of scenes) if (scene.isSpawned) this.#reference(scene.path, scene.root.file, 0);
    for (const scene of scenes) {
      if (scene.isSpawned || scene.places.size === 0) continue;
      this.#fixedNodes(scene);
      for (const spawner of scene.spawners) this.#fixedSpawner(scene, spawner);
    }
    return this.#blocks;
  }

  /** The expression for a scene of a spawner's list. Writes the scene before it is used. */
  #reference(path: string, file: string, line: number): string {
    const known = this.#written.get(path);
    if (known !== undefined) return known;
    const { findings } = this.#game.project;
    const scene = this.#game.scenes.get(path);
    if (scene === undefined || this.#open.includes(path)) {
      const text =
        scene === undefined
          ? `${path} cannot be read: it is declared without synchronizers`
          : `${path} spawns itself: inside of it, it is declared without synchronizers`;
      findings.error(file, line, text);
      return `${this.#imports.use('tickpeer/multiplayer', 'scene')}(${quoted(path)}, {})`;
    }
    this.#open.push(path);
    const members = this.#members(scene.root, scene.synchronizers, scene.spawners);
    this.#open.pop();
    const name = this.#names.next(path, 'Scene');
    this.#written.set(path, name);
    this.#blocks.push(this.#sceneBlock([`${commented(path)}, as spawners spawn it.`], name, path, members));
    return name;
  }

  #sceneBlock(text: readonly string[], name: string, path: string, members: readonly string[]): string[] {
    const call = `export const ${name} = ${this.#imports.use('tickpeer/multiplayer', 'scene')}(${quoted(path)}, {`;
    const body = members.length === 0 ? [`${call}});`] : [call, ...members, '});'];
    return [
      ...commentLines(text),
      ...body,
      `export type ${upperFirst(name)} = ReturnType<typeof ${name}.instantiate>;`,
    ];
  }

  /** The synchronizers and the spawners below `root`, in the order of the tree. */
  #members(root: TreeNode, synchronizers: readonly Synchronizer[], spawners: readonly Spawner[]): string[] {
    const taken = new Map<TreeNode | null, Set<string>>();
    const keys: string[] = [];
    const lines: string[] = [];
    const at = (node: TreeNode): string => {
      const path = pathFrom(root, node);
      keys.push(path);
      return keyOf(path);
    };
    for (const one of synchronizers) lines.push(...this.#synchronizer(at(one.node), one, root, taken));
    for (const one of spawners) lines.push(`  ${at(one.node)}: ${this.#spawner(one)},`);
    // JavaScript puts such keys first, and the order is that of the packets.
    const order = Object.keys(Object.fromEntries(keys.map((key) => [key, true])));
    if (order.join('\n') !== keys.join('\n')) {
      const { findings } = this.#game.project;
      findings.error(
        root.file,
        root.line,
        'a synchronizer cannot have a number as its name: JavaScript changes the order',
      );
    }
    return lines;
  }

  #synchronizer(
    key: string,
    synchronizer: Synchronizer,
    root: TreeNode,
    taken: Map<TreeNode | null, Set<string>>,
  ): string[] {
    const { scripts, project } = this.#game;
    const call = `  ${key}: ${this.#imports.use('tickpeer/multiplayer', 'synchronizer')}(`;
    const context = { scripts, findings: project.findings, imports: this.#imports };
    const { properties, node } = synchronizer;
    if (properties.filter(({ mode }) => mode === 'onChange').length > 64) {
      project.findings.error(node.file, node.line, `${node.name} has more than 64 properties that are sent on change`);
    }
    const rows = properties.map((property) => `    ${propertyCode(property, taken, context)}`);
    const options = this.#options(synchronizer, root);
    const end = options === '' ? '),' : `, { ${options} }),`;
    return rows.length === 0 ? [`${call}{}${end}`] : [`${call}{`, ...rows, `  }${end}`];
  }

  #options(synchronizer: Synchronizer, root: TreeNode): string {
    const { rootPath, replicationInterval, deltaInterval, publicVisibility } = synchronizer;
    const options: string[] = [];
    if (rootPath !== '..') options.push(`rootPath: ${quoted(rootPath)}`);
    if (replicationInterval > 0) options.push(`replicationInterval: ${replicationInterval}`);
    if (deltaInterval > 0) options.push(`deltaInterval: ${deltaInterval}`);
    if (!publicVisibility) options.push('publicVisibility: false');
    if (isNamedAfterPeer(this.#game, synchronizer.node, root)) options.push('authority: ({ name }) => Number(name)');
    return options.join(', ');
  }

  /** Nodes of a scene that is not spawned: every side adds them. */
  #fixedNodes({ path, root, synchronizers, places }: GameScene): void {
    const anchors = new Set(synchronizers.map(anchorOf));
    const outer = [...anchors].filter((node) => ![...anchors].some((other) => other !== node && isAbove(other, node)));
    for (const anchor of outer) {
      const inside = synchronizers.filter(({ node }) => isAbove(anchor, node));
      const members = this.#members(anchor, inside, []);
      const name = this.#names.next(`${path}${anchor === root ? '' : `/${anchor.name}`}`, 'Nodes');
      const [place = ''] = places;
      const whole = anchor === root ? place : `${place}/${pathFrom(root, anchor)}`;
      const slash = whole.lastIndexOf('/');
      const [parent, own] = slash < 0 ? ['.', whole] : [whole.slice(0, slash), whole.slice(slash + 1)];
      const add = `multiplayer.addChild(${quoted(parent)}, ${name}.instantiate({ name: ${quoted(own)} }))`;
      const text = [
        `${commented(whole)} in ${commented(path)}, which is in no list of a spawner. Every side adds it:`,
        `\`${commented(add)}\``,
      ];
      this.#blocks.push(this.#sceneBlock(text, name, path, members));
    }
  }

  /** A spawner of a scene that is not spawned. */
  #fixedSpawner({ path, root, places }: GameScene, spawner: Spawner): void {
    const own = spawner.node.name.replace(/Spawner$/, '');
    const name = this.#names.next(own === '' ? path : `${path}/${own}`, 'Spawner');
    const [place = ''] = places;
    const whole = `${place}/${pathFrom(root, spawner.node)}`;
    const hint =
      spawner.scenes.length > 0
        ? `multiplayer.spawner(${name}.path, ${name})`
        : `multiplayer.spawner(${name}.path, { ...${name}, spawnFunction: custom(…) })`;
    this.#blocks.push([
      ...commentLines([`${commented(whole)} in ${commented(path)}:`, `\`${hint}\``]),
      `export const ${name} = { path: ${quoted(whole)}, ${this.#spawnerOptions(spawner)} };`,
    ]);
  }

  #spawner(spawner: Spawner): string {
    return `${this.#imports.use('tickpeer/multiplayer', 'spawner')}({ ${this.#spawnerOptions(spawner)} })`;
  }

  #spawnerOptions({ node, scenes, spawnPath, spawnLimit }: Spawner): string {
    const line = node.properties.get('_spawnable_scenes')?.line ?? node.line;
    const { findings } = this.#game.project;
    if (scenes.length === 0) {
      findings.note(node.file, node.line, `${node.name} has no scenes in its list: it needs a spawnFunction`);
    }
    if (scenes.length > 255) findings.error(node.file, line, `${node.name} has more than 255 scenes`);
    const list = scenes.map((path) => this.#reference(path, node.file, line));
    const options = [`spawnPath: ${quoted(spawnPath)}`];
    if (list.length > 0) options.push(`scenes: [${list.join(', ')}]`);
    if (spawnLimit > 0) options.push(`spawnLimit: ${spawnLimit}`);
    return options.join(', ');
  }
}

function commentLines(lines: readonly string[]): string[] {
  return lines.length === 1 ? [`/** ${lines[0]} */`] : ['/**', ...lines.map((line) => ` * ${line}`), ' */'];
}

/** The lowest node that has the synchronizer, its root node and the nodes of its properties below it. */
function anchorOf({ node, root, properties }: Synchronizer): TreeNode {
  const all = [root, ...properties.map((property) => property.node)].filter((one) => one !== null);
  let anchor = node.parent ?? node;
  while (anchor.parent !== null && !all.every((one) => isAbove(anchor, one))) anchor = anchor.parent;
  return anchor;
}
