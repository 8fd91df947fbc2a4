import type { Clock } from '../../clock.ts';
import { checkSeconds } from '../limits/rooms-limits.ts';
import type { Connection } from '../room/connection.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';
import type { RoomInside } from '../room/room-inside.ts';
import { Goodbye } from './goodbye.ts';

/** Options of `Rooms.stop`. */
export interface RoomsStopOptions {
  /** Seconds over which the connections are closed, evenly spread, so that the clients do not all come back at once. Default: 0. */
  readonly over?: number;
  /** Seconds, after the last connection was closed, after which those that remain are dropped. Default: 10. */
  readonly timeLimit?: number;
  /** What `onClose` of the rooms, and the players, are told. Default: 'the server stops'. */
  readonly reason?: string;
}

/** What a shutdown asks its `Rooms` to do. */
export interface ShutdownHost {
  /** The open rooms. */
  rooms(): Iterable<RoomInside>;
  /** Saves and closes a room. Returns the connections that are to be closed. */
  closeRoom(inside: RoomInside, reason: string): readonly Connection[];
  /** `timeLimit`: seconds. */
  stopServer(timeLimit: number, reason: string): void;
  /** Nothing is waited for any more. */
  onDeadline(): void;
}

/** `Rooms.drain` and `Rooms.stop`. */
export class RoomsShutdown {
  /** Whether no rooms are opened any more. */
  isDraining = false;
  readonly #clock: Clock;
  /** Tells balancers whether to send new clients. */
  readonly #server: { isReady: boolean };
  readonly #host: ShutdownHost;
  #goodbye: Goodbye | null = null;
  /** Seconds. */
  #timeLimit = 0;
  #reason = '';
  #deadline = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, server: { isReady: boolean }, host: ShutdownHost) {
    this.#clock = clock;
    this.#server = server;
    this.#host = host;
  }

  /** Whether `stop` was called. */
  get hasBegun(): boolean {
    return this.#goodbye !== null;
  }

  /** Whether all connections were closed. */
  get isOver(): boolean {
    return this.#goodbye?.isOver === true;
  }

  drain(): void {
    if (this.isDraining) return;
    this.isDraining = true;
    this.#server.isReady = false;
    for (const inside of [...this.#host.rooms()]) if (!inside.isClosing) inside.drain();
  }

  resume(): void {
    if (this.hasBegun || !this.isDraining) return;
    this.isDraining = false;
    this.#server.isReady = true;
  }

  /** Throws for options that cannot be used. */
  begin({ over = 0, timeLimit = 10, reason = 'the server stops' }: RoomsStopOptions): void {
    checkSeconds('timeLimit', timeLimit, true);
    if (checkSeconds('over', over, true) === Number.POSITIVE_INFINITY) {
      throw new RangeError('over is a finite number of seconds');
    }
    if (typeof reason !== 'string') throw new TypeError(`reason is a string, not ${typeof reason}`);
    const now = this.#clock.now();
    this.isDraining = true;
    this.#server.isReady = false;
    this.#timeLimit = timeLimit;
    this.#reason = reason;
    this.#deadline = Number.POSITIVE_INFINITY;
    this.#goodbye = new Goodbye(this.#host.rooms(), over * 1000, now, this.#goodbye, {
      closeRoom: (inside) => this.#host.closeRoom(inside, reason),
      closeConnection: ({ peer }) => peer.close(RoomCloseCode.STOPPING, reason),
    });
    this.progress(now);
  }

  /** The next step of `stop`. */
  progress(now: number): void {
    const goodbye = this.#goodbye;
    if (goodbye === null) return;
    if (!goodbye.isOver) {
      goodbye.progress(now);
      if (!goodbye.isOver) return;
      this.#deadline = now + this.#timeLimit * 1000;
      this.#host.stopServer(this.#timeLimit, this.#reason);
      // The server tells by itself that it stops; it may listen again later.
      this.#server.isReady = true;
    }
    if (now >= this.#deadline) this.#host.onDeadline();
  }
}
