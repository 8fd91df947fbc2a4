import type { Script } from '../script/script.ts';
import { ScriptIndex } from '../script/script-index.ts';
import { argumentOf, textOf } from '../text/text-value.ts';
import { compare } from './findings.ts';
import { fileOf, type Project } from './project.ts';
import { Replication, type Spawner, type Synchronizer } from './replication.ts';
import { nodesOf, pathFrom, SceneTrees, type TreeNode } from './scene-tree.ts';

/** A scene and what it replicates. */
export interface GameScene {
  readonly path: string;
  readonly root: TreeNode;
  readonly synchronizers: readonly Synchronizer[];
  readonly spawners: readonly Spawner[];
  /** Whether a spawner has it in its list. */
  isSpawned: boolean;
  /** The paths of its root in the running game, from /root; `*` for a name that is chosen when it is spawned. */
  readonly places: Set<string>;
}

/** Spawners within spawned scenes; more are not looked for. */
const MOST_PLACES = 50;
const DEEPEST_PLACE = 6;

/** All that is remote in a project: its scenes, where they are in the running game, and the scripts with `@rpc`. */
export class Game {
  readonly project: Project;
  readonly scripts: ScriptIndex;
  /** In the order of their paths. */
  readonly scenes: ReadonlyMap<string, GameScene>;
  /** Scripts with remote functions, and the paths of their nodes. */
  readonly tables: ReadonlyMap<Script, readonly string[]>;

  constructor(project: Project) {
    this.project = project;
    this.scripts = new ScriptIndex(project);
    this.scenes = this.#readScenes();
    for (const { spawners } of this.scenes.values()) {
      for (const path of spawners.flatMap((spawner) => spawner.scenes)) {
        const scene = this.scenes.get(path);
        if (scene !== undefined) scene.isSpawned = true;
      }
    }
    const autoloads = this.#place();
    this.tables = this.#readTables(autoloads);
    this.#remark();
  }

  #readScenes(): Map<string, GameScene> {
    const trees = new SceneTrees(this.project);
    const replication = new Replication(this.project, trees);
    const scenes = new Map<string, GameScene>();
    for (const path of this.project.scenePaths) {
      const root = trees.tree(path);
      if (root === null) continue;
      const nodes = [...nodesOf(root)];
      const ofType = (type: string): TreeNode[] => nodes.filter((node) => this.#classOf(node) === type);
      const synchronizers = ofType('MultiplayerSynchronizer').map((node) => replication.synchronizer(node));
      const spawners = ofType('MultiplayerSpawner').flatMap((node) => replication.spawner(node) ?? []);
      scenes.set(path, { path, root, synchronizers, spawners, isSpawned: false, places: new Set() });
    }
    return scenes;
  }

