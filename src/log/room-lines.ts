import { type LogLine, reasonOf } from './log-line.ts';

/** The fields of the messages of `tickpeer/rooms` that a log uses. */
interface FaultMessage {
  readonly room: { readonly code: string; readonly kind: string };
  readonly error: unknown;
  readonly count: number;
}

interface SavingFailedMessage {
  readonly code: string;
  readonly step: string;
  readonly error: unknown;
}

interface RefusedMessage {
  readonly address: string;
  readonly code: number;
  readonly reason: string;
}

/** By channel; see docs/observing.md. Subscribed to by name, so that a program without rooms does not load their code. */
export const ROOM_LINES = {
  'tickpeer:rooms:fault': ({ room, error, count }: FaultMessage): LogLine => {
    const why = reasonOf(error);
    const often = count > 1 ? `, ${count} times so far` : '';
    const text = `rooms: a handler of the room ${room.code} (${room.kind}) threw: ${why}${often}`;
    return { level: 'error', kind: room.kind, text, failure: null };
  },
  'tickpeer:rooms:saving-failed': ({ code, step, error }: SavingFailedMessage): LogLine => {
    const which = code === '' ? 'rooms' : `the room ${code}`;
    return { level: 'error', kind: step, text: `rooms: ${step} of ${which} failed: ${reasonOf(error)}`, failure: null };
  },
  'tickpeer:rooms:refused': ({ address, code, reason }: RefusedMessage): LogLine => {
    const place = address === '' ? '' : ` (${address})`;
    return {
      level: 'warn',
      kind: `${code}`,
      text: `rooms: a client${place} was refused with ${code}: ${reason}`,
      failure: null,
    };
  },
};
