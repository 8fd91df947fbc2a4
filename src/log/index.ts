/** Logs what happens to peers and multiplayers to `console` or a logger. */
export { type LogEvent, type LogLevel, type LogOptions, type LogSink, logTo } from './log.ts';
