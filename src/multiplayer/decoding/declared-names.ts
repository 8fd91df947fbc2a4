import type { AnyScene } from '../nodes/any-scene.ts';
import { resolve } from '../nodes/node-path.ts';
import { ReplicationMode } from '../nodes/property.ts';
import { fits } from '../rpc/node-registry.ts';
import { RpcTable } from '../rpc/rpc-table.ts';

/**
 * The remote methods of a node: a list of their names, or an object with the names as keys. A value `{ "nodeConfig": true }`
 * marks one that the game configures by `Node.rpc_config`; what else the values are has no effect here.
 */
export type MethodNames = readonly string[] | Readonly<Record<string, unknown>>;

/** When a property is sent: by `always`, `onChange` or `spawnOnly`, or a `ReplicatedProperty`. */
export type PropertyRule =
  | 'always'
  | 'onChange'
  | 'spawnOnly'
  | { readonly mode: ReplicationMode | 'always' | 'onChange' | 'spawnOnly'; readonly spawn?: boolean };

/** A synchronizer: one made by `synchronizer(…)`, or its properties in the order of its configuration. */
export interface SynchronizerRule {
  readonly properties: Readonly<Record<string, PropertyRule>>;
  /** Anything but null: its authority is not that of its scene, and its values are not in the SPAWN. */
  readonly authority?: unknown;
  readonly options?: { readonly rootPath?: string };
}

/** A scene: one made by `scene(…)`, or its synchronizers by their paths from its root. */
export type SceneRule = AnyScene | Readonly<Record<string, SynchronizerRule>>;

/** A spawner: the options of `multiplayer.spawner(…)`, or the same without functions. */
export interface SpawnerRule {
  readonly spawnPath?: string;
  readonly scenes?: readonly SceneRule[];
  /** The scene that the spawner's function makes. */
  readonly custom?: SceneRule;
}

/**
 * The names that are not in the packets, by paths from the root, in which `*` matches any one name. All of it may be
 * parsed from JSON, except scenes made by `scene(…)`.
 */
export interface DeclaredNames {
  /** The methods of the nodes: packets have only their numbers. Give all remote methods of a node. */
  readonly nodes?: Readonly<Record<string, MethodNames>>;
  readonly spawners?: Readonly<Record<string, SpawnerRule>>;
  /** The synchronizers that are not in a spawned scene. */
  readonly synchronizers?: Readonly<Record<string, SynchronizerRule>>;
}

/** The names of a synchronizer's properties, in the order of the values. */
export interface PropertyNames {
  /** From the root of its scene. */
  readonly path: string;
  readonly spawned: readonly string[];
  readonly always: readonly string[];
  readonly watched: readonly string[];
  /** Whether its values are in the SPAWN of its scene in any case. */
  readonly followsScene: boolean;
}

export interface SpawnerNames {
  readonly spawnPath: string | null;
  /** The synchronizers that a SPAWN of each scene may have. */
  readonly scenes: readonly (readonly PropertyNames[])[];
  readonly custom: readonly PropertyNames[] | null;
}

type MethodTable = RpcTable<{ readonly isNodeLevel: boolean }>;

/** Finds declared names. Throws `TypeError` for a table that is none. */
export class NameTables {
  readonly #methods: PathTable<MethodTable>;
  readonly #byChecksum = new Map<string, MethodTable>();
  readonly #spawners: PathTable<SpawnerNames>;
  readonly #synchronizers: PathTable<PropertyNames>;

  constructor({ nodes = {}, spawners = {}, synchronizers = {} }: DeclaredNames) {
    this.#methods = new PathTable(entriesOf(nodes, methodTableOf));
    for (const table of this.#methods.values()) this.#byChecksum.set(table.md5, table);
    this.#spawners = new PathTable(entriesOf(spawners, spawnerNamesOf));
    this.#synchronizers = new PathTable(entriesOf(synchronizers, propertyNamesOf));
  }

  /** The name of a method of the node at `path`, or of any node whose methods have this checksum; null when it is not known. */
  methodName(path: string | null, checksum: string | null, id: number): string | null {
    const declared = path === null ? undefined : this.#methods.find(path);
    const table = declared ?? (checksum === null ? undefined : this.#byChecksum.get(checksum));
    return table?.byId(id)?.name ?? null;
  }

  /** The checksum of the methods declared for `path`; null without any. */
  checksumOf(path: string): string | null {
    return this.#methods.find(path)?.md5 ?? null;
  }

  spawner(path: string): SpawnerNames | null {
    return this.#spawners.find(path) ?? null;
  }

  synchronizer(path: string): PropertyNames | null {
    return this.#synchronizers.find(path) ?? null;
  }
}

/** Values by paths and by patterns of paths. */
class PathTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #patterns: { readonly segments: readonly string[]; readonly value: T }[] = [];

  constructor(entries: readonly (readonly [path: string, value: T])[]) {
    for (const [given, value] of entries) {
      const path = given.replace(/^\/root\/(?=.)/, '');
      const segments = path.split('/');
      if (segments.includes('*')) this.#patterns.push({ segments, value });
      else this.#exact.set(path, value);
    }
  }

  find(path: string): T | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined || this.#patterns.length === 0) return exact;
    const names = path.split('/');
    return this.#patterns.find(({ segments }) => fits(segments, names))?.value;
  }

