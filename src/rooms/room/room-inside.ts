import type { Clock } from '../../clock.ts';
import { type PathNumbers, SceneMultiplayer } from '../../multiplayer/index.ts';
import type { Connection } from './connection.ts';
import type { Room } from './room.ts';
import { RoomGate } from './room-gate.ts';
import type { CheckedKind, RoomLogic } from './room-kind.ts';
import { RoomPeer } from './room-peer.ts';

/** How many handlers may throw in one tick while the packets after them are handled; those that are left wait for the next tick. */
const MOST_FAULTS_IN_A_TICK = 64;

/** What a room reports to its `Rooms`. */
export interface RoomEvents {
  /** A handler has thrown. */
  onFault(inside: RoomInside, error: unknown): void;
  /** A connection is gone: it has ended. */
  onGone(connection: Connection): void;
  /** A player that was away is gone for good. */
  onEnded(id: number): void;
}

export interface RoomParts {
  readonly kind: CheckedKind;
  readonly clock: Clock;
  readonly numbers: PathNumbers;
  /** By how much of the interval its ticks are shifted: from 0 to 1. */
  readonly shift: number;
  readonly events: RoomEvents;
}

/** The machinery of one room: its connections, its multiplayer, its ticks. */
export class RoomInside {
  readonly kind: CheckedKind;
  readonly gate: RoomGate;
  readonly peer: RoomPeer;
  readonly multiplayer: SceneMultiplayer;
  /** Set once it is made. */
  room!: Room;
  logic: RoomLogic | undefined = undefined;
  /** The address of the client that has created it; empty for none. */
  creatorKey = '';
  isClosing = false;
  isClosed = false;
  faults = 0;
  /** When it ticks next. Milliseconds. */
  nextTick = 0;
  /** Its index among the rooms with players; -1 while it has none. */
  slot = -1;
  /** When the next tick saves it; `Infinity` for never. Milliseconds. */
  nextSave: number = Number.POSITIVE_INFINITY;
  /** When it was saved last. */
  savedAt: number = Number.NEGATIVE_INFINITY;
  /** Whether the store has something under its code. */
  isStored = false;
  readonly #events: RoomEvents;
  readonly #interval: number;
  readonly #shift: number;
  /** Of the last tick with players; -1 when there were none. */
  #lastTick = -1;

  constructor({ kind, clock, numbers, shift, events }: RoomParts) {
    this.kind = kind;
    this.#events = events;
    this.#interval = 1000 / kind.tickRate;
    this.#shift = shift * this.#interval;
    this.gate = new RoomGate({
      onEnter: ({ id, carried }) => this.multiplayer.parts.expect(id, carried),
      onVanished: (connection) => events.onGone(connection),
    });
    this.peer = new RoomPeer(this.gate);
    this.multiplayer = new SceneMultiplayer({
      limits: kind.limits,
      sleep: kind.sleep,
      returning: kind.returning,
      clock,
    });
    this.multiplayer.parts.share(numbers);
    this.multiplayer.multiplayerPeer = this.peer;
    this.peer.peerDisconnected.connect((id) => this.#onLeft(id));
    const { absences } = this.multiplayer.parts;
    if (absences !== null) absences.onEnded = (id) => events.onEnded(id);
  }

  /** Whether nobody is in it, about to enter, or away. */
  get isEmpty(): boolean {
    return this.gate.inside.size === 0 && this.#awayCount === 0;
  }

  /** The places that are taken, also by players that are away. */
  get taken(): number {
    return this.gate.taken + this.#awayCount;
  }

  get #awayCount(): number {
    return this.multiplayer.parts.absences?.awayCount ?? 0;
  }

  get hasPlace(): boolean {
    return !this.isClosing && !this.peer.refuseNewConnections && this.taken < this.room.capacity;
  }

  /** The first connection enters: the next poll is a tick. */
  wake(): void {
    this.nextTick = 0;
    this.#lastTick = -1;
  }

  /** Handles what has arrived, calls the program's `onTick`, and sends what is due. Never throws. */
  tick(now: number): void {
    const interval = this.#interval;
    this.nextTick = (Math.floor((now - this.#shift) / interval) + 1) * interval + this.#shift;
    for (let faults = 0; faults < MOST_FAULTS_IN_A_TICK && !this.isClosed; faults++) {
      if (this.#receives()) break;
    }
    if (this.isClosed) return;
    this.gate.endTick();
    if (this.multiplayer.parts.members.peers.size > 0) {
      const delta = this.#lastTick < 0 ? interval / 1000 : (now - this.#lastTick) / 1000;
      this.#lastTick = now;
      this.#runTick(delta);
    }
    if (!this.isClosed) this.#replicates();
  }

  /** The program is told that the process will stop. Never throws. */
  drain(): void {
    const { logic } = this;
    if (logic?.onDrain !== undefined) this.#tries(() => logic.onDrain?.());
  }

  /** A message from another room has arrived. Never throws. */
  receiveMessage(message: unknown, from: string): void {
    const { logic } = this;
    if (logic?.onMessage !== undefined) this.#tries(() => logic.onMessage?.(message, from));
  }

  /**
   * Calls the program's `onClose`, which may move players elsewhere. Returns the connections of those that are left, and of those
   * that are on their way here, which are to be closed. Never throws.
   */
  close(reason: string): Connection[] {
    this.isClosing = true;
    const { logic } = this;
    if (logic?.onClose !== undefined) this.#tries(() => logic.onClose?.(reason));
    // A handler of `packetRefused` may throw.
    this.#tries(() => this.multiplayer.parts.router.outbox.drainAll());
    const connections = [...this.gate.inside, ...this.gate.arriving];
    this.isClosed = true;
    this.peer.close();
    this.multiplayer.clear();
    return connections;
  }

  // The three parts of a tick, as `#tries`, but without a function for each call.

  #receives(): boolean {
    try {
      this.multiplayer.receive();
      return true;
    } catch (error) {
      this.#events.onFault(this, error);
      return false;
    }
  }

  #runTick(delta: number): void {
    try {
      this.logic?.onTick?.(delta);
    } catch (error) {
      this.#events.onFault(this, error);
    }
  }

  #replicates(): void {
    try {
      this.multiplayer.parts.replication.process();
    } catch (error) {
      this.#events.onFault(this, error);
    }
  }

  /** Whether `run` has not thrown; otherwise that is reported. */
  #tries(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      this.#events.onFault(this, error);
      return false;
    }
  }

  #onLeft(id: number): void {
    for (const connection of this.gate.inside) {
      if (connection.id !== id) continue;
      this.gate.remove(connection);
      this.#events.onGone(connection);
      return;
    }
  }
}
