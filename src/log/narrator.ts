import type { Failure } from '../failure.ts';
import type { CloseMessage, DiagnosticsMessage, DiagnosticsMessages } from '../websocket/index.ts';
import type { LogEvent, LogLevel } from './log-event.ts';
import { MULTIPLAYER_STORIES } from './multiplayer-stories.ts';
import { plain, type Story } from './story.ts';

/** Ends that are no problem: a laptop is closed, a network changes, the program itself drops a peer. */
const ORDINARY_ENDS: readonly string[] = ['TICKPEER_CONNECTION_LOST', 'TICKPEER_CONNECTION_RESET', 'TICKPEER_DROPPED'];

/** The text for each channel's message; null logs nothing. */
const PEER_STORIES: {
  readonly [Name in keyof DiagnosticsMessages]: (message: DiagnosticsMessages[Name]) => Story | null;
} = {
  'tickpeer:open': (message) => {
    const protocol = message.protocol === '' ? '' : `, sub-protocol ${message.protocol}`;
    return story('info', message, `open: ${placeOf(message)}${protocol}`, null);
  },
  'tickpeer:close': (message) => {
    const { code, failure } = message;
    const level = failure === null || ORDINARY_ENDS.includes(failure.code) ? 'info' : 'warn';
    return story(
      level,
      message,
      `closed: ${placeOf(message)}, ${endOf(message)}`,
      failure,
      `${code === -1 ? '-1' : ''}`,
    );
  },
  // Of a connection that was open, `tickpeer:close` is logged instead.
  'tickpeer:failure': (message) =>
    message.wasOpen ? null : story('warn', message, `never opened: ${placeOf(message)}`, message.failure),
  'tickpeer:limit': (message) => {
    const { limit, value, effect, size, failure } = message;
    const isTold = effect === 'ended' || (effect === 'refused' && failure === null); // in a message of another channel
    if (isTold) return null;
    if (effect === 'refused') return story('warn', message, `send refused: ${placeOf(message)}`, failure, limit);
    const text = `reading paused: ${placeOf(message)}, ${limit} is ${value}, ${size} wait to be read`;
    return story('debug', message, text, null, limit);
  },
  'tickpeer:handshake:refused': (message) => {
    const { role, status, failure } = message;
    const how = status === null ? 'without an HTTP status' : `with ${status}`;
    const text = role === 'server' ? `refused ${how}: ${placeOf(message)}` : `was refused ${how}: ${placeOf(message)}`;
    return story('warn', message, text, failure, String(status));
  },
};

const STORIES: Readonly<Record<string, (message: never) => Story | null>> = { ...PEER_STORIES, ...MULTIPLAYER_STORIES };

export const CHANNEL_NAMES: readonly string[] = Object.keys(STORIES);

/** Turns the channels' messages into events. */
export class Narrator {
  /** Failures that were logged: several channels may publish the same one. */
  readonly #told = new WeakSet<Failure>();

  /** The event for a message of `channel`; null when it is not to be logged, or its failure was logged already. */
  eventOf(channel: string, message: unknown): LogEvent | null {
    const told = STORIES[channel]?.(message as never) ?? null; // each channel has one type of message
    if (told === null) return null;
    const { failure } = told;
    if (failure !== null) {
      if (this.#told.has(failure)) return null;
      this.#told.add(failure);
    }
    return { ...told, text: plain(told.text), channel, kind: `${channel} ${told.kind}`.trim(), message };
  }
}

function story(level: LogLevel, about: DiagnosticsMessage, text: string, failure: Failure | null, detail = ''): Story {
  const kind = [about.role, failure?.code ?? '', detail].filter((part) => part !== '').join(' ');
  const why = failure === null ? '' : `: ${failure.message} [${failure.code}]`;
  return { level, kind, text: `${about.role} ${text}${why}`, failure };
}

/** Which connection it is. */
function placeOf({ role, url, address }: DiagnosticsMessage): string {
  const whom = address === '' ? 'an unknown address' : address;
  if (url === '') return role === 'server' ? whom : `a server at ${whom}`;
  return role === 'server' ? `${whom} for ${url}` : url;
}

function endOf({ code, reason, failure }: CloseMessage): string {
  if (failure !== null) return 'not cleanly';
  return `code ${code}${reason === '' ? '' : ` "${reason}"`}`;
}
