import { Buffer } from 'node:buffer';
import { constants, deflateRawSync } from 'node:zlib';
import { type CaseDeflate, type CaseSettings, delivers, type FrameCase, fails } from '../case.ts';
import { type InFrame, type OutFrame, unhex } from '../wire.ts';

export const RSV1: number = 0x40;
export const HELLO = 'f2 48 cd c9 c9 07 00';

export function packed(opcode: number, payload: string | Uint8Array, more: Partial<InFrame> = {}): InFrame {
  return { opcode, rsv: RSV1, payload: typeof payload === 'string' ? unhex(payload) : payload, ...more };
}

/** Compressed by itself, without the tail. */
export function deflated(message: string | Uint8Array, level = -1): Uint8Array {
  const bytes = deflateRawSync(message, { level, finishFlush: constants.Z_SYNC_FLUSH });
  return Uint8Array.from(bytes.subarray(0, -4));
}

/** This many blocks with BFINAL, each padded to a byte; then the empty stored block at the end of 7.2.3.4. */
export function finals(count: number, message: string): Uint8Array {
  return Uint8Array.from(
    Buffer.concat([...Array.from({ length: count }, () => deflateRawSync(message)), Buffer.from([0])]),
  );
}

export const on = (test: FrameCase, deflate: CaseDeflate = {}): FrameCase => ({ ...test, deflate });

export function reads(
  section: string,
  name: string,
  frames: readonly InFrame[],
  packets: readonly (string | Uint8Array)[],
  answers: readonly OutFrame[] = [],
  settings: CaseSettings = {},
): FrameCase {
  return on(delivers(section, name, frames, packets, answers, settings));
}

export const ALONE: CaseDeflate = { serverNoContextTakeover: true, clientNoContextTakeover: true };

/** A message above the limit, with and without context takeover. */
export function tooBig(
  name: string,
  limit: number,
  frames: readonly InFrame[],
  packets: readonly string[] = [],
): FrameCase[] {
  const test = fails('RFC 7692 8', name, frames, 1009, 'TICKPEER_MESSAGE_TOO_BIG', packets);
  return [
    on({ ...test, settings: { inboundBufferSize: limit } }),
    on({ ...test, name: `${name}; without context takeover`, settings: { inboundBufferSize: limit } }, ALONE),
  ];
}
