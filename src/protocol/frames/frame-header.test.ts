import { describe, expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { Opcode } from '../opcode.ts';
import { SharedMessage } from '../writing/shared-message.ts';
import { FrameHeader, frameHeaderSize, HeaderFault, readFrameHeader, writeFrameHeader } from './frame-header.ts';
import { applyMask } from './mask.ts';

describe('frame header', () => {
  test.each([
    [0, false, '8200'],
    [125, false, '827d'],
    [126, false, '827e007e'],
    [65_535, false, '827effff'],
    [65_536, false, '827f0000000000010000'],
    [2 ** 40 + 5, false, '827f0000010000000005'],
    [5, true, '828504030201'],
    [126, true, '82fe007e04030201'],
  ])('of length %d, masked %s', (length, isMasked, wire) => {
    const bytes = new Uint8Array(14);
    const end = writeFrameHeader(bytes, 0, 0x82, length, isMasked, 0x01020304);
    expect(hex(bytes.subarray(0, end))).toBe(wire);
    expect(frameHeaderSize(length, isMasked)).toBe(end);
    const header = new FrameHeader();
    for (let cut = 0; cut < end; cut++) expect(readFrameHeader(bytes, 0, cut, header)).toBe(HeaderFault.INCOMPLETE);
    expect(readFrameHeader(bytes, 0, end, header)).toBe(end);
    expect(header).toMatchObject({ fin: true, rsv: 0, opcode: 2, isMasked, length, key: isMasked ? 0x01020304 : 0 });
  });

  test('the RFC’s own examples (6455 5.7)', () => {
    expect(hex(new SharedMessage(new TextEncoder().encode('Hello'), Opcode.TEXT).frameFor(null).bytes)).toBe(
      '810548656c6c6f',
    );
    const masked = bytesOf('7f9f4d5158');
    applyMask(masked, 0, 5, 0x3d21fa37, 0);
    expect(`${Buffer.from(masked)}`).toBe('Hello');
  });
});
