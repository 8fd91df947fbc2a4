import { ErrorCode } from '../../error-code.ts';
import { VariantWriter } from '../../variant/index.ts';
import type { Router } from '../peers/router.ts';
import {
  DELTA_HEADER_SIZE,
  pathNetId,
  SYNC_HEADER_SIZE,
  writeDeltaHeader,
  writeSyncHeader,
} from '../wire/state-packet.ts';
import type { FirstError } from './first-error.ts';
import type { Introductions } from './introductions.ts';
import type { PacketSizes } from './packet-sizes.ts';
import { LONGEST_STEP, type PeerView } from './peer-view.ts';
import { StatePacket } from './state-packet-builder.ts';
import type { SynchronizerState } from './synchronizer-state.ts';

/**
 * Sends SYNC and DELTA. The values of a synchronizer are encoded once in a tick; the packets for the peers are put
 * together from these blocks.
 */
export class StateSender {
  readonly #router: Router;
  readonly #introductions: Introductions;
  readonly #sizes: PacketSizes;
  readonly #errors: FirstError;
  readonly #syncBlocks = new VariantWriter();
  readonly #deltaBlocks = new VariantWriter();
  readonly #packet = new StatePacket();
  #tick = 0;

  constructor(router: Router, introductions: Introductions, sizes: PacketSizes, errors: FirstError) {
    this.#router = router;
    this.#introductions = introductions;
    this.#sizes = sizes;
    this.#errors = errors;
  }

