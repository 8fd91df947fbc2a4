import { isFailure } from '../../failure.ts';
import { VariantWriter } from '../../variant/index.ts';
import type { MultiplayerSpawner } from '../nodes/multiplayer-spawner.ts';
import { MultiplayerSynchronizer } from '../nodes/multiplayer-synchronizer.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import { Command, commandOf } from '../wire/command.ts';
import { readIntroduction, readPath } from '../wire/path-packet.ts';
import { CallHeader, readCallHeader } from '../wire/rpc-packet.ts';
import {
  DELTA_HEADER_SIZE,
  isPathNetId,
  pathNetId,
  pathNumberOf,
  StateReader,
  withoutBlocks,
  writeDeltaHeader,
} from '../wire/state-packet.ts';
import type { PeerView } from './peer-view.ts';
import type { SceneTree } from './scene-tree.ts';
import { SynchronizerState } from './synchronizer-state.ts';

type Named = MultiplayerSynchronizer | MultiplayerSpawner;

/** What a client has introduced to another one. */
interface Introduction {
  readonly from: number;
  /** The number of the sender for the path. */
  readonly number: number;
  readonly packet: Uint8Array<ArrayBuffer>;
  /** Whether it waits for the SPAWN of the node. */
  isWaiting: boolean;
  /** Whether it was sent before, to a connection of the receiver that has ended. */
  isRepeated: boolean;
}

/** What a client has introduced to others that is in no spawned node. */
interface Recorded {
  readonly packet: Uint8Array<ArrayBuffer>;
  readonly receivers: Set<number>;
}

/** How many of these are kept for each client: those that were used last. */
const MOST_RECORDED = 1024;

/** By the nodes that have the paths. */
type IntroductionsOf = Map<Named, Introduction>;

