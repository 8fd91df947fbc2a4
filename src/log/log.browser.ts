import type { LogOptions, LogSink } from './log.ts';

/** A browser has no diagnostics channels: says so, and returns a function that does nothing. */
export function logTo(sink: LogSink = console, _options: LogOptions = {}): () => void {
  sink.info('tickpeer: logTo() logs nothing in a browser; see getLastFailure() of each peer');
  return () => {};
}