  /**
   * Sends what is due at `now`, milliseconds, to every peer. When a value cannot be encoded, because it was changed in
   * place to something that does not match, everything else is sent, and the `TypeError` is noted.
   */
  send(states: Iterable<SynchronizerState>, views: Iterable<PeerView>, now: number): void {
    const tick = ++this.#tick;
    this.#encode(states, tick, now);
    for (const view of views) {
      if (view.unintroduced.size > 0) this.#introduce(view, tick, now);
      if (this.#syncBlocks.size > 0 || view.missed.size > 0) this.#syncWith(view, tick);
      if (view.unintroduced.size > 0) this.#introduce(view, 0, now);
      this.#sendDelta(view, tick);
    }
  }

  /** Encodes what is due and seen by anybody. */
  #encode(states: Iterable<SynchronizerState>, tick: number, now: number): void {
    this.#syncBlocks.size = 0;
    this.#deltaBlocks.size = 0;
    for (const state of states) {
      if (state.viewers === 0) continue;
      const isDue = state.isDue(tick, now);
      if (state.receivers === 0) continue;
      if (isDue) this.#encodeSync(state, tick);
      try {
        state.writeDelta(this.#deltaBlocks, tick, now);
      } catch (cause) {
        this.#errors.note(cause);
      }
    }
  }

  #encodeSync(state: SynchronizerState, tick: number): void {
    try {
      state.writeSync(this.#syncBlocks, tick);
    } catch (cause) {
      this.#errors.note(cause);
    }
  }

  /** Introduces synchronizers whose path the peer was not sent: those that are due in `tick`, or all with 0. */
  #introduce(view: PeerView, tick: number, now: number): void {
    for (const state of view.unintroduced) {
      if (tick !== 0 && state.dueTick !== tick) continue;
      const path = state.synchronizer.getPath();
      if (state.netId === 0) state.netId = pathNetId(this.#introductions.numberOf(path));
      if (this.#introductions.introduce(view.id, path, now)) view.confirm(state);
      else if (this.#introductions.isWaiting(view.id, path)) view.unintroduced.delete(state);
    }
  }

  /** Sends what is due, and what was due while the peer was behind. */
  #syncWith(view: PeerView, tick: number): void {
    // A newer SYNC replaces the older: it is sent when the peer has caught up.
    if (this.#router.isBehind(view.id)) {
      this.#miss(view, tick);
      return;
    }
    for (const state of view.missed) if (state.sync.tick !== tick) this.#encodeSync(state, tick);
    view.missed.clear();
    view.time++;
    this.#sendSync(view, tick);
  }

  /** What is due in `tick` is sent to the peer when it can be, and not only after its interval. */
  #miss(view: PeerView, tick: number): void {
    for (const state of view.receivable) if (state.sync.tick === tick) view.missed.add(state);
  }

  #sendSync(view: PeerView, tick: number): void {
    const { maxSyncPacketSize } = this.#sizes;
    const packet = this.#packet;
    const source = this.#syncBlocks.bytes;
    packet.begin(SYNC_HEADER_SIZE);
    for (const state of view.receivable) {
      const { sync } = state;
      if (sync.tick !== tick) continue;
      if (view.hiddenAt.size > 0 && !this.#stepTo(view, state)) continue;
      if (!packet.hasRoom(sync.end - sync.start, maxSyncPacketSize)) this.#finishSync(view, tick);
      packet.add(source, sync.start, sync.end);
    }
    if (!packet.isEmpty) this.#finishSync(view, tick);
  }

  /**
   * A receiver takes a time that is 32767 or more behind the last one as one that has wrapped, and ignores the others.
   * A synchronizer that was hidden for long is sent by itself first, with times in between. Returns whether all of that
   * was sent.
   */
  #stepTo(view: PeerView, state: SynchronizerState): boolean {
    let time = view.hiddenAt.get(state);
    if (time === undefined) return true;
    const { start, end } = state.sync;
    while (view.time - time > LONGEST_STEP) {
      time += LONGEST_STEP;
      const step = new Uint8Array(SYNC_HEADER_SIZE + end - start);
      step.set(this.#syncBlocks.bytes.subarray(start, end), SYNC_HEADER_SIZE);
      writeSyncHeader(step, time);
      if (this.#router.send(view.id, step) !== ErrorCode.OK) return false;
      view.hiddenAt.set(state, time);
    }
    view.hiddenAt.delete(state);
    return true;
  }

  #finishSync(view: PeerView, tick: number): void {
    const bytes = this.#packet.take();
    writeSyncHeader(bytes, view.time);
    if (this.#router.send(view.id, bytes) !== ErrorCode.OK) this.#miss(view, tick);
  }

  #sendDelta(view: PeerView, tick: number): void {
    if (this.#deltaBlocks.size === 0 && view.owed.size === 0) return;
    if (this.#router.isWaiting(view.id)) {
      this.#oweChanges(view, tick);
      return;
    }
    const writer = this.#deltaBlocks;
    const { maxDeltaPacketSize } = this.#sizes;
    const packet = this.#packet;
    const included: SynchronizerState[] = [];
    packet.begin(DELTA_HEADER_SIZE);
    for (const state of view.receivable) {
      const owed = view.owed.size === 0 ? undefined : view.owed.get(state);
      let { start, end } = state.delta;
      if (owed !== undefined) {
        if (!state.isWatched) continue;
        if (state.delta.tick === tick) view.owe(state, state.changedLow, state.changedHigh);
        // Behind the blocks that all peers get.
        start = writer.size;
        state.writeWatched(writer, owed.low, owed.high);
        end = writer.size;
      } else if (state.delta.tick !== tick) {
        continue;
      }
      if (!packet.hasRoom(end - start, maxDeltaPacketSize)) this.#finishDelta(view, included);
      packet.add(writer.bytes, start, end);
      included.push(state);
    }
    if (!packet.isEmpty) this.#finishDelta(view, included);
  }

  /** Packets for the peer wait, which it has to get before: it is sent the values of then. */
  #oweChanges(view: PeerView, tick: number): void {
    if (this.#deltaBlocks.size === 0) return;
    for (const state of view.receivable)
      if (state.delta.tick === tick) view.owe(state, state.changedLow, state.changedHigh);
  }

  /** What is not sent is owed. */
  #finishDelta(view: PeerView, included: SynchronizerState[]): void {
    const bytes = this.#packet.take();
    writeDeltaHeader(bytes);
    const wasSent = this.#router.send(view.id, bytes) === ErrorCode.OK;
    for (const state of included) {
      if (wasSent) view.owed.delete(state);
      else view.owe(state, state.changedLow, state.changedHigh);
    }
    included.length = 0;
  }
}
