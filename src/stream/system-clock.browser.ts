import type { Clock } from '../clock.ts';

/** A browser keeps a timer's delay in 31 bits. */
const LONGEST_DELAY = 2 ** 31 - 1;

interface Timers {
  setTimeout(callback: () => void, milliseconds: number): unknown;
  clearTimeout(timer: unknown): void;
  queueMicrotask(callback: () => void): void;
  readonly performance: { now(): number };
}
const browser = globalThis as unknown as Timers; // every browser's; compiled without the DOM's types

/** The real time: `performance.now`, the browser's timers, and a microtask for the end of the turn. */
export const systemClock: Clock = {
  now: () => browser.performance.now(),
  /** Delays beyond 2^31 - 1 ms (24.8 days) are cut to that. */
  setTimeout: (callback, milliseconds) => browser.setTimeout(callback, Math.min(milliseconds, LONGEST_DELAY)),
  clearTimeout: (timer) => browser.clearTimeout(timer),
  atTurnEnd: (callback) => browser.queueMicrotask(callback),
};
