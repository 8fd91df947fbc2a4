import { describe, expect, test } from 'vitest';
import { frameTo, type RawFrame, rawFrame } from '../../../test/support/frames.ts';
import type { Extension } from '../extension.ts';
import { Opcode } from '../opcode.ts';
import { FrameHeader, readFrameHeader } from './frame-header.ts';
import { FrameRules, findDisorder, RSV1 } from './frame-rules.ts';

/** Of an extension, no other member is read. */
const COMPRESSION = { rsv1: true } as unknown as Extension;
const OTHER = { rsv1: false } as unknown as Extension;

/** The fault of one frame, as a server or as a client finds it. */
function faultOf(bytes: Uint8Array, role: 'client' | 'server' = 'server', extension: Extension | null = null) {
  const header = new FrameHeader();
  const size = readFrameHeader(bytes, 0, bytes.length, header);
  return FrameRules.of(role === 'server', extension).findFault(header, size);
}

const faultTo = (frame: RawFrame, extension: Extension | null = null): string | null =>
  faultOf(frameTo('server', frame), 'server', extension);

test('the six opcodes are known, and all others reserved', () => {
  const known = Array.from({ length: 16 }, (_, opcode) => opcode).filter((opcode) => faultTo({ opcode }) === null);
  expect(known).toEqual([0, 1, 2, 8, 9, 10]);
  expect(faultTo({ opcode: 7 })).toBe('the reserved opcode 7');
});

test('a client masks its frames, a server does not', () => {
  const frame: RawFrame = { opcode: Opcode.TEXT, payload: 'a' };
  expect(faultOf(frameTo('server', frame), 'server')).toBe(null);
  expect(faultOf(frameTo('client', frame), 'client')).toBe(null);
  expect(faultOf(frameTo('client', frame), 'server')).toBe('a client sent a frame without a mask');
  expect(faultOf(frameTo('server', frame), 'client')).toBe('a server sent a masked frame');
});

describe('the reserved bits', () => {
  test.each([0x10, 0x20, 0x40, 0x70])('%i cannot be set without an extension', (rsv) => {
    const fault = `reserved bits 0x${rsv.toString(16)} are set on opcode 1, and no extension says so`;
    expect(faultTo({ opcode: Opcode.TEXT, rsv })).toBe(fault);
    expect(faultTo({ opcode: Opcode.TEXT, rsv }, OTHER)).toBe(fault);
  });

  test.each([0x10, 0x20, 0x30, 0x50, 0x60, 0x70])('with compression, %i cannot be set either', (rsv) => {
    expect(faultTo({ opcode: Opcode.TEXT, rsv }, COMPRESSION)).not.toBe(null);
  });

  test('with compression, RSV1 can be set on the first frame of a message only', () => {
    const allowed = [0, 1, 2, 8, 9, 10].filter((opcode) => faultTo({ opcode, rsv: RSV1 }, COMPRESSION) === null);
    expect(allowed).toEqual([Opcode.TEXT, Opcode.BINARY]);
  });
});

describe('a control frame', () => {
  test.each([Opcode.CLOSE, Opcode.PING, Opcode.PONG])('of opcode %i has 125 bytes at most, in one frame', (opcode) => {
    const sized = (size: number): string | null => faultTo({ opcode, payload: new Uint8Array(size) });
    expect([sized(124), sized(125)]).toEqual([null, null]);
    expect(sized(126)).toBe(`a control frame above 125 bytes, opcode ${opcode}`);
    expect(faultTo({ opcode, fin: false })).toBe(`a fragmented control frame, opcode ${opcode}`);
  });

  test('a data frame may have that size, and may be a fragment', () => {
    expect(faultTo({ opcode: Opcode.BINARY, payload: new Uint8Array(126), fin: false })).toBe(null);
  });
});

describe('the payload length', () => {
  test.each<[size: number, lengthBytes: 2 | 8, isShortest: boolean]>([
    [125, 2, false],
    [126, 2, true],
    [65_535, 8, false],
    [65_536, 8, true],
  ])('%i in %i bytes', (size, lengthBytes, isShortest) => {
    const bytes = rawFrame({ opcode: Opcode.BINARY, payload: new Uint8Array(size), lengthBytes });
    const fault = isShortest ? null : 'a payload length that is not in its shortest form';
    expect(faultOf(bytes, 'client')).toBe(fault);
  });

  test('has 63 bits', () => {
    const bytes = Uint8Array.of(0x82, 127, 0x80, 0, 0, 0, 0, 1, 0, 0);
    expect(faultOf(bytes, 'client')).toBe('a 64-bit payload length with its top bit set');
    expect(faultOf(bytes.with(2, 0x7f), 'client')).toBe(null);
  });
});

test('the order of fragments', () => {
  const order = (isMessageOpen: boolean): (string | null)[] =>
    [Opcode.CONTINUATION, Opcode.TEXT, Opcode.BINARY, Opcode.PING].map((opcode) => findDisorder(opcode, isMessageOpen));
  const noMessage = 'a continuation without a message to continue';
  const unfinished = 'a new message before the fragmented one was finished';
  expect(order(false)).toEqual([noMessage, null, null, null]);
  expect(order(true)).toEqual([null, unfinished, unfinished, null]);
});
