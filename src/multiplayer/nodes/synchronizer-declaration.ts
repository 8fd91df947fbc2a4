import { MOST_WATCHED } from '../wire/state-packet.ts';
import { ReplicatedProperty, ReplicationMode } from './property.ts';
import type { SceneNode } from './scene-node.ts';
import type { PropertiesOf } from './scene-types.ts';

/** Options of a `MultiplayerSynchronizer`, as its properties in the engine's editor. */
export interface SynchronizerOptions<Root extends string = string> {
  /**
   * The node to which the paths of the properties are relative, seen from the synchronizer. Default: `..`, its parent.
   */
  readonly rootPath?: Root;
  /** Seconds between two SYNCs; 0 for every poll. Default: 0. */
  readonly replicationInterval?: number;
  /** Seconds between two DELTAs; 0 for every poll with a change. Default: 0. */
  readonly deltaInterval?: number;
  /** Whether every peer sees it from the start. Default: true. */
  readonly publicVisibility?: boolean;
  /**
   * The synchronizer's authority when the scene enters the tree. It is called on every side with the root of the scene,
   * whose name every side knows: `({ name }) => Number(name)` for a player that is named after the id of its peer.
   * Default: the authority of the nodes above it.
   */
  readonly authority?: (root: SceneNode) => number;
}

/** The declaration of a `MultiplayerSynchronizer` in a scene; `synchronizer` makes it. */
export class SynchronizerDeclaration<Properties extends PropertiesOf, Root extends string> {
  readonly kind = 'synchronizer';
  readonly properties: Properties;
  readonly options: Required<Omit<SynchronizerOptions<Root>, 'authority'>>;
  readonly authority: ((root: SceneNode) => number) | null;

  /** @internal */
  constructor(properties: Properties, options: SynchronizerOptions<Root>) {
    const { replicationInterval = 0, deltaInterval = 0, publicVisibility = true } = options;
    checkInterval('replicationInterval', replicationInterval);
    checkInterval('deltaInterval', deltaInterval);
    const watched = Object.values(properties).filter(({ mode }) => mode === ReplicationMode.REPLICATION_MODE_ON_CHANGE);
    if (watched.length > MOST_WATCHED) {
      throw new TypeError(
        `a synchronizer has at most ${MOST_WATCHED} properties that are sent on change, not ${watched.length}`,
      );
    }
    for (const [name, property] of Object.entries(properties)) {
      if (!(property instanceof ReplicatedProperty))
        throw new TypeError(`"${name}" is made by always, onChange or spawnOnly`);
      // JavaScript puts such keys first, and the order is that of the bytes.
      if (/^(0|[1-9][0-9]*)$/.test(name)) throw new TypeError(`a property cannot have the name ${name}`);
    }
    this.properties = properties;
    // The default of the type parameter is this path.
    const rootPath = (options.rootPath ?? '..') as Root;
    this.options = { rootPath, replicationInterval, deltaInterval, publicVisibility };
    this.authority = options.authority ?? null;
  }
}

/**
 * Declares a `MultiplayerSynchronizer`: its properties by their paths, in the order of its `SceneReplicationConfig`. A
 * name alone is a property of its root node. `Sprite2D:frame` is one of another node, seen from the root node.
 */
export function synchronizer<const Properties extends PropertiesOf, const Root extends string = '..'>(
  properties: Properties,
  options: SynchronizerOptions<Root> = {},
): SynchronizerDeclaration<Properties, Root> {
  return new SynchronizerDeclaration(properties, options);
}

/** Throws `RangeError` unless `seconds` is a time. */
export function checkInterval(name: string, seconds: number): void {
  if (!(seconds >= 0)) throw new RangeError(`${name} is a number of seconds, 0 or more, not ${seconds}`);
}
