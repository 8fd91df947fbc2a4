import { isError } from '../bytes.ts';
import type { Failure } from '../failure.ts';
import type { LogLevel } from './log-event.ts';
import type { LogLine } from './log-line.ts';

/** The fields of every message of `tickpeer/multiplayer` that a log uses. */
interface About {
  /** The other side's; absent where it never got one. */
  readonly id?: number;
  readonly address: string;
}

interface DisconnectedMessage extends About {
  readonly wasAdmitted: boolean;
  readonly by: 'limit' | 'program' | 'authentication' | 'move' | 'connection';
  readonly failure: Failure | null;
}

interface AwayMessage extends About {
  readonly failure: Failure | null;
}

interface BackMessage extends About {
  readonly lost: number;
}

interface FailureMessage extends About {
  readonly failure: Failure;
  readonly count?: number;
}

interface LimitMessage extends FailureMessage {
  readonly isDisconnected: boolean;
}

interface SleepMessage extends About {
  readonly isAsleep: boolean;
}

interface HandlerErrorMessage extends About {
  readonly path: string;
  readonly method: string;
  readonly error: unknown;
}

/** By channel; see docs/observing.md. Subscribed to by name, so that a program without multiplayer does not load its code. */
export const MULTIPLAYER_LINES = {
  'tickpeer:multiplayer:admitted': (message: About): LogLine => line('info', message, 'was admitted', null),
  'tickpeer:multiplayer:disconnected': (message: DisconnectedMessage): LogLine => {
    const { wasAdmitted, by, failure } = message;
    const isOrdinary = by === 'program' || by === 'move' || (by === 'connection' && wasAdmitted);
    return line(isOrdinary ? 'info' : 'warn', message, endOf(by, wasAdmitted), failure, by);
  },
  'tickpeer:multiplayer:away': (message: AwayMessage): LogLine => line('info', message, 'is away', message.failure),
  'tickpeer:multiplayer:back': (message: BackMessage): LogLine => {
    const { lost } = message;
    return line('info', message, lost === 0 ? 'is back' : `is back, and has missed ${lost} packets`, null);
  },
  'tickpeer:multiplayer:packet-refused': (message: FailureMessage): LogLine =>
    line('warn', message, 'sent a packet that was refused', message.failure),
  // Its `disconnected` message is logged instead.
  'tickpeer:multiplayer:limit': (message: LimitMessage): LogLine | null =>
    message.isDisconnected ? null : line('warn', message, 'exceeded a limit', message.failure),
  'tickpeer:multiplayer:checksum-mismatch': (message: FailureMessage): LogLine =>
    line('warn', message, 'declares other methods', message.failure),
  'tickpeer:multiplayer:handler-error': (message: HandlerErrorMessage): LogLine => {
    const { path, method, error } = message;
    const why = isError(error) ? `${error.name}: ${error.message}` : String(error);
    return line('error', message, `called "${method}" of "${path}", whose handler threw: ${why}`, null);
  },
  'tickpeer:multiplayer:sleep': (message: SleepMessage): LogLine =>
    line('info', message, message.isAsleep ? 'is asleep' : 'is awake', null),
  'tickpeer:multiplayer:turned-away': (message: FailureMessage): LogLine =>
    line('warn', message, 'was refused', message.failure),
};

function endOf(by: DisconnectedMessage['by'], wasAdmitted: boolean): string {
  if (by === 'limit') return 'was disconnected because of a limit';
  if (by === 'move') return 'moves to another room';
  return wasAdmitted ? 'has left' : 'was not admitted';
}

function line(
  level: LogLevel,
  about: About & { count?: number },
  text: string,
  failure: Failure | null,
  detail = '',
): LogLine {
  const { id, address, count = 1 } = about;
  const place = address === '' ? '' : ` (${address})`;
  const who = id === undefined ? `a client${place}` : `peer ${id}${place}`;
  const why = failure === null ? '' : `: ${failure.message} [${failure.code}]`;
  const often = count > 1 ? `, ${count} times so far` : '';
  const kind = [failure?.code ?? '', detail].filter((part) => part !== '').join(' ');
  return { level, kind, text: `multiplayer: ${who} ${text}${why}${often}`, failure };
}
