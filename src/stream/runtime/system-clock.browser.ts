import type { Clock } from '../../clock.ts';

/** A browser keeps a timer's delay in 31 bits. */
const LONGEST_DELAY = 2 ** 31 - 1;

interface Timers {
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  queueMicrotask(callback: () => void): void;
  readonly performance: { now(): number };
}
// Compiled without the DOM's types. Read once: a program may replace them later.
const { setTimeout, clearTimeout, queueMicrotask, performance } = globalThis as unknown as Timers;

/** The real time: `performance.now`, the browser's timers, and a microtask for the end of the turn. */
export const systemClock: Clock = {
  now: performance.now.bind(performance),
  /** Delays beyond 2^31 - 1 ms (24.8 days) are cut to that. */
  setTimeout: (callback, milliseconds) => setTimeout(callback, Math.min(milliseconds, LONGEST_DELAY)),
  clearTimeout: (timer) => clearTimeout(timer),
  atTurnEnd: (callback) => queueMicrotask(callback),
};
