/**
 * The clock of a peer, which never reads a global one, so that a test can control the time. `systemClock` is the real
 * one; `tickpeer/testing` has a virtual one.
 */
export interface Clock {
  /** Milliseconds on a clock that only moves forward; its origin is arbitrary. */
  now(): number;
  /** Calls `callback` once, `milliseconds` from now. Returns what `clearTimeout` takes. Does not keep the process alive. */
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  /** Calls `callback` once, when the current turn of the event loop ends: everything sent in the turn is written then. */
  atTurnEnd(callback: () => void): void;
}
