import type { LogOptions, LogSink } from './log.ts';

/** Logs that a browser has no diagnostics channels, and returns a function that does nothing. */
export function logTo(sink: LogSink = console, _options: LogOptions = {}): () => void {
  sink.info('tickpeer: logTo() logs nothing in a browser; see getLastFailure() of each peer');
  return () => {};
}
