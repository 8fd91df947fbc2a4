import { ErrorCode } from '../../error-code.ts';
import { VariantWriter } from '../../variant/index.ts';
import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import type { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import type { Router } from '../peers/router.ts';
import { despawnPacket, writeSpawnHead } from '../wire/spawn-packet.ts';
import { isPathNetId, pathNetId } from '../wire/state-packet.ts';
import type { FirstError } from './first-error.ts';
import type { Introductions } from './introductions.ts';
import type { PeerView } from './peer-view.ts';
import type { RelayedIntroductions } from './relayed-introductions.ts';
import type { SceneTree } from './scene-tree.ts';
import type { SynchronizerState } from './synchronizer-state.ts';

/** What a spawn sender uses of the replication. */
export interface SpawnSenderParts {
  readonly router: Router;
  readonly tree: SceneTree;
  readonly introductions: Introductions;
  readonly relayed: RelayedIntroductions;
  readonly views: ReadonlyMap<number, PeerView>;
  /** What a filter has thrown, and values that cannot be encoded: the next poll throws it. */
  readonly errors: FirstError;
  /** The state of a synchronizer whose authority is this peer. */
  stateOf(node: MultiplayerSynchronizer): SynchronizerState | undefined;
  now(): number;
}

/** Decides which peers see the nodes that this peer has spawned, and sends SPAWN and DESPAWN. */
export class SpawnSender {
  readonly #parts: SpawnSenderParts;
  /** In the order in which they were added: outer nodes before inner ones. */
  readonly #nodes = new Set<SceneInstance>();
  readonly #writer = new VariantWriter();
  #lastNetId = 0;

  constructor(parts: SpawnSenderParts) {
    this.#parts = parts;
  }

  has(instance: SceneInstance): boolean {
    return this.#nodes.has(instance);
  }

  /**
   * The innermost instance that was spawned here and has `instance` inside, or is it; null for none. In between may be scenes that every
   * side adds itself.
   */
  around(instance: SceneInstance | null): SceneInstance | null {
    let around = instance;
    while (around !== null && !this.#nodes.has(around)) around = this.#parts.tree.outerOf(around);
    return around;
  }

  /** A node was spawned here. */
  add(instance: SceneInstance): void {
    this.#nodes.add(instance);
    for (const view of this.#parts.views.values()) this.refresh(view, instance);
  }

  /**
   * A node leaves the tree, and what was inside has left before. What its spawners have spawned elsewhere is despawned
   * at the peers, as in the engine: nobody could spawn it for a peer that joins later.
   */
  remove(instance: SceneInstance): void {
    for (const spawner of instance.spawners)
      for (const other of this.#parts.tree.spawnedBy(spawner)) if (this.#nodes.has(other)) this.remove(other);
    if (!this.#nodes.has(instance)) return;
    for (const view of this.#parts.views.values()) {
      view.unsent.delete(instance);
      if (view.spawned.has(instance)) this.#despawn(view, instance);
    }
    this.#nodes.delete(instance);
  }

  /** A peer was admitted: spawns what it sees. */
  greet(view: PeerView): void {
    for (const instance of this.#nodes) this.refresh(view, instance);
  }

  /** Forgets the net ids, because the peer of this side is another one. */
  restart(): void {
    this.#lastNetId = 0;
    for (const { origin } of this.#nodes) origin!.netId = 0;
  }

  /** Spawns a node at a peer, or despawns it, when that has changed; and shows or hides its synchronizers. */
  refresh(view: PeerView, instance: SceneInstance): void {
    try {
      this.#refresh(view, instance);
    } catch (cause) {
      this.#parts.errors.note(cause);
    }
  }

  #refresh(view: PeerView, instance: SceneInstance): void {
    const isThere = view.spawned.has(instance);
    const isSeen = this.#isSeen(view, instance);
    if (isSeen && !isThere) this.#spawn(view, instance);
    else if (!isSeen && isThere) this.#despawn(view, instance);
    else if (!isSeen) view.unsent.delete(instance);
    if (isSeen && isThere) this.#refreshSynchronizers(view, instance);
  }

  /** Tries again what could not be sent to a peer. */
  retry(view: PeerView): void {
    const { owedDespawns } = view;
    while (owedDespawns.length > 0) {
      if (this.#parts.router.send(view.id, despawnPacket(owedDespawns[0]!)) !== ErrorCode.OK) return;
      owedDespawns.shift();
    }
    if (view.unsent.size === 0) return;
    for (const instance of this.#nodes) {
      if (!view.unsent.has(instance)) continue;
      this.refresh(view, instance);
      // The buffer is full. When nothing waits in it, the SPAWN is larger than the buffer, and the next one may be
      // smaller.
      if (view.unsent.has(instance) && this.#parts.router.isBehind(view.id)) return;
    }
  }

  /** Whether the peer sees the node, and what it is in. */
  #isSeen(view: PeerView, instance: SceneInstance): boolean {
    const outer = this.around(this.#parts.tree.outerOf(instance));
    if (outer !== null && !view.spawned.has(outer)) return false;
    return this.#isShownTo(view.id, instance);
  }

  /** Whether a peer sees the node, and what it is in, once everything is spawned there. */
  isVisibleTo(id: number, instance: SceneInstance): boolean {
    const outer = this.around(this.#parts.tree.outerOf(instance));
    return (outer === null || this.isVisibleTo(id, outer)) && this.#isShownTo(id, instance);
  }

  #isShownTo(id: number, instance: SceneInstance): boolean {
    let hasAny = false;
    for (const node of instance.synchronizers) {
      if (node.layout.root !== '.' || this.#parts.stateOf(node) === undefined) continue;
      // As in the engine, one synchronizer is enough.
      if (node.visibility.isVisibleTo(id)) return true;
      hasAny = true;
    }
    return !hasAny;
  }

  /** The synchronizers that go with the SPAWN: those of the root whose authority is this peer. */
  #statesOf(instance: SceneInstance): SynchronizerState[] {
    const states: SynchronizerState[] = [];
    for (const node of instance.synchronizers) {
      const state = node.layout.root === '.' ? this.#parts.stateOf(node) : undefined;
      if (state !== undefined) states.push(state);
    }
    return states;
  }

  #spawn(view: PeerView, instance: SceneInstance): void {
    const { introductions, router } = this.#parts;
    const { spawner } = instance.origin!;
    view.unsent.delete(instance);
    // As in the engine: what the new authority of a spawner has not spawned stays where it is.
    if (spawner.getMultiplayerAuthority() !== router.peer.getUniqueId()) return;
    // A spawner inside a scene that the peer has not got yet cannot be confirmed. That scene, a release or a confirmation
    // brings the node.
    const hasSpawner = !this.#nodes.has(spawner.instance) || view.spawned.has(spawner.instance);
    if (!hasSpawner || spawner.isHeldFor(view.id)) return;
    const path = spawner.getPath();
    const isConfirmed = introductions.introduce(view.id, path, this.#parts.now());
    // A SPAWN of a spawner whose path could not be sent would be lost.
    if (!isConfirmed && (spawner.options.awaitsConfirmation || !introductions.isSent(view.id, path))) {
      if (!introductions.isWaiting(view.id, path)) view.unsent.add(instance);
      return;
    }
    view.unsent.add(instance);
    // A net id can be used again only when its DESPAWN is sent.
    const isSent = view.owedDespawns.length === 0 && this.#sendSpawn(view, instance);
    if (!isSent) return;
    view.unsent.delete(instance);
    view.spawned.add(instance);
    this.#refreshSynchronizers(view, instance);
    this.#parts.relayed.spawned(view.id, instance);
    for (const inner of this.#innerOf(instance)) this.refresh(view, inner);
    for (const inside of instance.spawners) this.refreshSpawner(view, inside);
  }

  /** The nodes that this peer has spawned inside one: directly, or in scenes that every side adds itself. */
  #innerOf(instance: SceneInstance): readonly SceneInstance[] {
    return this.#parts.tree
      .innerOf(instance)
      .flatMap((inner) => (this.#nodes.has(inner) ? [inner] : this.#innerOf(inner)));
  }

  #sendSpawn(view: PeerView, instance: SceneInstance): boolean {
    const packet = this.#packetOf(instance, this.#statesOf(instance));
    return this.#parts.router.send(view.id, packet) === ErrorCode.OK;
  }

  #despawn(view: PeerView, instance: SceneInstance): void {
    for (const inner of this.#innerOf(instance)) if (view.spawned.has(inner)) this.#despawn(view, inner);
    view.spawned.delete(instance);
    for (const node of instance.synchronizers) {
      const state = this.#parts.stateOf(node);
      if (state !== undefined) view.drop(state);
    }
    const { netId } = instance.origin!;
    const { owedDespawns } = view;
    const isSent = owedDespawns.length === 0 && this.#parts.router.send(view.id, despawnPacket(netId)) === ErrorCode.OK;
    if (!isSent) owedDespawns.push(netId);
  }

  /** Of a node that is spawned at the peer. */
  #refreshSynchronizers(view: PeerView, instance: SceneInstance): void {
    for (const node of instance.synchronizers) {
      const state = this.#parts.stateOf(node);
      if (state === undefined) continue;
      // It was not in the SPAWN: its authority has come back. A later SPAWN at another peer must not give it an id that
      // this one lacks.
      if (node.layout.root === '.' && state.netId === 0)
        state.netId = pathNetId(this.#parts.introductions.numberOf(node.getPath()));
      const isVisible = node.visibility.isVisibleTo(view.id);
      // Those that were not in the SPAWN are named by their path.
      const isNamed = node.layout.root === '.' && !isPathNetId(state.netId);
      if (!isVisible) view.hide(state);
      else if (!view.sees(state)) view.show(state, isNamed);
    }
  }

  #packetOf(instance: SceneInstance, states: readonly SynchronizerState[]): Uint8Array {
    const writer = this.#writer;
    const origin = instance.origin!;
    if (origin.netId === 0) origin.netId = ++this.#lastNetId;
    for (const state of states) if (state.netId === 0) state.netId = ++this.#lastNetId;
    writer.size = 0;
    writeSpawnHead(writer, {
      scene: origin.scene,
      spawner: this.#parts.introductions.numberOf(origin.spawner.getPath()),
      netId: origin.netId,
      synchronizers: states.map(({ netId }) => netId),
      name: instance.name,
    });
    if (origin.argument !== null) {
      writer.writeU32(origin.argument.length);
      writer.writeBytes(origin.argument);
    }
    for (const state of states) state.writeSpawned(writer);
    return writer.bytes.subarray(0, writer.size);
  }

  /** Refreshes all nodes of a spawner at a peer. */
  refreshSpawner(view: PeerView, spawner: MultiplayerSpawner): void {
    for (const instance of this.#parts.tree.spawnedBy(spawner))
      if (this.#nodes.has(instance)) this.refresh(view, instance);
  }
}
