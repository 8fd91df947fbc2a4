import type { Failure } from '../../failure.ts';
import { badPacket } from './bad-packet.ts';
import { Command, readUint32 } from './command.ts';

// The packets by which a peer gives a node a number: docs/engine/multiplayer-wire.md#path-cache.

/** SIMPLIFY_PATH: the command, the digits of the checksum, a zero, the number, the path. */
const DIGITS_AT = 1;
const DIGITS_END = 33;
const NUMBER_AT = 34;
const PATH_AT = 38;

/** CONFIRM_PATH: the command, whether the checksums are equal, the number. */
const IS_EQUAL_AT = 1;
const CONFIRMED_AT = 2;
const CONFIRMATION_SIZE = 6;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** A SIMPLIFY_PATH. */
export interface PathIntroduction {
  /** The checksum of the sender's methods. */
  readonly md5: string;
  readonly number: number;
  /** Where the path begins. */
  readonly pathStart: number;
}

/** A CONFIRM_PATH. */
export interface PathConfirmation {
  readonly number: number;
  /** Whether the sender has the same methods at the node. */
  readonly isEqual: boolean;
}

/** `path` is UTF-8 and ends with a zero. */
export function simplifyPathPacket(md5: string, number: number, path: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PATH_AT + path.length);
  packet[0] = Command.SIMPLIFY_PATH;
  for (let at = DIGITS_AT; at < DIGITS_END; at++) packet[at] = md5.charCodeAt(at - DIGITS_AT);
  new DataView(packet.buffer).setUint32(NUMBER_AT, number, true);
  packet.set(path, PATH_AT);
  return packet;
}

/** `.` with its NUL. */
const ROOT = Uint8Array.of(0x2e, 0);

/**
 * Introduces the root of the game's nodes. It is there in every game, whatever scene it shows, so the confirmation of a new number says that
 * everything before it is handled. `md5`: of the methods at the root, usually none.
 */
export function rootPathPacket(md5: string, number: number): Uint8Array {
  return simplifyPathPacket(md5, number, ROOT);
}

export function readIntroduction(packet: Uint8Array): PathIntroduction | Failure {
  if (packet.length <= PATH_AT || packet[DIGITS_END] !== 0)
    return badPacket('a node’s number comes with a checksum and a path');
  const md5 = String.fromCharCode(...packet.subarray(DIGITS_AT, DIGITS_END));
  if (!/^[0-9a-f]*$/.test(md5)) return badPacket('a checksum that is none');
  return { md5, number: readUint32(packet, NUMBER_AT), pathStart: PATH_AT };
}

export function confirmPathPacket(isEqual: boolean, number: number): Uint8Array {
  const packet = new Uint8Array(CONFIRMATION_SIZE);
  packet[0] = Command.CONFIRM_PATH;
  packet[IS_EQUAL_AT] = isEqual ? 1 : 0;
  new DataView(packet.buffer).setUint32(CONFIRMED_AT, number, true);
  return packet;
}

export function readConfirmation(packet: Uint8Array): PathConfirmation | Failure {
  if (packet.length !== CONFIRMATION_SIZE) return badPacket(`a confirmation of ${packet.length} bytes`);
  return { number: readUint32(packet, CONFIRMED_AT), isEqual: packet[IS_EQUAL_AT] !== 0 };
}

/** The path from `start` to its zero, relative to the root; null when it is not UTF-8. */
export function readPath(packet: Uint8Array, start: number): string | null {
  let end = packet.indexOf(0, start);
  if (end < 0) end = packet.length;
  try {
    const path = utf8.decode(packet.subarray(start, end));
    return path.startsWith('/root/') ? path.slice('/root/'.length) : path === '/root' ? '.' : path;
  } catch {
    return null; // a TextDecoder throws for bytes that are not UTF-8
  }
}

/** A copy of a SIMPLIFY_PATH with another number. */
export function withNumber(packet: Uint8Array, number: number): Uint8Array {
  const copy = packet.slice();
  new DataView(copy.buffer).setUint32(NUMBER_AT, number, true);
  return copy;
}
