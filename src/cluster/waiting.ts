import type { Clock } from '../clock.ts';

/** A signal that is aborted after some milliseconds. */
export function timeLimit(clock: Clock, milliseconds: number): AbortSignal {
  const controller = new AbortController();
  clock.setTimeout(() => controller.abort(), milliseconds);
  return controller.signal;
}

/** Resolves after some milliseconds, or when `signal` is aborted. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(end, milliseconds);
    function end(): void {
      clock.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    }
    signal.addEventListener('abort', end);
  });
}

/** Work that is tried again until it succeeds, at most once in an interval. */
export class Repeated {
  readonly #interval: number;
  readonly #work: () => Promise<void>;
  #isRunning = false;
  #next = 0;

  /** `interval`: milliseconds. */
  constructor(interval: number, work: () => Promise<void>) {
    this.#interval = interval;
    this.#work = work;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Begins the work, unless it is running or was begun a short time ago. */
  again(now: number): void {
    if (this.#isRunning || now < this.#next) return;
    this.#isRunning = true;
    this.#next = now + this.#interval;
    const end = (): void => {
      this.#isRunning = false;
    };
    this.#work().then(end, end);
  }
}
