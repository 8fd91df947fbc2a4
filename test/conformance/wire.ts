import { Buffer } from 'node:buffer';
import type { Role } from '../../src/protocol/index.ts';
import { type ReadFrame, readFrames } from '../support/frames.ts';

export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** A frame from the other side, in which everything can be made wrong. A string is text, sent as UTF-8. */
export interface InFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** Default: true. */
  readonly fin?: boolean;
  /** The reserved bits in their position: 0x40, 0x20, 0x10. */
  readonly rsv?: number;
  /** The masking key of a client's frame. */
  readonly key?: readonly [number, number, number, number];
  /** Masked where it must not be, or not masked where it must be. */
  readonly isMaskWrong?: boolean;
  /** Bytes of the length field: 0 (7 bits), 2 or 8. Default: the shortest form. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** The length in the header. Default: the real one. */
  readonly claims?: bigint;
}

/** A frame that tickpeer's side must send: exactly this, or for `code` a Close frame with that code and any valid reason. */
export interface OutFrame {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  readonly fin?: boolean;
  readonly code?: number;
}

export function payloadBytes(payload: string | Uint8Array = ''): Uint8Array {
  return typeof payload === 'string' ? Uint8Array.from(Buffer.from(payload)) : payload;
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

/** The payload of a Close frame. */
export function closePayload(code: number, reason: string | Uint8Array = ''): Uint8Array {
  return Uint8Array.from([code >> 8, code & 0xff, ...payloadBytes(reason)]);
}

export function closeFrame(code: number, reason: string | Uint8Array = ''): { opcode: number; payload: Uint8Array } {
  return { opcode: CLOSE, payload: closePayload(code, reason) };
}

const KEY = [0x37, 0xfa, 0x21, 0x3d] as const;

/** The frame's bytes as the other side of `role` sends them (RFC 6455 5.2): a client masks, a server does not. */
export function encodeFrame(role: Role, frame: InFrame): Buffer {
  const body = Buffer.from(payloadBytes(frame.payload));
  const length = frame.claims ?? BigInt(body.length);
  const lengthBytes = frame.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const isMasked = (role === 'server') !== (frame.isMaskWrong ?? false);
  const maskBit = isMasked ? 0x80 : 0;
  const head = Buffer.alloc(2 + lengthBytes);
  head[0] = (frame.fin === false ? 0 : 0x80) | (frame.rsv ?? 0) | frame.opcode;
  head[1] = maskBit | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) head.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) head.writeBigUInt64BE(length, 2);
  if (!isMasked) return Buffer.concat([head, body]);
  const key = frame.key ?? KEY;
  for (let at = 0; at < body.length; at++) body[at] = body[at]! ^ key[at & 3]!;
  return Buffer.concat([head, Buffer.from(key), body]);
}

export function encodeFrames(role: Role, frames: readonly InFrame[], cut = 0): Buffer {
  const bytes = Buffer.concat(frames.map((frame) => encodeFrame(role, frame)));
  return bytes.subarray(0, bytes.length - cut);
}

/** What is wrong with `sent`, the bytes that `role` sent, compared with `expected`; null if nothing. */
export function compareFrames(role: Role, sent: Uint8Array, expected: readonly OutFrame[]): string | null {
  const frames = tryRead(sent);
  if (typeof frames === 'string') return frames;
  const got = frames.map((frame, at) => describeFrame(frame, expected[at]?.code));
  const wanted = expected.map(({ opcode, payload, fin = true, code }) =>
    code === undefined ? describe(opcode, fin, 0, payloadBytes(payload)) : `Close ${code}`,
  );
  if (got.join('\n') !== wanted.join('\n')) return `sent [${got.join(' | ')}], expected [${wanted.join(' | ')}]`;
  const isMasked = role === 'client';
  return frames.every((frame) => frame.isMasked === isMasked) ? null : `a frame is ${isMasked ? 'not ' : ''}masked`;
}

/** Whole frames; or what is wrong with the bytes. */
export function tryRead(bytes: Uint8Array): readonly ReadFrame[] | string {
  try {
    return readFrames(bytes);
  } catch (error) {
    return `sent what are no whole frames: ${error}`;
  }
}

function describeFrame({ opcode, fin, rsv, payload }: ReadFrame, code: number | undefined): string {
  const isFailure = code !== undefined && opcode === CLOSE && fin && rsv === 0 && payload.length <= 125;
  if (!isFailure) return describe(opcode, fin, rsv, payload);
  const reason = payload.subarray(2);
  return Buffer.compare(Buffer.from(`${Buffer.from(reason)}`), reason) === 0
    ? `Close ${(payload[0]! << 8) | payload[1]!}`
    : 'a Close whose reason is not UTF-8';
}

export function describe(opcode: number, fin: boolean, rsv: number, payload: Uint8Array): string {
  return `${fin ? '' : 'unfinished '}${opcode}${rsv === 0 ? '' : `+${rsv.toString(16)}`} ${describeBytes(payload)}`;
}

/** A short digest, to compare bytes. */
export function describeBytes(bytes: Uint8Array): string {
  if (bytes.length <= 80) return `<${Buffer.from(bytes).toString('hex')}>`;
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `<${Buffer.from(bytes.subarray(0, 8)).toString('hex')}… ${bytes.length} bytes, ${hash.toString(16)}>`;
}
