import { systemClock } from './system-clock.ts';

/** A socket or an HTTP/2 stream. */
interface Closable {
  once(event: 'close', listener: () => void): unknown;
}

/** Calls `drop` after `milliseconds` unless `stream` closes before. The wait does not keep the process alive. */
export function dropAfter(stream: Closable, milliseconds: number, drop: () => void): void {
  const timer = systemClock.setTimeout(drop, milliseconds);
  stream.once('close', () => systemClock.clearTimeout(timer));
}