  values(): T[] {
    return [...this.#exact.values(), ...this.#patterns.map(({ value }) => value)];
  }
}

function entriesOf<Rule, T>(
  rules: Readonly<Record<string, Rule>>,
  toValue: (rule: Rule, path: string) => T,
): [string, T][] {
  if (!isObject(rules)) throw new TypeError('names are declared by an object whose keys are paths');
  return Object.entries(rules).map(([path, rule]) => [path, toValue(rule, path)]);
}

function methodTableOf(names: MethodNames, path: string): MethodTable {
  if (!isObject(names)) throw new TypeError(`the methods of "${path}" are a list of names, or an object`);
  const rules: [string, unknown][] = Array.isArray(names) ? names.map((name) => [name, null]) : Object.entries(names);
  const methods = rules.map(([name, rule]) => {
    if (typeof name !== 'string') throw new TypeError(`a method of "${path}" has a name that is no text`);
    return [name, { isNodeLevel: isNodeLevel(rule) }] as const;
  });
  return new RpcTable(Object.fromEntries(methods));
}

/** Whether a method is configured on the node: as an `RpcMethod` says it, or an option of `rpc`. */
function isNodeLevel(rule: unknown): boolean {
  if (!isObject(rule)) return false;
  return ('isNodeLevel' in rule && rule.isNodeLevel === true) || ('nodeConfig' in rule && rule.nodeConfig === true);
}

function spawnerNamesOf(rule: SpawnerRule, path: string): SpawnerNames {
  if (!isObject(rule)) throw new TypeError(`the spawner "${path}" is declared by an object`);
  const { spawnPath = null, scenes = [], custom = null } = rule;
  return { spawnPath, scenes: scenes.map(sceneNamesOf), custom: custom === null ? null : sceneNamesOf(custom) };
}

/** The synchronizers of a scene that a SPAWN may have: those whose root is the root of the scene. */
function sceneNamesOf(scene: SceneRule): PropertyNames[] {
  if (!isObject(scene)) throw new TypeError('a scene is declared by an object whose keys are paths of synchronizers');
  const rules: [string, SynchronizerRule][] = isPacked(scene)
    ? scene.layout.synchronizers.map(({ path, declaration }) => [path, declaration])
    : Object.entries(scene);
  return rules
    .filter(([path, { options = {} }]) => resolve(path, options.rootPath ?? '..') === '.')
    .map(([path, rule]) => propertyNamesOf(rule, path));
}

function isPacked(scene: SceneRule): scene is AnyScene {
  return 'instantiate' in scene && typeof scene.instantiate === 'function';
}

function propertyNamesOf({ properties, authority = null }: SynchronizerRule, path: string): PropertyNames {
  if (!isObject(properties)) throw new TypeError(`the synchronizer "${path}" has no properties`);
  const [spawned, always, watched]: [string[], string[], string[]] = [[], [], []];
  for (const [name, rule] of Object.entries(properties)) {
    const { mode, spawn = true } = typeof rule === 'string' ? { mode: rule } : rule;
    if (spawn) spawned.push(name);
    if (mode === 'always' || mode === ReplicationMode.REPLICATION_MODE_ALWAYS) always.push(name);
    else if (mode === 'onChange' || mode === ReplicationMode.REPLICATION_MODE_ON_CHANGE) watched.push(name);
    else if (mode !== 'spawnOnly' && mode !== ReplicationMode.REPLICATION_MODE_NEVER)
      throw new TypeError(`the property "${name}" of "${path}" is sent always, onChange or spawnOnly, not ${mode}`);
  }
  return { path, spawned, always, watched, followsScene: authority === null };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
