import type { Clock } from '../../clock.ts';

/**
 * `onWake` of a peer or a server: calls a callback at most once between two polls, from the event loop, when a poll would find
 * something to do or a deadline is due.
 */
export class WakeHook {
  readonly #clock: Clock;
  #callback: (() => void) | null = null;
  readonly #isAwake: () => boolean;
  /** Whether the callback was called since the last poll. */
  #isTold = false;
  /** Whether the end of this turn may call the callback. */
  #isPlanned = false;
  #timer: unknown = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** `isAwake` returns whether a poll would find something to do. */
  constructor(clock: Clock, isAwake: () => boolean) {
    this.#clock = clock;
    this.#isAwake = isAwake;
  }

  get callback(): (() => void) | null {
    return this.#callback;
  }

  /** A callback that is set while a poll has something to do is called when the turn ends. */
  set callback(callback: (() => void) | null) {
    if (callback !== null && typeof callback !== 'function') throw new TypeError('onWake is a function or null');
    this.#callback = callback;
    if (callback === null) this.arm(Number.POSITIVE_INFINITY);
    else if (this.#isAwake()) this.#plan();
  }

  /** There is something to do. Inside a call of the user's (`isInCall`), the callback waits for the end of the turn. */
  wake(isInCall: boolean): void {
    if (isInCall) this.#plan();
    else this.#tell();
  }

  /** Sets the time at which the callback is called in any case; `Infinity` for none. No effect without a callback. */
  arm(deadline: number): void {
    const at = this.#callback === null ? Number.POSITIVE_INFINITY : deadline;
    if (at === this.#timerAt) return;
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = at;
    if (at !== Number.POSITIVE_INFINITY) {
      this.#timer = this.#clock.setTimeout(() => this.#ring(), Math.max(0, at - this.#clock.now()));
    }
  }

  /** A poll or a new connection begins: the callback may be called again. */
  reset(): void {
    this.#isTold = false;
  }

  #plan(): void {
    if (this.#callback === null || this.#isTold || this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.atTurnEnd(() => {
      this.#isPlanned = false;
      if (this.#isAwake()) this.#tell();
    });
  }

  #ring(): void {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#tell();
  }

  #tell(): void {
    if (this.#callback === null || this.#isTold) return;
    this.#isTold = true;
    this.#callback();
  }
}
