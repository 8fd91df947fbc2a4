import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { VariantWriter } from '../../variant/index.ts';
import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import { nameOf, parentOf, resolve } from '../nodes/node-path.ts';
import type { ReplicatedNode } from '../nodes/replicated-node.ts';
import { PackedScene } from '../nodes/scene.ts';
import type { SceneHost } from '../nodes/scene-host.ts';
import type { SceneInstance, SpawnOrigin } from '../nodes/scene-instance.ts';
import { SpawnerDeclaration, type SpawnerOptions } from '../nodes/spawner-declaration.ts';
import type { DeclaredNode } from '../rpc/node-registry.ts';
import { NO_METHODS } from '../rpc/rpc-table.ts';
import { writeCompressed } from '../wire/compressed-variant.ts';
import { CUSTOM_SPAWN } from '../wire/spawn-packet.ts';
import { pathNetId } from '../wire/state-packet.ts';
import { DepartedNodes } from './departed-nodes.ts';
import { FirstError } from './first-error.ts';
import { Introductions } from './introductions.ts';
import { NodeSight } from './node-sight.ts';
import { PeerView } from './peer-view.ts';
import { RelayedIntroductions } from './relayed-introductions.ts';
import type { ReplicationParts } from './replication-parts.ts';
import { checkFresh, ReplicationReceiver } from './replication-receiver.ts';
import { SceneTree } from './scene-tree.ts';
import { SpawnSender } from './spawn-sender.ts';
import { StateSender } from './state-sender.ts';
import { StateVisibility } from './state-visibility.ts';
import { SynchronizerState } from './synchronizer-state.ts';

/**
 * The replicated nodes of a `SceneMultiplayer`: which are in the tree, what of them is sent to which peer, and what
 * other peers send (docs/engine/multiplayer-wire.md#replication).
 */
export class Replication implements SceneHost {
  readonly receiver: ReplicationReceiver;
  readonly sight: NodeSight;
  readonly relayed: RelayedIntroductions;
  readonly departed: DepartedNodes = new DepartedNodes();
  readonly #parts: ReplicationParts;
  readonly tree: SceneTree = new SceneTree();
  readonly views: Map<number, PeerView> = new Map();
  /** The synchronizers whose authority is this peer. */
  readonly states: Map<MultiplayerSynchronizer, SynchronizerState> = new Map();
  readonly #shown: StateVisibility;
  /** The times of the last SYNCs to players that are away. */
  readonly #suspended = new Map<number, number>();
  readonly #introductions: Introductions;
  readonly #spawns: SpawnSender;
  readonly #sender: StateSender;
  readonly #writer = new VariantWriter();
  /** What is thrown at the end of a poll. */
  readonly #errors = new FirstError();
  #stateCount = 0;
  #ownId = 0;

