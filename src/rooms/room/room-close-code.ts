import type { Failure, FailureCode } from '../../failure.ts';
import { ReturnCloseCode } from '../../multiplayer/index.ts';
import { CloseCode } from '../../protocol/index.ts';

/** The close codes by which a client learns why it was refused, or why it had to leave (docs/rooms.md#refusals). */
export enum RoomCloseCode {
  /** The URL asks for no room, or for one that cannot be: no such kind, a code with characters that no code has. */
  BAD_REQUEST = 4400,
  /** Refused by the program: `enter`, or `Room.kick`. */
  REFUSED = 4403,
  /** No room has the code. */
  UNKNOWN_ROOM = 4404,
  /** It has not answered within `moveTimeLimit` while it was moved to another room. */
  MOVE_TIMEOUT = 4408,
  /** The room has no free place, or is locked. */
  FULL = 4409,
  /** The room was closed. */
  CLOSED = 4410,
  /** The client's version is not one of `versions`. */
  WRONG_VERSION = 4426,
  /** One of the `limits`. */
  TOO_MANY = 4429,
  /** The server stops, or has stopped opening rooms (`Rooms.drain`). */
  STOPPING = 4503,
}

/** Why a connection is refused: a close code from 4000 to 4999, and a reason of at most 123 bytes. */
export interface EntryRefusal {
  readonly code: number;
  readonly reason: string;
}

const BY_FAILURE: ReadonlyMap<FailureCode, number> = new Map<FailureCode, number>([
  ['TICKPEER_INVALID_TOKEN', ReturnCloseCode.INVALID_TOKEN],
  ['TICKPEER_ROOM_FULL', RoomCloseCode.FULL],
  ['TICKPEER_ROOM_CLOSED', RoomCloseCode.CLOSED],
  ['TICKPEER_ROOM_LIMIT', RoomCloseCode.TOO_MANY],
  ['TICKPEER_ROOM_FAILED', CloseCode.INTERNAL_ERROR],
  ['TICKPEER_STOPPING', RoomCloseCode.STOPPING],
  ['TICKPEER_CLUSTER', RoomCloseCode.STOPPING],
]);

/** How a client is refused because of a failure. */
export function refusalFor({ code, message }: Failure): EntryRefusal {
  return { code: BY_FAILURE.get(code) ?? RoomCloseCode.REFUSED, reason: message };
}

/** Throws `RangeError` for a code that applications may not use (RFC 6455 7.4.2). */
export function checkedRefusal(refusal: EntryRefusal): EntryRefusal {
  const { code, reason } = refusal;
  if (!Number.isInteger(code) || code < 4000 || code > 4999) {
    throw new RangeError(`a close code of an application is 4000 to 4999, not ${code}`);
  }
  if (typeof reason !== 'string') throw new TypeError('the reason of a refusal is a string');
  return refusal;
}
