import type { Clock } from '../clock.ts';
import type { LogEvent } from './log-event.ts';

/** Passes on a number of events of one kind in an interval, and writes how many more there were at its end. */
export class LogLimit {
  readonly #write: (event: LogEvent) => void;
  readonly #most: number;
  readonly #interval: number;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Interval>();

  /** `interval`: milliseconds. */
  constructor(write: (event: LogEvent) => void, most: number, interval: number, clock: Clock) {
    this.#write = write;
    this.#most = most;
    this.#interval = interval;
    this.#clock = clock;
  }

  add(event: LogEvent): void {
    const { kind } = event;
    let interval = this.#kinds.get(kind);
    if (interval !== undefined && this.#clock.now() >= interval.end) {
      this.#close(kind, interval);
      interval = undefined;
    }
    if (interval === undefined) {
      // The timer does not keep the process alive and may be late, so `end` decides.
      const timer = this.#clock.setTimeout(() => this.#expire(kind), this.#interval);
      interval = { end: this.#clock.now() + this.#interval, timer, written: 0, leftOut: 0, last: event };
      this.#kinds.set(kind, interval);
    }
    interval.last = event;
    if (interval.written < this.#most) {
      interval.written++;
      this.#write(event);
    } else {
      interval.leftOut++;
    }
  }

  /** Writes how many events were left out so far, and clears the timers. */
  end(): void {
    for (const [kind, interval] of this.#kinds) this.#close(kind, interval);
  }

  #expire(kind: string): void {
    const interval = this.#kinds.get(kind);
    if (interval !== undefined) this.#close(kind, interval);
  }

  #close(kind: string, { timer, leftOut, last }: Interval): void {
    this.#clock.clearTimeout(timer);
    this.#kinds.delete(kind);
    if (leftOut === 0) return;
    const text = `${leftOut} more of the same in ${this.#interval / 1000} s (${kind}); the last one: ${last.text}`;
    this.#write({ ...last, text, message: null });
  }
}

interface Interval {
  readonly end: number;
  readonly timer: unknown;
  written: number;
  leftOut: number;
  last: LogEvent;
}
