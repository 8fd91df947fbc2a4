import type { Clock } from '../../clock.ts';

/**
 * The optional hook of a peer or a server: called at most once between two polls, from the event loop, when a poll would
 * find something to do. With a hook set, a deadline wakes too.
 */
export class WakeHook {
  readonly #clock: Clock;
  #callback: (() => void) | null = null;
  /** There is something to do since the last poll. */
  #isAwake = false;
  /** The hook was called since the last poll. */
  #isTold = false;
  /** The hook is to be called when the turn ends. */
  #isPlanned = false;
  #timer: unknown = null;
  #timerAt = Number.POSITIVE_INFINITY;

  /** `isAwake`: whether there is something to do already. */
  constructor(clock: Clock, isAwake: boolean = false) {
    this.#clock = clock;
    this.#isAwake = isAwake;
  }

  get callback(): (() => void) | null {
    return this.#callback;
  }

  /** A hook that is set late still hears of what has happened since the last poll. */
  set callback(callback: (() => void) | null) {
    if (callback !== null && typeof callback !== 'function') throw new TypeError('onWake is a function or null');
    this.#callback = callback;
    if (callback === null) this.arm(Number.POSITIVE_INFINITY);
    else if (this.#isAwake) this.#plan();
  }

  /**
   * There is something to do. Found out inside a call of the user's (`isInCall`), the hook waits for the end of the turn:
   * it never interrupts.
   */
  wake(isInCall: boolean): void {
    this.#isAwake = true;
    if (isInCall) this.#plan();
    else this.#tell();
  }

  /** Sets the time at which to wake anyway; `Infinity` for none. Does nothing without a callback. */
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

  /** A poll begins, or a new connection: whatever was reported is dealt with. */
  reset(): void {
    this.#isAwake = false;
    this.#isTold = false;
  }

  #plan(): void {
    if (this.#callback === null || this.#isTold || this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.atTurnEnd(() => {
      this.#isPlanned = false;
      if (this.#isAwake) this.#tell();
    });
  }

  #ring(): void {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.wake(false);
  }

  #tell(): void {
    if (this.#callback === null || this.#isTold) return;
    this.#isTold = true;
    this.#callback();
  }
}