/** What relayed introductions use of the replication. */
export interface RelayedIntroductionsParts {
  /** Whether receivers may come back on another connection, which has to get all introductions again. */
  readonly mayReturn: boolean;
  /** The most bytes of a path that is kept. */
  readonly pathLength: number;
  /** Whether packets for a peer wait, because its connection has ended. */
  isHeld(id: number): boolean;
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
  /** By senders, then by their numbers, least recently used first: of nodes that are in no spawned instance. */
  readonly #recorded = new Map<number, Map<number, Recorded>>();
  /** Receivers that have come back, by senders: numbers that they do not know yet, and of which their senders believe that they do. */
  readonly #unknown = new Map<number, Map<number, Set<number>>>();
  readonly #writer = new VariantWriter();
  readonly #header = new CallHeader();
  readonly #states = new StateReader();

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
    const isNamed = node !== undefined && node.getMultiplayerAuthority() === from;
    const spawned = isNamed ? this.#parts.spawnedAround(node.instance) : null;
    const kept = upToPathEnd(packet, read.pathStart);
    if (!isNamed || spawned === null) {
      // As for calls to this side, no node is declared at a longer path.
      const isKept = this.#parts.mayReturn && kept.length - read.pathStart <= this.#parts.pathLength + 1;
      if (isKept) this.#record(from, read.number, receivers, kept);
      return receivers;
    }
    return receivers.filter((id) => {
      const isThere = this.#parts.views.get(id)?.spawned.has(spawned) === true;
      const introductions = this.#of(id, node.instance);
      const before = introductions.get(node);
      // The sender repeats its introduction until the receiver has confirmed it.
      const isRepeated = !isThere && before?.from === from && before.isRepeated;
      introductions.set(node, { from, number: read.number, packet: kept, isWaiting: !isThere, isRepeated });
      if (isThere) this.#know(id, from, read.number);
      return isThere;
    });
  }

  /** A client sends others a packet, which may have numbers of paths in it. */
  noteUse(from: number, packet: Uint8Array): void {
    const ofSender = this.#recorded.size === 0 ? undefined : this.#recorded.get(from);
    // With fewer, none is dropped.
    if (ofSender === undefined || ofSender.size < MOST_RECORDED || packet.length === 0) return;
    const command = commandOf(packet);
    if (command === Command.REMOTE_CALL) {
      const header = this.#header;
      if (readCallHeader(packet, header) === null && header.pathStart < 0) use(ofSender, header.node);
    } else if (command === Command.SYNC) {
      const states = this.#states;
      if (states.begin(packet) !== null) return;
      while (states.next() === true) if (isPathNetId(states.netId)) use(ofSender, pathNumberOf(states.netId));
    }
  }

  /** The connection of a receiver has ended: its next one needs everything again. */
  suspend(receiver: number): void {
    for (const introductions of this.#byReceiver.get(receiver)?.values() ?? []) {
      for (const introduction of introductions.values()) {
        introduction.isRepeated ||= !introduction.isWaiting;
        introduction.isWaiting = true;
        if (introduction.isRepeated) this.#unknownTo(receiver, introduction.from).add(introduction.number);
      }
    }
  }

  /** The SYNC or DELTA as it is sent to one receiver: without what that does not know. Null when nothing is left. */
  stateFor(receiver: number, from: number, packet: Uint8Array): Uint8Array | null {
    const numbers = this.#unknown.size === 0 ? undefined : this.#unknown.get(receiver)?.get(from);
    if (numbers === undefined || numbers.size === 0) return packet;
    return withoutBlocks(packet, (netId) => isPathNetId(netId) && numbers.has(pathNumberOf(netId)));
  }

  /** Whether any receiver does not know a number of which its sender believes that it does. */
  get hasUnknown(): boolean {
    return this.#unknown.size > 0;
  }

  /**
   * A peer has come back. What it had introduced is forgotten, because its numbers begin again, except for those who are away: calls with
   * such a number may wait for them. What it was sent itself is sent again.
   */
  resume(id: number): void {
    const ofId = this.#recorded.get(id);
    for (const [number, { receivers }] of ofId ?? []) {
      for (const receiver of receivers) if (!this.#parts.isHeld(receiver)) receivers.delete(receiver);
      if (receivers.size === 0) ofId?.delete(number);
    }
    this.#forgetNamed(id);
    for (const [from, ofSender] of this.#recorded) {
      for (const [number, { packet, receivers }] of ofSender) {
        if (!receivers.has(id)) continue;
        this.#parts.passOn(from, id, packet, true);
        const path = pathOf(packet);
        const node = path === null ? undefined : this.#parts.tree.synchronizers.get(path);
        if (node?.getMultiplayerAuthority() === from) this.#passState(node, from, number, id);
      }
    }
  }

  /** A node was spawned at a peer: sends what has waited for that, and the state that the peer has lost with an earlier SPAWN. */
  spawned(receiver: number, instance: SceneInstance): void {
    const byInstance = this.#byReceiver.get(receiver);
    if (byInstance === undefined) return;
    for (const part of this.#withScenesInside(instance)) {
      for (const [node, introduction] of byInstance.get(part) ?? []) {
        const { from, number, packet, isWaiting, isRepeated } = introduction;
        if (node.getMultiplayerAuthority() !== from) continue;
        introduction.isWaiting = false;
        introduction.isRepeated = false;
        this.#know(receiver, from, number);
        if (isWaiting) this.#parts.passOn(from, receiver, packet, true);
        if (isWaiting && !isRepeated) continue; // its sender sends the state
        if (node instanceof MultiplayerSynchronizer) this.#passState(node, from, number, receiver);
      }
    }
  }

  /** An instance has left the tree. */
  forgetInstance(instance: SceneInstance): void {
    for (const [receiver, byInstance] of this.#byReceiver) {
      for (const { from, number } of byInstance.get(instance)?.values() ?? []) this.#know(receiver, from, number);
      byInstance.delete(instance);
    }
  }

  /** A peer has left. */
  forget(id: number): void {
    this.#byReceiver.delete(id);
    this.#unknown.delete(id);
    this.#forgetSender(id);
    for (const ofSender of this.#recorded.values()) for (const { receivers } of ofSender.values()) receivers.delete(id);
  }

  #unknownTo(receiver: number, from: number): Set<number> {
    const bySender = this.#unknown.get(receiver) ?? new Map<number, Set<number>>();
    this.#unknown.set(receiver, bySender);
    const numbers = bySender.get(from) ?? new Set<number>();
    bySender.set(from, numbers);
    return numbers;
  }

  #know(receiver: number, from: number, number: number): void {
    if (this.#unknown.size === 0) return;
    const bySender = this.#unknown.get(receiver);
    const numbers = bySender?.get(from);
    numbers?.delete(number);
    if (numbers?.size === 0) bySender?.delete(from);
    if (bySender?.size === 0) this.#unknown.delete(receiver);
  }

  #forgetSender(id: number): void {
    this.#recorded.delete(id);
    this.#forgetNamed(id);
  }

  /** What a peer has introduced of synchronizers and spawners in spawned nodes. */
  #forgetNamed(id: number): void {
    for (const [receiver, bySender] of this.#unknown) {
      bySender.delete(id);
      if (bySender.size === 0) this.#unknown.delete(receiver);
    }
    for (const byInstance of this.#byReceiver.values()) {
      for (const introductions of byInstance.values())
        for (const [node, { from }] of introductions) if (from === id) introductions.delete(node);
    }
  }

  #record(from: number, number: number, receivers: readonly number[], packet: Uint8Array<ArrayBuffer>): void {
    const ofSender = this.#recorded.get(from) ?? new Map<number, Recorded>();
    this.#recorded.set(from, ofSender);
    const before = ofSender.get(number)?.receivers ?? [];
    ofSender.delete(number);
    ofSender.set(number, { packet, receivers: new Set([...before, ...receivers]) });
    const [unused] = ofSender.keys();
    if (ofSender.size > MOST_RECORDED) ofSender.delete(unused!);
  }

  /** Sends all watched properties with the values that this side has got. */
  #passState(node: MultiplayerSynchronizer, from: number, number: number, receiver: number): void {
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

/** Moves what was recorded with a number behind the others. */
function use(ofSender: Map<number, Recorded>, number: number): void {
  const recorded = ofSender.get(number);
  if (recorded === undefined) return;
  ofSender.delete(number);
  ofSender.set(number, recorded);
}

function pathOf(packet: Uint8Array): string | null {
  const read = readIntroduction(packet);
  return isFailure(read) ? null : readPath(packet, read.pathStart);
}

/** A copy of a packet up to the zero behind its path: what a stranger sends behind that is not kept. */
function upToPathEnd(packet: Uint8Array, pathStart: number): Uint8Array<ArrayBuffer> {
  const end = packet.indexOf(0, pathStart);
  return packet.slice(0, end < 0 ? packet.length : end + 1);
}
