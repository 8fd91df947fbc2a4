import type { Schema } from '../../variant/index.ts';
import type { AnyScene } from './any-scene.ts';
import type { ReplicatedNode } from './replicated-node.ts';

/** How a spawner makes nodes from data; `custom` makes it. */
export interface SpawnFunction<T = unknown> {
  /** The type of the data. */
  readonly schema: Schema<T>;
  /** Makes the node on every side. Its name, if it has one, is replaced by the sender's. */
  create(data: T): ReplicatedNode;
}

/** Options of a `MultiplayerSpawner`, as its properties in the engine's editor. */
export interface SpawnerOptions<T = unknown> {
  /** The node whose children are spawned, seen from the spawner: `../Players`. */
  readonly spawnPath: string;
  /** The scenes that are spawned when an instance becomes a child, in the order of the engine's list. Default: none. */
  readonly scenes?: readonly AnyScene[];
  /** For `spawn(data)`. Default: null. */
  readonly spawnFunction?: SpawnFunction<T> | null;
  /** How many nodes may be there at once; 0 for any number. Default: 0. */
  readonly spawnLimit?: number;
  /**
   * Whether a peer that is admitted gets nothing until `releaseFor` is called for it: for games that load their world
   * after they have joined. Default: false.
   */
  readonly holdsNewPeers?: boolean;
  /**
   * Whether spawns to a peer wait until it has confirmed that it has the spawner. False: as in the engine, the first
   * SPAWN follows at once; a game that has not loaded its world yet loses it. Default: true.
   */
  readonly awaitsConfirmation?: boolean;
}

/** The declaration of a `MultiplayerSpawner` in a scene; `spawner` makes it. */
export class SpawnerDeclaration<T = unknown> {
  readonly kind = 'spawner';
  readonly options: Required<SpawnerOptions<T>>;

  /** @internal */
  constructor(options: SpawnerOptions<T>) {
    const { spawnPath, scenes = [], spawnFunction = null, spawnLimit = 0 } = options;
    const { holdsNewPeers = false, awaitsConfirmation = true } = options;
    if (typeof spawnPath !== 'string') throw new TypeError('a spawner has a spawnPath, such as "../Players"');
    if (!(Number.isInteger(spawnLimit) && spawnLimit >= 0)) throw new RangeError(`spawnLimit cannot be ${spawnLimit}`);
    if (scenes.length > MOST_SCENES) throw new RangeError(`a spawner has at most ${MOST_SCENES} scenes`);
    this.options = { spawnPath, scenes, spawnFunction, spawnLimit, holdsNewPeers, awaitsConfirmation };
  }
}

/** The index of a scene has one byte, and 255 stands for the spawn function. */
const MOST_SCENES = 255;

/** Declares a `MultiplayerSpawner` inside a scene. `SceneMultiplayer.spawner` declares one of the main scene. */
export function spawner<T = unknown>(options: SpawnerOptions<T>): SpawnerDeclaration<T> {
  return new SpawnerDeclaration(options);
}

/** A spawner's `spawn_function`: `create` makes a node from data of the type of `schema`. */
export function custom<T>(schema: Schema<T>, create: (data: T) => ReplicatedNode): SpawnFunction<T> {
  return { schema, create };
}
