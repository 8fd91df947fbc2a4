import { nextTick } from 'node:process';
import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import type { Clock } from '../../clock.ts';

/** Node keeps a timer's delay in 31 bits and fires at once, with a warning, beyond that. */
const LONGEST_DELAY = 2 ** 31 - 1;

/**
 * Node's own `performance.now`, also under fake timers: what is planned by a fake clock would never happen once the real clock is back, for
 * any peer of the process. Fake timers replace the method on the object, so the prototype's is taken.
 */
function findNow(): () => number {
  const prototype: { readonly now?: () => number } = Object.getPrototypeOf(performance);
  return (prototype.now ?? performance.now).bind(performance);
}

/** Found at the first use: Node loads `performance` when it is asked for. */
let realNow: (() => number) | null = null;

let waiting: (() => void)[] = [];

/**
 * The real time, also under fake timers (a test gives its own `clock`): `performance.now`, Node's timers (which do not keep the process alive) and one `setImmediate` per turn
 * of the event loop that every `atTurnEnd` of that turn shares. The immediate does keep the process alive: what was sent
 * in the last turn still leaves.
 */
export const systemClock: Clock = {
  now(): number {
    realNow ??= findNow();
    return realNow();
  },

  /** Delays beyond 2^31 - 1 ms (24.8 days) are cut to that; what is not above 0 fires in one of the next turns. */
  setTimeout: (callback, milliseconds) => setTimeout(callback, Math.min(milliseconds, LONGEST_DELAY)).unref(),

  clearTimeout(timer): void {
    // Clock's timers are opaque to its users; ours are Node's, as made above.
    clearTimeout(timer as NodeJS.Timeout | undefined);
  },

  /** A callback that is added while others run waits for the next turn; one that throws does not take others with it. */
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
      // Uncaught, as it would be in an immediate of its own, but after the others had their turn.
      nextTick(() => {
        throw error;
      });
    }
  }
}
