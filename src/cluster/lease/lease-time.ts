import type { Clock } from '../../clock.ts';

/** A moment on two clocks. Milliseconds. */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

/**
 * The share of its lease that a node uses. The rest is for clocks that do not run equally fast: the others wait for the whole lease by their
 * own clock.
 */
const USED = 0.9;

/**
 * How long a lease has been held, judged by the node that holds it. The steady clock stands still while the machine is suspended, and the wall clock may be set
 * back; so the longer of the two times counts.
 */
export class LeaseTime {
  readonly #clock: Clock;
  readonly #wallClock: () => number;
  readonly #usable: number;

  /** `leaseTime`: milliseconds. */
  constructor(clock: Clock, wallClock: () => number, leaseTime: number) {
    this.#clock = clock;
    this.#wallClock = wallClock;
    this.#usable = leaseTime * USED;
  }

  now(): Moment {
    return { steady: this.#clock.now(), wall: this.#wallClock() };
  }

  /** Milliseconds. */
  since(moment: Moment): number {
    return Math.max(this.#clock.now() - moment.steady, this.#wallClock() - moment.wall);
  }

  /** Whether a lease that was renewed at `moment` is still held. */
  isWithin(moment: Moment): boolean {
    return this.since(moment) < this.#usable;
  }
}
