import type { ErrorCode } from '../../error-code.ts';
import type { MultiplayerSpawner } from './multiplayer-spawner.ts';
import type { MultiplayerSynchronizer } from './multiplayer-synchronizer.ts';
import type { ReplicatedNode } from './replicated-node.ts';
import type { SceneInstance } from './scene-instance.ts';

/** What nodes need of the multiplayer in whose tree they are. */
export interface SceneHost {
  authorityOf(path: string): number;
  setAuthority(path: string, id: number, isRecursive: boolean): void;
  /** Removes an instance from the tree, and everything that was spawned inside. */
  free(instance: SceneInstance): void;
  /** `MultiplayerSpawner.addChild`. */
  addSpawned(spawner: MultiplayerSpawner, node: ReplicatedNode): ErrorCode;
  /** `MultiplayerSpawner.spawn`. */
  spawnCustom<T>(spawner: MultiplayerSpawner<T>, data: T): ReplicatedNode | null;
  spawnedBy(spawner: MultiplayerSpawner): ReplicatedNode[];
  /** `spawner` spawns again at peer `id`. */
  released(spawner: MultiplayerSpawner, id: number): void;
  /** Applies a change of visibility for one peer; 0 for all. */
  updateVisibility(synchronizer: MultiplayerSynchronizer, id: number): void;
}
