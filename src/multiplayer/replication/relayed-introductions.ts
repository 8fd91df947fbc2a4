import { isFailure } from '../../failure.ts';
import { VariantWriter } from '../../variant/index.ts';
import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import { readIntroduction, readPath } from '../wire/path-packet.ts';
import { DELTA_HEADER_SIZE, pathNetId, writeDeltaHeader } from '../wire/state-packet.ts';
import type { PeerView } from './peer-view.ts';
import type { SceneTree } from './scene-tree.ts';
import { SynchronizerState } from './synchronizer-state.ts';

type Named = MultiplayerSynchronizer | MultiplayerSpawner;

/** What a client has introduced to another one. */
interface Introduction {
  readonly from: number;
  /** The number of the sender for the path. */
  readonly number: number;
  /** The packet while it waits for the SPAWN of the node; null when it was sent. */
  waiting: Uint8Array<ArrayBuffer> | null;
}

/** By the nodes that have the paths. */
type IntroductionsOf = Map<Named, Introduction>;

/** What relayed introductions use of the replication. */
export interface RelayedIntroductionsParts {
  readonly tree: SceneTree;
  readonly views: ReadonlyMap<number, PeerView>;
  /** The innermost instance that this peer has spawned and that has `instance` inside, or is it; null for none. */
  spawnedAround(instance: SceneInstance): SceneInstance | null;
  /** Sends a packet of one client to another. `isKnown`: the program's filter has seen it before. */
  passOn(from: number, to: number, packet: Uint8Array<ArrayBuffer>, isKnown: boolean): void;
}

/**
 * The paths that clients introduce to each other through this server, of synchronizers and spawners in nodes that it
 * has spawned. A client introduces its path once, to all others. One that has not got the node yet, or does not see it,
 * could not confirm it, and would never get the state. So its introduction waits here for the SPAWN. A client that gets
 * the node again has lost what was sent before: it is sent the watched properties in the name of their authority.
 */
export class RelayedIntroductions {
  readonly #parts: RelayedIntroductionsParts;
  /** By receivers, then by the instances with the nodes. One for each receiver and node, so strangers cannot make it grow. */
  readonly #byReceiver = new Map<number, Map<SceneInstance, IntroductionsOf>>();
  readonly #writer = new VariantWriter();

  constructor(parts: RelayedIntroductionsParts) {
    this.#parts = parts;
  }

  /** A client introduces a path to others. Returns those to which the packet is to be sent now. */
  pass(from: number, receivers: readonly number[], packet: Uint8Array): readonly number[] {
    const read = readIntroduction(packet);
    const path = isFailure(read) ? null : readPath(packet, read.pathStart);
    if (isFailure(read) || path === null) return receivers;
    const { tree } = this.#parts;
    const node = tree.synchronizers.get(path) ?? tree.spawners.get(path);
    // Other nodes are for calls, which have the path in them until it is confirmed.
    if (node === undefined || node.getMultiplayerAuthority() !== from) return receivers;
    const spawned = this.#parts.spawnedAround(node.instance);
    if (spawned === null) return receivers;
    const kept = upToPathEnd(packet, read.pathStart);
    return receivers.filter((id) => {
      const isThere = this.#parts.views.get(id)?.spawned.has(spawned) === true;
      const waiting = isThere ? null : kept;
      this.#of(id, node.instance).set(node, { from, number: read.number, waiting });
      return isThere;
    });
  }

  /** A node was spawned at a peer: sends what has waited for that, and the state that the peer has lost with an earlier SPAWN. */
  spawned(receiver: number, instance: SceneInstance): void {
    const byInstance = this.#byReceiver.get(receiver);
    if (byInstance === undefined) return;
    for (const part of this.#withScenesInside(instance)) {
      for (const [node, introduction] of byInstance.get(part) ?? []) {
        const { from, waiting } = introduction;
        if (node.getMultiplayerAuthority() !== from) continue;
        if (waiting !== null) {
          introduction.waiting = null;
          this.#parts.passOn(from, receiver, waiting, true);
        } else if (node instanceof MultiplayerSynchronizer) {
          this.#passState(node, introduction, receiver);
        }
      }
    }
  }

  /** An instance has left the tree. */
  forgetInstance(instance: SceneInstance): void {
    for (const byInstance of this.#byReceiver.values()) byInstance.delete(instance);
  }

  /** A peer has left. */
  forget(id: number): void {
    this.#byReceiver.delete(id);
    for (const byInstance of this.#byReceiver.values()) {
      for (const introductions of byInstance.values())
        for (const [node, { from }] of introductions) if (from === id) introductions.delete(node);
    }
  }

  /** Sends all watched properties with the values that this side has got. */
  #passState(node: MultiplayerSynchronizer, { from, number }: Introduction, receiver: number): void {
    const writer = this.#writer;
    writer.size = 0;
    for (let at = 0; at < DELTA_HEADER_SIZE; at++) writer.writeU8(0);
    const state = new SynchronizerState(node, 0);
    state.netId = pathNetId(number);
    state.writeDelta(writer, 1, 0);
    if (writer.size === DELTA_HEADER_SIZE) return; // nothing is watched
    const packet = writer.toBytes();
    writeDeltaHeader(packet);
    this.#parts.passOn(from, receiver, packet, false);
  }

  /** An instance, and those inside that every side adds itself. */
  #withScenesInside(instance: SceneInstance): SceneInstance[] {
    const inner = this.#parts.tree.innerOf(instance).filter((one) => this.#parts.spawnedAround(one) !== one);
    return [instance, ...inner.flatMap((one) => this.#withScenesInside(one))];
  }

  #of(receiver: number, instance: SceneInstance): IntroductionsOf {
    const byInstance = this.#byReceiver.get(receiver) ?? new Map<SceneInstance, IntroductionsOf>();
    this.#byReceiver.set(receiver, byInstance);
    const introductions: IntroductionsOf = byInstance.get(instance) ?? new Map();
    byInstance.set(instance, introductions);
    return introductions;
  }
}

/** A copy of a packet up to the zero behind its path: what a stranger sends behind that is not kept. */
function upToPathEnd(packet: Uint8Array, pathStart: number): Uint8Array<ArrayBuffer> {
  const end = packet.indexOf(0, pathStart);
  return packet.slice(0, end < 0 ? packet.length : end + 1);
}
