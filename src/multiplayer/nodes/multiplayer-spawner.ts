import { ErrorCode } from '../../error-code.ts';
import { Signal } from '../signal.ts';
import { resolve } from './node-path.ts';
import type { ReplicatedNode } from './replicated-node.ts';
import type { SceneInstance } from './scene-instance.ts';
import { SceneNode } from './scene-node.ts';
import type { SpawnerOptions } from './spawner-declaration.ts';

/**
 * Spawns nodes at the other peers, from its authority (docs/engine/multiplayer-wire.md#spawn).
 * `SceneMultiplayer.spawner` makes one, or a scene has one that was declared by `spawner`. `T`: the type of the data of
 * `spawn`.
 */
export class MultiplayerSpawner<T = unknown> extends SceneNode {
  /** On the receiving side: a node was spawned. Its state is set. */
  readonly spawned: Signal<[node: ReplicatedNode]> = new Signal();
  /** On the receiving side: a node was despawned, or its peer has left. It is no longer in the tree. */
  readonly despawned: Signal<[node: ReplicatedNode]> = new Signal();
  /** @internal */
  readonly options: Required<SpawnerOptions<T>>;
  /** How many nodes may be there at once; 0 for any number. */
  spawnLimit: number;
  /** Whether a peer that is admitted gets nothing until `releaseFor` is called for it. */
  holdsNewPeers: boolean;
  readonly #held = new Set<number>();

  /** @internal */
  constructor(instance: SceneInstance, scenePath: string) {
    super(instance, scenePath);
    // The layout of the scene says that the node at this path is a spawner, and its declaration has the type of the
    // data.
    const { declaration } = instance.layout.spawners.find(({ path }) => path === scenePath)!;
    this.options = declaration.options as Required<SpawnerOptions<T>>;
    this.spawnLimit = this.options.spawnLimit;
    this.holdsNewPeers = this.options.holdsNewPeers;
  }

  /** The path of the node whose children are spawned; empty while the scene is not in the tree. */
  getSpawnPath(): string {
    return this.isInsideTree() ? resolve(this.getPath(), this.options.spawnPath) : '';
  }

  /**
   * Adds an instance of one of the `scenes` below the spawn path, and spawns it at the peers that see it. A name that
   * is taken gets a number, as in the engine. `ERR_UNCONFIGURED`: the spawner is not in the tree. `ERR_UNAUTHORIZED`:
   * this peer is not its authority. `ERR_UNAVAILABLE`: there are as many nodes as `spawnLimit`.
   * `ERR_INVALID_PARAMETER`: the scene is not one of the `scenes`. `ERR_ALREADY_IN_USE`: it was added before, or freed.
   * The last failure of the multiplayer says why, except for the first.
   */
  addChild(node: ReplicatedNode): ErrorCode {
    return this.instance.host?.addSpawned(this, node) ?? ErrorCode.ERR_UNCONFIGURED;
  }

  /**
   * Makes a node by the spawn function, adds it below the spawn path, and spawns it. The other sides make theirs by the
   * same function from the same data. Null when this peer is not the authority or there are as many nodes as
   * `spawnLimit`, and then the function is not called; the last failure of the multiplayer says why. Throws `TypeError`
   * for data that do not match, and without a spawn function.
   */
  spawn(data: T): ReplicatedNode | null {
    return this.instance.host?.spawnCustom(this, data) ?? null;
  }

  /** The nodes below the spawn path that were spawned by this spawner, here or by its authority. */
  getChildren(): ReplicatedNode[] {
    return this.instance.host?.spawnedBy(this) ?? [];
  }

  /** From now on, nothing more is spawned at a peer, until `releaseFor`. */
  holdFor(id: number): void {
    this.#held.add(id);
  }

  /** Spawns at a peer what there is, and from now on what comes. */
  releaseFor(id: number): void {
    if (this.#held.delete(id)) this.instance.host?.released(this, id);
  }

  isHeldFor(id: number): boolean {
    return this.#held.has(id);
  }

  /** A peer was admitted, or the spawner has entered the tree. @internal */
  greet(id: number): void {
    if (this.holdsNewPeers) this.#held.add(id);
  }

  /** A peer has left. @internal */
  forget(id: number): void {
    this.#held.delete(id);
  }
}
