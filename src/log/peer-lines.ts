import type { Failure } from '../failure.ts';
import type { CloseMessage, DiagnosticsMessage, DiagnosticsMessages } from '../websocket/index.ts';
import type { LogLevel } from './log-event.ts';
import type { LogLine } from './log-line.ts';

/** Ends that are no problem: a laptop is closed, a network changes, the program itself drops a peer. */
const ORDINARY_ENDS: readonly string[] = ['TICKPEER_CONNECTION_LOST', 'TICKPEER_CONNECTION_RESET', 'TICKPEER_DROPPED'];

/** The line for each channel's message; null: nothing is logged. */
export const PEER_LINES: {
  readonly [Name in keyof DiagnosticsMessages]: (message: DiagnosticsMessages[Name]) => LogLine | null;
} = {
  'tickpeer:open': (message) => {
    const protocol = message.protocol === '' ? '' : `, sub-protocol ${message.protocol}`;
    return line('info', message, `open: ${placeOf(message)}${protocol}`, null);
  },
  'tickpeer:close': (message) => {
    const { code, failure } = message;
    const level = failure === null || ORDINARY_ENDS.includes(failure.code) ? 'info' : 'warn';
    return line(
      level,
      message,
      `closed: ${placeOf(message)}, ${endOf(message)}`,
      failure,
      `${code === -1 ? '-1' : ''}`,
    );
  },
  // Of a connection that was open, `tickpeer:close` is logged instead.
  'tickpeer:failure': (message) =>
    message.wasOpen ? null : line('warn', message, `did not open: ${placeOf(message)}`, message.failure),
  'tickpeer:limit': (message) => {
    const { limit, value, effect, size, failure } = message;
    const isInOther = effect === 'ended' || (effect === 'refused' && failure === null); // in another channel's message
    if (isInOther) return null;
    if (effect === 'refused') return line('warn', message, `send refused: ${placeOf(message)}`, failure, limit);
    const text = `reading paused: ${placeOf(message)}, ${limit} is ${value}, ${size} are waiting`;
    return line('debug', message, text, null, limit);
  },
  'tickpeer:handshake:refused': (message) => {
    const { role, status, failure } = message;
    const how = status === null ? 'without an HTTP status' : `with ${status}`;
    const text = role === 'server' ? `refused ${how}: ${placeOf(message)}` : `was refused ${how}: ${placeOf(message)}`;
    return line('warn', message, text, failure, String(status));
  },
};

function line(level: LogLevel, about: DiagnosticsMessage, text: string, failure: Failure | null, detail = ''): LogLine {
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
