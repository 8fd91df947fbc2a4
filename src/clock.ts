/**
 * Time as this library sees it. A peer never reads a global clock: it is given one, so that a test can own the time.
 * `systemClock` is the real one; `tickpeer/testing` has a virtual one.
 */
export interface Clock {
  /** Milliseconds on a clock that only moves forward; its origin means nothing. */
  now(): number;
  /** Calls `callback` once, `milliseconds` from now. What it returns goes to `clearTimeout`. Does not keep the process alive. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Calls `callback` once, when the current turn of the event loop ends: what was sent in one turn leaves then. */
  atTurnEnd(callback: () => void): void;
}
