import { nextTick } from 'node:process';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import type { Clock } from '../../clock.ts';

/** Node's longest delay of a timer. A longer one fires at once, with a warning. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Node's `performance.now`, also under fake timers: deadlines set by a fake clock would never be reached once the real clock is
 * back, for any peer of the process. Fake timers replace the method of the object, not of the prototype.
 */
function findNow(): () => number {
  const prototype: { readonly now?: () => number } = Object.getPrototypeOf(performance);
  return (prototype.now ?? performance.now).bind(performance);
}

/** Set at the first use, because Node loads `performance` lazily. */
let realNow: (() => number) | null = null;

let waiting: (() => void)[] = [];

/**
 * The real time, also under fake timers (a test passes its own `clock`). It uses `performance.now`, Node's timers, which do
 * not keep the process alive, and one `setImmediate` for all `atTurnEnd` calls of a turn of the event loop. The immediate
 * does keep the process alive, so that everything sent in the last turn is written.
 */
export const systemClock: Clock = {
  now(): number {
    realNow ??= findNow();
    return realNow();
  },

  /** Delays above 2^31 - 1 ms (24.8 days) are cut to that. A delay of 0 or less fires in one of the next turns. */
  setTimeout: (callback, milliseconds) => setTimeout(callback, Math.min(milliseconds, LONGEST_DELAY)).unref(),

  clearTimeout(timer): void {
    // `setTimeout` above made it.
    clearTimeout(timer as NodeJS.Timeout | undefined);
  },

  /** A callback that is added while others run waits for the next turn. One that throws does not stop the others. */
  atTurnEnd(callback): void {
    if (waiting.push(callback) === 1) setImmediate(runWaiting);
  },
};

function runWaiting(): void {
  const callbacks = waiting;
  waiting = [];
  for (const callback of callbacks) {
    try {
      callback();
    } catch (error) {
      // Uncaught, as in an immediate of its own, but after the other callbacks.
      nextTick(() => {
        throw error;
      });
    }
  }
}
