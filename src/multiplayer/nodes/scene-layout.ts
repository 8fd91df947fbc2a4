import { isPathBelow, resolve, splitProperty } from './node-path.ts';
import { type ReplicatedProperty, ReplicationMode } from './property.ts';
import type { PropertySlot } from './property-values.ts';
import type { Declarations, PropertiesOf } from './scene-types.ts';
import { SpawnerDeclaration } from './spawner-declaration.ts';
import { SynchronizerDeclaration } from './synchronizer-declaration.ts';

/** A synchronizer of a scene, and the slots of its properties in the order of its configuration. */
export interface SynchronizerLayout {
  readonly path: string;
  readonly declaration: SynchronizerDeclaration<PropertiesOf, string>;
  /** The node that it synchronizes: RPCs to that node follow its visibility. */
  readonly root: string;
  /** The values in a SPAWN, in a SYNC, and in a DELTA. */
  readonly spawned: readonly number[];
  readonly always: readonly number[];
  readonly watched: readonly number[];
}

export interface SpawnerLayout {
  readonly path: string;
  readonly declaration: SpawnerDeclaration;
}

/** A node of a scene, and the slots of the properties that belong to it, by their names. */
export interface NodeLayout {
  readonly path: string;
  readonly properties: ReadonlyMap<string, number>;
}

/** What all instances of a scene have in common: their nodes, and where the value of each property is. */
export class SceneLayout {
  readonly slots: readonly PropertySlot[];
  /** The root of the scene, `.`, comes first. */
  readonly nodes: readonly NodeLayout[];
  readonly synchronizers: readonly SynchronizerLayout[];
  readonly spawners: readonly SpawnerLayout[];

  /** Throws `TypeError` for a path that is none, and for a property that is declared twice. */
  constructor(declared: Declarations) {
    const slots: PropertySlot[] = [];
    const nodes = new Map<string, Map<string, number>>([['.', new Map()]]);
    const propertiesOf = (path: string): Map<string, number> => {
      const known = nodes.get(path) ?? new Map<string, number>();
      nodes.set(path, known);
      return known;
    };
    const addSlot = (root: string, key: string, { schema, initial }: ReplicatedProperty<unknown>): number => {
      const { node, name } = splitProperty(key);
      const properties = propertiesOf(resolve(root, node));
      if (properties.has(name))
        throw new TypeError(`the property "${name}" of "${resolve(root, node)}" is declared twice`);
      properties.set(name, slots.length);
      return slots.push({ schema, initial, label: key }) - 1;
    };
    const synchronizers: SynchronizerLayout[] = [];
    const spawners: SpawnerLayout[] = [];
    for (const [path, declaration] of Object.entries(declared)) {
      checkPath(path);
      propertiesOf(path);
      if (declaration instanceof SpawnerDeclaration) spawners.push({ path, declaration });
      else if (declaration instanceof SynchronizerDeclaration) synchronizers.push(layOut(path, declaration, addSlot));
      else throw new TypeError(`"${path}" is declared by synchronizer() or spawner()`);
    }
    this.slots = slots;
    this.nodes = [...nodes].map(([path, properties]) => ({ path, properties }));
    this.synchronizers = synchronizers;
    this.spawners = spawners;
  }
}

function layOut(
  path: string,
  declaration: SynchronizerDeclaration<PropertiesOf, string>,
  addSlot: (root: string, key: string, property: ReplicatedProperty<unknown>) => number,
): SynchronizerLayout {
  const root = resolve(path, declaration.options.rootPath);
  const [spawned, always, watched]: [number[], number[], number[]] = [[], [], []];
  for (const [key, property] of Object.entries(declaration.properties)) {
    const slot = addSlot(root, key, property);
    if (property.spawn) spawned.push(slot);
    if (property.mode === ReplicationMode.REPLICATION_MODE_ALWAYS) always.push(slot);
    if (property.mode === ReplicationMode.REPLICATION_MODE_ON_CHANGE) watched.push(slot);
  }
  return { path, declaration, root, spawned, always, watched };
}

/** Throws `TypeError` unless `path` is one of a node below the root of a scene. */
function checkPath(path: string): void {
  if (!isPathBelow(path)) throw new TypeError(`"${path}" is no path of a node below the root of its scene`);
}
