import { Authorities } from '../authority.ts';
import type { AnyScene } from './any-scene.ts';
import { MultiplayerSpawner } from './multiplayer-spawner.ts';
import { MultiplayerSynchronizer } from './multiplayer-synchronizer.ts';
import { join } from './node-path.ts';
import { PropertyValues } from './property-values.ts';
import type { ReplicatedNode } from './replicated-node.ts';
import type { SceneHost } from './scene-host.ts';
import type { SceneLayout } from './scene-layout.ts';
import type { NodeClass, SceneNode } from './scene-node.ts';

/** How an instance was spawned. */
export interface SpawnOrigin {
  readonly spawner: MultiplayerSpawner;
  /** The peer that has spawned it; 0 for this one. */
  readonly from: number;
  /** 0 until this peer sends it for the first time. */
  netId: number;
  /** The scene's index in the spawner's list, or `CUSTOM_SPAWN`. */
  readonly scene: number;
  /** The bytes of the data of a custom spawn. */
  readonly argument: Uint8Array | null;
}

/** The classes of the nodes of a scene, by their paths in it. */
export type NodeClasses = ReadonlyMap<string, NodeClass<SceneNode>>;

/** One instance of a scene: its nodes, their values, and its place in the tree. */
export class SceneInstance {
  readonly scene: AnyScene;
  readonly values: PropertyValues;
  /** By their paths from the root. */
  readonly nodes: ReadonlyMap<string, SceneNode>;
  readonly root: ReplicatedNode;
  readonly synchronizers: readonly MultiplayerSynchronizer[];
  readonly spawners: readonly MultiplayerSpawner[];
  name: string;
  /** Null while it is not in the tree. */
  path: string | null = null;
  host: SceneHost | null = null;
  /** Null when it was not spawned. */
  origin: SpawnOrigin | null = null;
  /** Whether it was freed; then it cannot be added again. */
  isFreed = false;
  /** Authorities that were set before it entered the tree, by paths in the scene; null for none. */
  #early: Authorities | null = null;

  constructor(scene: AnyScene, classes: NodeClasses, name: string) {
    this.scene = scene;
    this.name = name;
    this.values = new PropertyValues(scene.layout.slots);
    const nodes = new Map<string, SceneNode>();
    for (const [path, Node] of classes) nodes.set(path, new Node(this, path));
    this.nodes = nodes;
    // The classes that a scene has made: the root is a ReplicatedNode.
    this.root = nodes.get('.') as ReplicatedNode;
    this.synchronizers = [...nodes.values()].filter((node) => node instanceof MultiplayerSynchronizer);
    this.spawners = [...nodes.values()].filter((node) => node instanceof MultiplayerSpawner);
  }

  get layout(): SceneLayout {
    return this.scene.layout;
  }

  /** The authority of the node at a path in the scene. */
  authorityOf(scenePath: string): number {
    const { host, path } = this;
    if (host !== null && path !== null) return host.authorityOf(join(path, scenePath));
    return this.#early?.get(scenePath) ?? 1;
  }

  setAuthority(scenePath: string, id: number, isRecursive: boolean): void {
    const { host, path } = this;
    if (host !== null && path !== null) {
      host.setAuthority(join(path, scenePath), id, isRecursive);
      return;
    }
    this.#early ??= new Authorities();
    this.#early.set(scenePath, id, isRecursive);
  }

  /** Enters the tree at `path`: the authorities are set that were set before, and those that the declarations say. */
  enter(host: SceneHost, path: string): void {
    this.host = host;
    this.path = path;
    const early = this.#early;
    this.#early = null;
    early?.repeat((scenePath, id, isRecursive) => this.setAuthority(scenePath, id, isRecursive));
    for (const node of this.synchronizers) {
      const { authority } = node.layout.declaration;
      if (authority !== null) node.setMultiplayerAuthority(authority(this.root), false);
    }
  }

  free(): void {
    this.host?.free(this);
    this.isFreed = true;
  }
}