  #classOf(node: TreeNode): string {
    return node.type === '' && node.script !== null ? this.scripts.nativeClass(node.script) : node.type;
  }

  /** Finds where the scenes are in the running game. Returns the scripts that are nodes by themselves. */
  #place(): ReadonlyMap<string, string> {
    const { settings, findings } = this.project;
    const section = (tag: string) => settings.find((one) => one.tag === tag);
    const main = textOf(section('application')?.properties.get('run/main_scene'));
    const mainPath = main === null ? null : this.project.resolve(main);
    if (mainPath === null) findings.note('res://project.godot', 0, 'there is no main scene, or its uid is not known');
    const autoloads = new Map<string, string>();
    for (const [name, value] of section('autoload')?.properties ?? []) {
      const path = this.project.resolve((textOf(value) ?? '').replace(/^\*/, ''));
      const scene = path === null ? undefined : this.scenes.get(path);
      if (scene !== undefined) this.#placeAt(scene, name, 0);
      else if (path?.endsWith('.gd')) autoloads.set(name, path);
      else
        findings.note(
          'res://project.godot',
          section('autoload')?.lines.get(name) ?? 0,
          `the autoload ${name} is not read`,
        );
    }
    const instanced = this.#instancedScenes();
    for (const scene of this.scenes.values()) {
      const isMain = scene.path === mainPath;
      if (!isMain && (scene.isSpawned || scene.places.size > 0 || instanced.has(scene.path))) continue;
      if (!isMain && this.#isRemote(scene)) {
        const text = `the scene is loaded by code: paths begin with ${scene.root.name}, as if it were added to /root`;
        findings.note(scene.path, 0, text);
      }
      this.#placeAt(scene, scene.root.name, 0);
    }
    return autoloads;
  }

  #isRemote({ root, synchronizers, spawners }: GameScene): boolean {
    if (synchronizers.length + spawners.length > 0) return true;
    return [...nodesOf(root)].some(({ script }) => script !== null && this.scripts.remotes(script).length > 0);
  }

  /** Scenes that are in other scenes. */
  #instancedScenes(): Set<string> {
    const found = new Set<string>();
    for (const path of this.project.scenePaths) {
      const file = this.project.resource(path);
      for (const { tag, attributes } of file?.sections ?? []) {
        const id = tag === 'node' ? argumentOf(attributes.get('instance'), 'ExtResource') : null;
        const target = id === null ? undefined : file?.resources.get(`ext_resource ${id}`);
        const uid = textOf(target?.attributes.get('uid'));
        const inner = (uid === null ? null : this.project.resolve(uid)) ?? textOf(target?.attributes.get('path'));
        if (inner !== null) found.add(inner);
      }
    }
    return found;
  }

  #placeAt(scene: GameScene, place: string, depth: number): void {
    if (scene.places.has(place) || scene.places.size >= MOST_PLACES || depth > DEEPEST_PLACE) return;
    scene.places.add(place);
    for (const spawner of scene.spawners) {
      const { spawnPath, target } = spawner;
      const inside = target === null ? null : joined(place, pathFrom(scene.root, target));
      const parent = spawnPath.startsWith('/root/') ? spawnPath.slice('/root/'.length) : inside;
      if (parent === null) continue;
      for (const path of spawner.scenes) {
        const inner = this.scenes.get(path);
        if (inner !== undefined) this.#placeAt(inner, joined(parent, '*'), depth + 1);
      }
    }
  }

  #readTables(autoloads: ReadonlyMap<string, string>): Map<Script, readonly string[]> {
    const places = new Map<Script, Set<string>>();
    const add = (script: Script | null, path: string): void => {
      if (script === null || this.scripts.remotes(script).length === 0) return;
      const known = places.get(script) ?? new Set();
      places.set(script, known.add(path));
    };
    for (const [name, path] of autoloads) add(this.project.script(path), name);
    for (const scene of this.scenes.values()) {
      for (const node of nodesOf(scene.root)) {
        for (const place of scene.places) add(node.script, joined(place, pathFrom(scene.root, node)));
      }
    }
    this.#addUnplaced(places);
    const sorted = [...places].sort(([one], [other]) => compare(one.path, other.path));
    return new Map(sorted.map(([script, paths]) => [script, [...paths].sort(compare)]));
  }

  /** Scripts with remote functions that no node has and no script extends. */
  #addUnplaced(places: Map<Script, Set<string>>): void {
    const scripts = this.project.scriptPaths.flatMap((path) => this.project.script(path) ?? []);
    const bases = new Set(scripts.flatMap((script) => this.scripts.chain(script).slice(1)));
    for (const script of scripts) {
      if (places.has(script) || bases.has(script) || this.scripts.remotes(script).length === 0) continue;
      const [first] = script.remotes;
      this.project.findings.note(
        script.path,
        first?.line ?? 1,
        'no node of any scene has this script: its paths are not known',
      );
      places.set(script, new Set());
    }
  }

  /** Code that the declarations do not take into account. */
  #remark(): void {
    const { findings, scriptPaths } = this.project;
    const placed = [...this.scenes.values()].flatMap(({ root }) =>
      [...nodesOf(root)].flatMap(({ script }) => script ?? []),
    );
    const files = scriptPaths.flatMap((path) => this.project.script(path) ?? []);
    for (const script of new Set([...files, ...placed])) {
      for (const { line, text } of script.remarks) findings.note(fileOf(script.path), line, text);
    }
  }
}

/** The path of what is at `inner` seen from the node at `path`. */
export function joined(path: string, inner: string): string {
  return inner === '.' ? path : `${path}/${inner}`;
}
