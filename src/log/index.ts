/** What happens to peers and multiplayers, as lines for `console` or a logger. */
export { type LogEvent, type LogLevel, type LogOptions, type LogSink, logTo } from './log.ts';
