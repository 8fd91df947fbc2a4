import type { Clock } from '../clock.ts';

/**
 * The optional hook of a peer or a server: called at most once between two polls, from the event loop, when a poll would
 * find something to do. With a hook set, a deadline wakes too.
 */
export class WakeHook {
  readonly #clock: Clock;
  #callback: (() => void) | null = null;
  #isAwake = false;
  #isPolling = false;
  #timer: unknown = null;
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #ring = (): void => {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.wake();
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get callback(): (() => void) | null {
    return this.#callback;
  }

  set callback(callback: (() => void) | null) {
    if (callback !== null && typeof callback !== 'function') throw new TypeError('onWake is a function or null');
    this.#callback = callback;
    if (callback === null) this.arm(Number.POSITIVE_INFINITY);
  }

  beginPoll(): void {
    this.#isAwake = false;
    this.#isPolling = true;
  }

  /** `deadline`: when the next poll is due even if nothing happens. */
  endPoll(deadline: number): void {
    this.#isPolling = false;
    this.arm(deadline);
  }

  /** There is something to do. True for the first time since the last poll. */
  wake(): boolean {
    if (this.#isAwake) return false;
    this.#isAwake = true;
    if (this.#callback === null) return true;
    if (!this.#isPolling) this.#callback();
    else this.#clock.atTurnEnd(() => this.#isAwake && this.#callback?.());
    return true;
  }

  /** Sets the time at which to wake anyway; `Infinity` for none. Does nothing without a callback. */
  arm(deadline: number): void {
    const at = this.#callback === null ? Number.POSITIVE_INFINITY : deadline;
    if (at === this.#timerAt) return;
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = at;
    if (at !== Number.POSITIVE_INFINITY) {
      this.#timer = this.#clock.setTimeout(this.#ring, Math.max(0, at - this.#clock.now()));
    }
  }

  /** A new beginning: whatever was reported is forgotten. */
  reset(): void {
    this.#isAwake = false;
  }
}
