import { join } from '../nodes/node-path.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import type { RpcSight } from '../rpc/rpc-calls.ts';
import type { PeerView } from './peer-view.ts';
import type { SceneTree } from './scene-tree.ts';
import type { SpawnSender } from './spawn-sender.ts';

/**
 * Which peers see a node and may be called there: of a scene that this peer has spawned, those where it is spawned. Of
 * other scenes, as in the engine, a node with synchronizers is seen by the peers that see one of these.
 */
export class NodeSight implements RpcSight {
  readonly #tree: SceneTree;
  readonly #spawns: SpawnSender;
  readonly #views: ReadonlyMap<number, PeerView>;
  readonly #isHeld: (id: number) => boolean;

  /** `isHeld`: whether calls of a peer wait, because its connection has ended. */
  constructor(
    tree: SceneTree,
    spawns: SpawnSender,
    views: ReadonlyMap<number, PeerView>,
    isHeld: (id: number) => boolean,
  ) {
    this.#tree = tree;
    this.#spawns = spawns;
    this.#views = views;
    this.#isHeld = isHeld;
  }

  get isUnlimited(): boolean {
    return this.#tree.instances.size === 0;
  }

  seeing(path: string, ids: readonly number[]): readonly number[] {
    const instance = this.#tree.instanceAround(path);
    if (instance === null) return ids;
    if (this.#spawns.has(instance)) return ids.filter((id) => this.#isSpawnedAt(id, instance));
    const synchronizers = instance.synchronizers.filter((node) => join(instance.path!, node.layout.root) === path);
    if (synchronizers.length === 0) return ids;
    const spawnedBy = instance.origin?.from;
    return ids.filter((id) => id === spawnedBy || synchronizers.some(({ visibility }) => visibility.isVisibleTo(id)));
  }

  /** Whether a node is spawned at a peer; or will be, before the calls that wait for it. */
  #isSpawnedAt(id: number, instance: SceneInstance): boolean {
    if (this.#views.get(id)?.spawned.has(instance) === true) return true;
    return this.#isHeld(id) && this.#spawns.isVisibleTo(id, instance);
  }
}
