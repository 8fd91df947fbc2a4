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