  constructor(parts: ReplicationParts) {
    const { router, registry, paths, addresses, sizes, judge, limits } = parts;
    this.#parts = parts;
    const tree = this.tree;
    this.#introductions = new Introductions(registry, paths, addresses);
    this.relayed = new RelayedIntroductions({
      mayReturn: parts.mayReturn,
      pathLength: limits.pathLength,
      isHeld: (id) => router.isHeld(id),
      tree,
      views: this.views,
      spawnedAround: (instance) => this.#spawns.around(instance),
      passOn: (from, to, packet, isKnown) => {
        try {
          parts.passOn(from, to, packet, isKnown);
        } catch (cause) {
          this.#errors.note(cause); // of the relay filter
        }
      },
    });
    this.#spawns = new SpawnSender({
      router,
      tree,
      introductions: this.#introductions,
      relayed: this.relayed,
      views: this.views,
      errors: this.#errors,
      stateOf: (node) => this.states.get(node),
      now: () => parts.now(),
    });
    this.#shown = new StateVisibility(this.#spawns, this.#introductions, this.#errors);
    this.sight = new NodeSight(tree, this.#spawns, this.views, (id) => router.isHeld(id));
    this.#sender = new StateSender(router, this.#introductions, sizes, this.#errors);
    this.receiver = new ReplicationReceiver({
      tree,
      paths,
      judge,
      limits,
      enter: (instance, spawnPath) => tree.enter(instance, this, spawnPath),
      leave: (instance) => this.free(instance),
      start: (instance) => this.#start(instance),
    });
  }

  // ---------------------------------------------------------------- for the program

  /** `SceneMultiplayer.spawner`. */
  addSpawner<T>(path: string, options: SpawnerOptions<T>): MultiplayerSpawner<T> {
    if (this.tree.spawners.has(path)) throw new TypeError(`"${path}" is declared already`);
    const declaration = new SpawnerDeclaration(options);
    resolve(path, declaration.options.spawnPath); // throws before anything is added
    const name = nameOf(path);
    // Only the spawner of this scene is in the tree, not its root.
    const holder = new PackedScene(path, { [name]: declaration });
    const { instance } = holder.instantiate();
    this.tree.enterParts(instance, this, parentOf(path));
    for (const id of this.views.keys()) instance.spawners[0]!.greet(id);
    return instance.spawners[0] as MultiplayerSpawner<T>;
  }

  /** `SceneMultiplayer.addChild`. */
  addChild(parent: string, node: ReplicatedNode): ErrorCode {
    const { instance } = node;
    for (const spawner of this.tree.spawnersOf(parent)) {
      const isOurs = spawner.getMultiplayerAuthority() === this.#ownIdNow();
      if (isOurs && spawner.options.scenes.includes(instance.scene)) return this.addSpawned(spawner, node);
    }
    return this.#enter(instance, parent, null);
  }

  /** `SceneMultiplayer.forgetNode`. */
  forgetNode(path: string): void {
    this.#introductions.forgetPath(path);
    this.#parts.addresses.forgetPath(path);
    this.#parts.authorities.delete(path);
  }

  // ---------------------------------------------------------------- for nodes

  authorityOf(path: string): number {
    return this.#parts.authorities.get(path);
  }

  setAuthority(path: string, id: number, isRecursive: boolean): void {
    this.#parts.authorities.set(path, id, isRecursive);
    const { synchronizers, spawners } = this.tree;
    const prefix = path === '.' ? '' : `${path}/`;
    const below = isRecursive
      ? [...synchronizers.keys(), ...spawners.keys()].filter((at) => at.startsWith(prefix))
      : [];
    for (const at of [path, ...below]) {
      const node = synchronizers.get(at);
      if (node !== undefined) this.#reconsider(node);
      const spawner = spawners.get(at);
      if (spawner !== undefined) for (const id of this.views.keys()) this.released(spawner, id);
    }
  }

  free(instance: SceneInstance): void {
    if (instance.path === null) return;
    for (const inner of this.tree.innerOf(instance)) this.free(inner);
    this.#spawns.remove(instance);
    for (const node of instance.synchronizers) this.#stop(node);
    this.receiver.forgetInstance(instance);
    this.relayed.forgetInstance(instance);
    const paths = [instance.path, ...[...instance.nodes.values()].map((node) => node.getPath())];
    this.tree.leave(instance);
    instance.isFreed = true;
    for (const path of paths) this.forgetNode(path);
  }

  addSpawned(spawner: MultiplayerSpawner, node: ReplicatedNode): ErrorCode {
    const { instance } = node;
    const scene = spawner.options.scenes.indexOf(instance.scene);
    if (scene < 0) {
      const message = `"${instance.scene.path}" is not one of the scenes of "${spawner.getPath()}"`;
      return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, 'TICKPEER_UNAVAILABLE', message);
    }
    return this.#addSpawned(instance, { spawner, from: 0, netId: 0, scene, argument: null });
  }

  spawnCustom<T>(spawner: MultiplayerSpawner<T>, data: T): ReplicatedNode | null {
    const { spawnFunction } = spawner.options;
    if (spawnFunction === null) throw new TypeError(`"${spawner.getPath()}" has no spawnFunction`);
    const writer = this.#writer;
    writer.size = 0;
    writeCompressed(writer, spawnFunction.schema, data);
    const argument = writer.toBytes();
    if (this.#checkSpawn(spawner) !== ErrorCode.OK) return null;
    const node = checkFresh(spawnFunction.create(data));
    const result = this.#addSpawned(node.instance, { spawner, from: 0, netId: 0, scene: CUSTOM_SPAWN, argument });
    return result === ErrorCode.OK ? node : null;
  }

  spawnedBy(spawner: MultiplayerSpawner): ReplicatedNode[] {
    return [...this.tree.spawnedBy(spawner)].map(({ root }) => root);
  }

  released(spawner: MultiplayerSpawner, id: number): void {
    const view = this.views.get(id);
    if (view !== undefined) this.#spawns.refreshSpawner(view, spawner);
  }

  updateVisibility(synchronizer: MultiplayerSynchronizer, id: number): void {
    const state = this.states.get(synchronizer);
    if (state === undefined) return;
    this.#shown.note(state);
    const views = id === 0 ? this.views.values() : [this.views.get(id)];
    for (const view of views) if (view !== undefined) this.#shown.refresh(view, state);
  }

  // ---------------------------------------------------------------- for the multiplayer

  /** A peer was admitted: sends it what it sees. */
  greet(id: number): void {
    this.#noticeId();
    const view = new PeerView(id, this.#parts.paths.carriedBy(id), this.#suspended.get(id));
    this.#suspended.delete(id);
    this.views.set(id, view);
    for (const spawner of this.tree.spawners.values()) spawner.greet(id);
    this.#spawns.greet(view);
    for (const state of this.states.values()) this.#shown.refresh(view, state);
  }

  /** The connection of a peer has ended, and it may come back: it is sent nothing meanwhile. */
  suspend(id: number): void {
    const view = this.views.get(id);
    if (view === undefined) return;
    this.#suspended.set(id, view.time);
    this.#introductions.forget(id);
    this.relayed.suspend(id);
    view.clear();
    this.views.delete(id);
  }

  /** A peer has come back, and its game has nothing: sends it what it sees. What its game had spawned here leaves the tree. */
  resume(id: number): void {
    this.#removeNodesOf(id);
    this.greet(id);
    this.relayed.resume(id);
  }

  /** A peer has left: what it has spawned leaves the tree, and the signals of that are emitted at the next poll. */
  forget(id: number): void {
    this.#introductions.forget(id);
    this.relayed.forget(id);
    this.views.get(id)?.clear();
    this.views.delete(id);
    this.#suspended.delete(id);
    for (const spawner of this.tree.spawners.values()) spawner.forget(id);
    for (const { visibility } of this.tree.synchronizers.values()) visibility.forget(id);
    this.#removeNodesOf(id);
  }

  #removeNodesOf(id: number): void {
    for (const instance of this.receiver.forgetPeer(id)) {
      this.free(instance);
      this.departed.add(instance);
    }
  }

  /** All peers are gone. */
  clear(): void {
    for (const id of [...this.views.keys(), ...this.receiver.peers, ...this.#suspended.keys()]) this.forget(id);
    this.#introductions.clear();
    this.#spawns.restart();
    for (const synchronizer of [...this.states.keys()]) this.#stop(synchronizer);
    this.#ownId = 0;
  }

  /** `from` has confirmed a number of this side. */
  confirmed(from: number, number: number): void {
    this.#introductions.confirmed(from, number);
    const view = this.views.get(from);
    if (view === undefined) return;
    const path = this.#parts.paths.pathOf(number);
    const spawner = this.tree.spawners.get(path);
    if (spawner !== undefined) this.#spawns.refreshSpawner(view, spawner);
    const synchronizer = this.tree.synchronizers.get(path);
    const state = synchronizer === undefined ? undefined : this.states.get(synchronizer);
    if (state === undefined) return;
    if (state.netId === 0) state.netId = pathNetId(number); // a call has introduced the path, or an earlier authority
    view.confirm(state);
  }

  /** The spawner or synchronizer at a path, for the path cache. */
  find(path: string): DeclaredNode | undefined {
    return this.tree.spawners.has(path) || this.tree.synchronizers.has(path) ? { path, table: NO_METHODS } : undefined;
  }

  /** Whether `process` has nothing to do until a peer is admitted. */
  get isIdle(): boolean {
    return this.views.size === 0 && this.departed.isEmpty;
  }

  /** Emits what is left to emit, and sends what is due. */
  process(): void {
    this.departed.emit();
    if (this.views.size === 0) return;
    this.#noticeId();
    const now = this.#parts.now();
    this.#shown.refreshFiltered(this.views);
    for (const view of this.views.values()) {
      if (view.unsent.size > 0 || view.owedDespawns.length > 0) this.#spawns.retry(view);
    }
    this.#introductions.repeat(now);
    if (this.states.size > 0) this.#sender.send(this.states.values(), this.views.values(), now);
    this.#errors.rethrow();
  }

  #addSpawned(instance: SceneInstance, origin: SpawnOrigin): ErrorCode {
    const checked = this.#checkSpawn(origin.spawner);
    return checked === ErrorCode.OK ? this.#enter(instance, origin.spawner.getSpawnPath(), origin) : checked;
  }

  /** Whether a spawner may spawn another node. */
  #checkSpawn(spawner: MultiplayerSpawner): ErrorCode {
    if (spawner.getMultiplayerAuthority() !== this.#ownIdNow()) {
      const message = `this peer is not the authority of "${spawner.getPath()}"`;
      return this.#refuse(ErrorCode.ERR_UNAUTHORIZED, 'TICKPEER_REPLICATION_NOT_ALLOWED', message);
    }
    const { spawnLimit } = spawner;
    if (spawnLimit > 0 && this.tree.spawnedBy(spawner).size >= spawnLimit) {
      const message = `"${spawner.getPath()}" has spawnLimit, ${spawnLimit} nodes`;
      return this.#refuse(ErrorCode.ERR_UNAVAILABLE, 'TICKPEER_SPAWN_REFUSED', message);
    }
    return ErrorCode.OK;
  }

  #enter(instance: SceneInstance, parent: string, origin: SpawnOrigin | null): ErrorCode {
    if (instance.path !== null || instance.isFreed) {
      const message = `"${instance.name}" was added before`;
      return this.#refuse(ErrorCode.ERR_ALREADY_IN_USE, 'TICKPEER_ALREADY_IN_USE', message);
    }
    this.#noticeId();
    instance.name = this.tree.names.choose(parent, instance.name);
    instance.origin = origin;
    this.tree.enter(instance, this, parent);
    this.#parts.outcome.failure = null;
    this.#start(instance);
    return ErrorCode.OK;
  }

  /** The instance is in the tree: sends what this peer is the authority of. */
  #start(instance: SceneInstance): void {
    for (const spawner of instance.spawners) for (const id of this.views.keys()) spawner.greet(id);
    const ownId = this.#ownIdNow();
    for (const node of instance.synchronizers) if (node.getMultiplayerAuthority() === ownId) this.#startState(node);
    if (instance.origin?.from === 0) this.#spawns.add(instance);
    else for (const node of instance.synchronizers) this.updateVisibility(node, 0);
  }

  #startState(node: MultiplayerSynchronizer): void {
    const state = new SynchronizerState(node, ++this.#stateCount);
    this.states.set(node, state);
    this.#shown.note(state);
  }

  #stop(node: MultiplayerSynchronizer): void {
    const state = this.states.get(node);
    if (state === undefined) return;
    for (const view of this.views.values()) view.drop(state);
    this.states.delete(node);
    this.#shown.delete(state);
  }

  /** The authority of a synchronizer may have changed. */
  #reconsider(node: MultiplayerSynchronizer): void {
    const isOurs = node.getMultiplayerAuthority() === this.#ownIdNow();
    this.receiver.restart(node);
    if (isOurs === this.states.has(node)) return;
    if (!isOurs) this.#stop(node);
    else {
      this.#startState(node);
      this.updateVisibility(node, 0);
    }
  }

  /** A client has its id only once it is connected: the synchronizers that it is the authority of start then. */
  #noticeId(): void {
    const id = this.#ownIdNow();
    if (id === this.#ownId) return;
    this.#ownId = id;
    for (const node of this.tree.synchronizers.values()) this.#reconsider(node);
  }

  #ownIdNow(): number {
    return this.#parts.router.peer.getUniqueId();
  }

  #refuse(code: ErrorCode, failure: Failure['code'], message: string): ErrorCode {
    this.#parts.outcome.failure = { code: failure, message };
    return code;
  }
}
