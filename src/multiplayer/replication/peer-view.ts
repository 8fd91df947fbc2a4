import type { SceneInstance } from '../nodes/scene-instance.ts';
import type { CarriedPeer } from '../rpc/carried-peer.ts';
import { despawnPacket } from '../wire/spawn-packet.ts';
import type { SynchronizerState } from './synchronizer-state.ts';

/** Watched properties that a peer has not got yet: a mask of 64 bits. */
export interface OwedMask {
  low: number;
  high: number;
}

/**
 * How far the time at which a synchronizer was hidden can be behind its next SYNC. Its last SYNC can be older by the
 * `MOST_TICKS` of synchronizer-state.ts, and a receiver needs both together to be less than 32767.
 */
export const LONGEST_STEP = 0x3ffe;

/**
 * How many times in between are sent to a receiver whose last SYNC of a synchronizer may have any time: a quarter of their range
 * apart, one of them is a later one for it, and those after that as well.
 */
const STEPS_TO_ANY_TIME = 4;

/** What one peer sees of the nodes and synchronizers of this one, and what it has been sent. */
export class PeerView {
  readonly id: number;
  /** The time of its SYNCs. The engine counts network frames; here, those in which there was something to send. */
  time: number;
  /** The nodes that are spawned there, in the order of their SPAWNs. */
  readonly spawned: Set<SceneInstance> = new Set();
  /** Nodes whose SPAWN could not be sent. */
  readonly unsent: Set<SceneInstance> = new Set();
  /** Net ids whose DESPAWN could not be sent. */
  readonly owedDespawns: number[] = [];
  /** Synchronizers that it sees, and whose path it has not confirmed. */
  readonly unconfirmed: Set<SynchronizerState> = new Set();
  /** Those of them whose path it was not sent. */
  readonly unintroduced: Set<SynchronizerState> = new Set();
  /** Changes that it has not got: of synchronizers that it began to see, or whose DELTA was not sent. */
  readonly owed: Map<SynchronizerState, OwedMask> = new Map();
  /** Synchronizers that were due while the peer was behind, or whose SYNC could not be sent. */
  readonly missed: Set<SynchronizerState> = new Set();
  /** When synchronizers were hidden whose node stays: the other side keeps the time of their last SYNC. */
  readonly hiddenAt: Map<SynchronizerState, number> = new Map();
  readonly #visible: Set<SynchronizerState> = new Set();
  /** `#visible` in the order of the blocks. */
  readonly #sorted: SynchronizerState[] = [];

  /** What a peer that moves between rooms takes along; null where there are no rooms. */
  readonly #carried: CarriedPeer | null;

  /** `time`: of its last SYNC on an earlier connection. */
  constructor(id: number, carried: CarriedPeer | null = null, time: number = carried?.syncTime ?? 0) {
    this.id = id;
    this.time = time;
    this.#carried = carried;
  }

  /** The packets that despawn there all that this side has spawned, inner nodes first: the peer is about to move to another room. */
  get farewell(): Uint8Array[] {
    const spawned = [...this.spawned].reverse().map(({ origin }) => origin!.netId);
    return [...this.owedDespawns, ...spawned].map(despawnPacket);
  }

  /** The synchronizers whose state can be sent, in the order of their blocks. */
  get receivable(): readonly SynchronizerState[] {
    return this.#sorted;
  }

  /** Whether it sees a synchronizer. */
  sees(state: SynchronizerState): boolean {
    return this.#visible.has(state) || this.unconfirmed.has(state);
  }

  /** It begins to see a synchronizer: all watched properties are owed. */
  show(state: SynchronizerState, isConfirmed: boolean): void {
    state.viewers++;
    if (isConfirmed) {
      this.#receive(state);
      return;
    }
    this.unconfirmed.add(state);
    this.unintroduced.add(state);
  }

  /** As `show`, of a synchronizer that was not spawned: the peer may have got a SYNC for it in another room. */
  showByPath(state: SynchronizerState, isConfirmed: boolean): void {
    if (this.#carried?.hasMoved === true && !this.hiddenAt.has(state))
      this.hiddenAt.set(state, this.time - STEPS_TO_ANY_TIME * LONGEST_STEP);
    this.show(state, isConfirmed);
  }

  /** It has confirmed the path of a synchronizer. */
  confirm(state: SynchronizerState): void {
    this.unintroduced.delete(state);
    if (this.unconfirmed.delete(state)) this.#receive(state);
  }

  hide(state: SynchronizerState): void {
    this.owed.delete(state);
    this.unintroduced.delete(state);
    this.missed.delete(state);
    if (this.unconfirmed.delete(state)) {
      state.viewers--;
    } else if (this.#visible.delete(state)) {
      state.viewers--;
      state.receivers--;
      this.#sorted.splice(this.#indexOf(state), 1);
      this.hiddenAt.set(state, this.time);
    }
  }

  /** A synchronizer has left the tree, here or over there, or has another authority. */
  drop(state: SynchronizerState): void {
    this.hide(state);
    this.hiddenAt.delete(state);
  }

  /** It has left. */
  clear(): void {
    if (this.#carried !== null) this.#carried.syncTime = this.time;
    for (const state of [...this.unconfirmed, ...this.#visible]) this.hide(state);
  }

  owe(state: SynchronizerState, low: number, high: number): void {
    if (low === 0 && high === 0) return;
    const mask = this.owed.get(state);
    if (mask === undefined) this.owed.set(state, { low, high });
    else {
      mask.low |= low;
      mask.high |= high;
    }
  }

  #receive(state: SynchronizerState): void {
    this.#visible.add(state);
    state.watchAgain();
    state.receivers++;
    this.#sorted.splice(this.#indexOf(state), 0, state);
    this.owe(state, state.allLow, state.allHigh);
  }

  /** Where the synchronizer is in the order, or belongs. */
  #indexOf({ order }: SynchronizerState): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]!.order < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
