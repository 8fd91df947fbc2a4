import { Opcode } from '../opcode.ts';

/** The longest frame header: 2 bytes, 8 of extended length, 4 of masking key. */
export const MAX_HEADER_SIZE = 14;
/** The largest payload of a control frame (RFC 6455 5.5). */
export const MAX_CONTROL_PAYLOAD_SIZE = 125;

/** A frame header's fields (RFC 6455 5.2). One object is reused for all frames, without an allocation per frame. */
export class FrameHeader {
  fin = false;
  /** The three reserved bits in their places: 0x40, 0x20, 0x10. */
  rsv = 0;
  opcode = 0;
  isMasked = false;
  /** Payload length in bytes; a 64-bit length beyond 2^53 - 1 reads as `Infinity`, which is above every limit. */
  length = 0;
  /** The masking key, first byte lowest; 0 when not masked. */
  key = 0;
}

/** What `readFrameHeader` returns instead of a header's size. */
export enum HeaderFault {
  INCOMPLETE = 0,
  /** The length is not in its shortest form (RFC 6455 5.2: "the minimal number of bytes"). */
  LENGTH_NOT_MINIMAL = -1,
  /** The most significant bit of a 64-bit length is set (RFC 6455 5.2). */
  LENGTH_TOP_BIT = -2,
}

/**
 * Reads the header that begins at `bytes[at]`. Returns its size in bytes, or a `HeaderFault`. The fields of the first two
 * bytes are set as soon as those have arrived, also when it returns INCOMPLETE, so that rules can be checked early.
 * `length` is then -1.
 */
export function readFrameHeader(bytes: Uint8Array, at: number, end: number, header: FrameHeader): number {
  header.length = -1;
  if (end - at < 2) return HeaderFault.INCOMPLETE;
  const first = bytes[at]!;
  const second = bytes[at + 1]!;
  header.fin = (first & 0x80) !== 0;
  header.rsv = first & 0x70;
  header.opcode = first & 0x0f;
  header.isMasked = (second & 0x80) !== 0;
  let length = second & 0x7f;
  let next = at + 2;
  if (length === 126) {
    if (end - next < 2) return HeaderFault.INCOMPLETE;
    length = (bytes[next]! << 8) | bytes[next + 1]!;
    if (length < 126) return HeaderFault.LENGTH_NOT_MINIMAL;
    next += 2;
  } else if (length === 127) {
    if (end - next < 8) return HeaderFault.INCOMPLETE;
    const high = readUint32(bytes, next);
    if (high >= 0x8000_0000) return HeaderFault.LENGTH_TOP_BIT;
    length = high >= 0x20_0000 ? Number.POSITIVE_INFINITY : high * 0x1_0000_0000 + readUint32(bytes, next + 4);
    if (length < 65_536) return HeaderFault.LENGTH_NOT_MINIMAL;
    next += 8;
  }
  header.key = 0;
  if (header.isMasked) {
    if (end - next < 4) return HeaderFault.INCOMPLETE;
    header.key = bytes[next]! | (bytes[next + 1]! << 8) | (bytes[next + 2]! << 16) | (bytes[next + 3]! << 24);
    next += 4;
  }
  header.length = length;
  return next - at;
}

/** The size of the header that `writeFrameHeader` writes. */
export function frameHeaderSize(length: number, isMasked: boolean): number {
  const base = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  return isMasked ? base + 4 : base;
}

/**
 * Writes a header at `bytes[at]`, its length in the shortest form, and returns where the payload begins. `firstByte` is
 * FIN, RSV and opcode together. `key` is written when `isMasked`.
 */
export function writeFrameHeader(
  bytes: Uint8Array,
  at: number,
  firstByte: number,
  length: number,
  isMasked: boolean,
  key: number,
): number {
  const maskBit = isMasked ? 0x80 : 0;
  bytes[at] = firstByte;
  let next = at + 2;
  if (length < 126) {
    bytes[at + 1] = maskBit | length;
  } else if (length < 65_536) {
    bytes[at + 1] = maskBit | 126;
    bytes[next] = length >>> 8;
    bytes[next + 1] = length & 0xff;
    next += 2;
  } else {
    bytes[at + 1] = maskBit | 127;
    writeUint32(bytes, next, Math.floor(length / 0x1_0000_0000));
    writeUint32(bytes, next + 4, length >>> 0);
    next += 8;
  }
  if (isMasked) {
    bytes[next] = key & 0xff;
    bytes[next + 1] = (key >>> 8) & 0xff;
    bytes[next + 2] = (key >>> 16) & 0xff;
    bytes[next + 3] = key >>> 24;
    next += 4;
  }
  return next;
}

export function isControl(opcode: number): boolean {
  return opcode >= Opcode.CLOSE;
}

/** Whether the opcode is defined (RFC 6455 5.2): 0-2 and 8-10. */
export function isKnownOpcode(opcode: number): boolean {
  return opcode <= Opcode.BINARY || (opcode >= Opcode.CLOSE && opcode <= Opcode.PONG);
}

function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}
