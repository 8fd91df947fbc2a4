import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import { join, parentOf } from '../nodes/node-path.ts';
import type { SceneHost } from '../nodes/scene-host.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import { FreeNames } from './free-names.ts';

const NONE: ReadonlySet<SceneInstance> = new Set();

/** The replicated nodes that are in the tree, by their paths from the game's root. */
export class SceneTree {
  /** By the paths of their roots. */
  readonly instances: Map<string, SceneInstance> = new Map();
  readonly synchronizers: Map<string, MultiplayerSynchronizer> = new Map();
  readonly spawners: Map<string, MultiplayerSpawner> = new Map();
  /** The spawners by the paths of the nodes whose children they spawn. */
  readonly #bySpawnPath = new Map<string, MultiplayerSpawner[]>();
  readonly names: FreeNames = new FreeNames((path) => this.has(path));
  /** The instances by their spawners, in the order in which they were added. */
  readonly #spawned = new Map<MultiplayerSpawner, Set<SceneInstance>>();
  /** For each instance: the one that it is directly inside of, and those that are directly inside. */
  readonly #outer = new Map<SceneInstance, SceneInstance | null>();
  readonly #inner = new Map<SceneInstance, Set<SceneInstance>>();

  /** Adds an instance below `parent`. Its name must be free there. */
  enter(instance: SceneInstance, host: SceneHost, parent: string): void {
    const path = join(parent, instance.name);
    this.instances.set(path, instance);
    const outer = this.instanceAround(parent);
    this.#outer.set(instance, outer);
    if (outer !== null) {
      const inner = this.#inner.get(outer) ?? new Set();
      this.#inner.set(outer, inner.add(instance));
    }
    const spawner = instance.origin?.spawner;
    if (spawner !== undefined) {
      const spawned = this.#spawned.get(spawner) ?? new Set();
      this.#spawned.set(spawner, spawned.add(instance));
    }
    try {
      this.enterParts(instance, host, path);
    } catch (error) {
      this.leave(instance); // the function of its authority has thrown
      throw error;
    }
  }

  /** Adds the synchronizers and spawners of an instance whose root, the node at `path`, may have others. */
  enterParts(instance: SceneInstance, host: SceneHost, path: string): void {
    instance.enter(host, path);
    for (const node of instance.synchronizers) this.synchronizers.set(node.getPath(), node);
    for (const node of instance.spawners) {
      this.spawners.set(node.getPath(), node);
      const spawnPath = node.getSpawnPath();
      this.#bySpawnPath.set(spawnPath, [...(this.#bySpawnPath.get(spawnPath) ?? []), node]);
    }
  }

  /** Removes an instance. What was inside must be removed before. */
  leave(instance: SceneInstance): void {
    const path = instance.path!;
    for (const node of instance.synchronizers) {
      this.synchronizers.delete(node.getPath());
      this.names.release(node.getPath());
    }
    for (const node of instance.spawners) {
      this.spawners.delete(node.getPath());
      this.names.release(node.getPath());
      const spawnPath = node.getSpawnPath();
      const others = (this.#bySpawnPath.get(spawnPath) ?? []).filter((other) => other !== node);
      if (others.length > 0) this.#bySpawnPath.set(spawnPath, others);
      else this.#bySpawnPath.delete(spawnPath);
    }
    this.instances.delete(path);
    this.names.release(path);
    const outer = this.outerOf(instance);
    if (outer !== null) this.#inner.get(outer)?.delete(instance);
    this.#inner.delete(instance);
    this.#outer.delete(instance);
    const spawner = instance.origin?.spawner;
    if (spawner !== undefined) this.#spawned.get(spawner)?.delete(instance);
    for (const node of instance.spawners) this.#spawned.delete(node);
    instance.path = null;
    instance.host = null;
  }

  /** The instance that an instance is directly inside of; null for none. */
  outerOf(instance: SceneInstance): SceneInstance | null {
    return this.#outer.get(instance) ?? null;
  }

  /** What is directly inside an instance, in the order in which it was added. */
  innerOf(instance: SceneInstance): readonly SceneInstance[] {
    return [...(this.#inner.get(instance) ?? [])];
  }

  /** What a spawner has spawned, here or at its authority. */
  spawnedBy(spawner: MultiplayerSpawner): ReadonlySet<SceneInstance> {
    return this.#spawned.get(spawner) ?? NONE;
  }

  /** The innermost instance with a node at `path`, or above it; null for none. */
  instanceAround(path: string): SceneInstance | null {
    for (let at = path; ; at = parentOf(at)) {
      const instance = this.instances.get(at);
      if (instance !== undefined) return instance;
      if (at === '.') return null;
    }
  }

  /** The spawners that spawn the children of the node at `path`. */
  spawnersOf(path: string): readonly MultiplayerSpawner[] {
    return this.#bySpawnPath.get(path) ?? [];
  }

  /** Whether a node that is known here has the path. */
  has(path: string): boolean {
    return this.instances.has(path) || this.synchronizers.has(path) || this.spawners.has(path);
  }
}
