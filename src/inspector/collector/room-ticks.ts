import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Room, Rooms, RoomTickMessage } from '../../rooms/index.ts';

const CHANNEL = 'tickpeer:rooms:tick';

/** How long the ticks of a room took in an interval. Milliseconds. */
export interface TickFigures {
  count: number;
  sum: number;
  most: number;
}

/** Measures the ticks of rooms. Nothing is measured before `start`. */
export class RoomTicks {
  readonly #rooms: Rooms;
  #present = new Map<Room, TickFigures>();
  #isRunning = false;

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
  }

  /** Begins, or goes on. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    subscribe(CHANNEL, this.#onTick);
  }

  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    unsubscribe(CHANNEL, this.#onTick);
    this.#present = new Map();
  }

  /** The figures since the last call, by rooms that had a tick. */
  take(): ReadonlyMap<Room, Readonly<TickFigures>> {
    const taken = this.#present;
    this.#present = new Map();
    return taken;
  }

  readonly #onTick = (message: unknown): void => {
    const { rooms, room, duration } = message as RoomTickMessage; // the type of this channel's messages
    if (rooms !== this.#rooms) return;
    const figures = this.#present.get(room) ?? { count: 0, sum: 0, most: 0 };
    this.#present.set(room, figures);
    figures.count++;
    figures.sum += duration;
    if (duration > figures.most) figures.most = duration;
  };
}
