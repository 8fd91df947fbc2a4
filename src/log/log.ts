import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Clock } from '../clock.ts';
import { systemClock } from '../stream/index.ts';
import { CHANNEL_NAMES, ChannelEvents } from './channel-events.ts';
import type { LogEvent, LogLevel } from './log-event.ts';
import { LogLimit } from './log-limit.ts';

export type { LogEvent, LogLevel } from './log-event.ts';

/** `console`, or a logger such as pino's or winston's: a method for each level. */
export type LogSink = Readonly<Record<LogLevel, (line: string) => void>>;

export interface LogOptions {
  /** The least level that is logged. Default: `'info'`. */
  readonly level?: LogLevel;
  /** False leaves an event out, before it counts towards the limit. Default: none is left out. */
  readonly filter?: (event: LogEvent) => boolean;
  /** The line for an event. Default: `tickpeer: ` and its text. */
  readonly format?: (event: LogEvent) => string;
  /**
   * Lines of one kind in an `interval`; how many more there were is logged at its end. At least 1; `Infinity`: no limit.
   * Default: 5.
   */
  readonly linesPerKind?: number;
  /** Seconds, above 0. Default: 10. */
  readonly interval?: number;
  /** For tests. Default: the system's. */
  readonly clock?: Clock;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * Logs what happens to every peer and multiplayer of this process: which connect and leave, and which are refused or cut off, with
 * the reason (an origin that is not allowed, a sub-protocol, TLS, a limit, a refused packet). It subscribes to the channels of
 * `node:diagnostics_channel` (docs/observing.md). Returns a function that stops it.
 *
 * ```ts
 * logTo(console);
 * const stop = logTo(logger, { level: 'warn', filter: ({ channel }) => channel !== 'tickpeer:limit' });
 * ```
 *
 * Events of one kind are limited to 5 lines in 10 seconds; one more line tells how many were left out. A line has no line breaks,
 * whatever the other side sends. A browser has no such channels: there it logs that once, and nothing else.
 */
export function logTo(sink: LogSink = console, options: LogOptions = {}): () => void {
  const { level = 'info', filter, format = ({ text }) => `tickpeer: ${text}`, clock = systemClock } = options;
  const { linesPerKind = 5, interval = 10 } = options;
  checkSink(sink);
  if (!LEVELS.includes(level)) throw new TypeError(`level is one of ${LEVELS.join(', ')}, not ${String(level)}`);
  if (!(linesPerKind >= 1)) throw new RangeError(`linesPerKind is at least 1, not ${linesPerKind}`);
  if (!(interval > 0)) throw new RangeError(`interval is a number of seconds, above 0, not ${interval}`);

  const write = (event: LogEvent): void => sink[event.level](format(event));
  const limit = new LogLimit(write, linesPerKind, interval * 1000, clock);
  const events = new ChannelEvents();
  const least = LEVELS.indexOf(level);
  const onMessage = (message: unknown, channel: string | symbol): void => {
    const event = events.eventOf(String(channel), message);
    if (event === null || LEVELS.indexOf(event.level) < least) return;
    if (filter?.(event) !== false) limit.add(event);
  };
  for (const name of CHANNEL_NAMES) subscribe(name, onMessage);
  return () => {
    for (const name of CHANNEL_NAMES) unsubscribe(name, onMessage);
    limit.end();
  };
}

function checkSink(sink: LogSink): void {
  const missing = LEVELS.filter((level) => typeof sink?.[level] !== 'function');
  if (missing.length > 0) throw new TypeError(`a log has methods for all levels; missing: ${missing.join(', ')}`);
}
