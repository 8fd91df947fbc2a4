import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, concat, hex } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { isCloseCodeOnWire } from '../close-code.ts';
import { Opcode } from '../opcode.ts';
import { PacketQueue } from '../reading/packet-queue.ts';
import { acquireBuffer, releaseBuffer } from '../writing/buffer-pool.ts';
import { OutputBuffer } from '../writing/output-buffer.ts';
import { FrameHeader, frameHeaderSize, HeaderFault, readFrameHeader, writeFrameHeader } from './frame-header.ts';
import { applyMask } from './mask.ts';
import { SharedMessage } from './shared-message.ts';
import { Utf8Validator } from './utf8-validator.ts';

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
    expect(hex(new SharedMessage(new TextEncoder().encode('Hello'), Opcode.TEXT).plainFrame)).toBe('810548656c6c6f');
    const masked = bytesOf('7f9f4d5158');
    applyMask(masked, 0, 5, 0x3d21fa37, 0);
    expect(`${Buffer.from(masked)}`).toBe('Hello');
  });
});

test('masking equals the RFC’s definition, for any length, offset, key and phase', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600 }),
      fc.integer({ min: 0, max: 9 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.integer({ min: 0, max: 3 }),
      (payload, offset, keyBytes, phase) => {
        const bytes = concat([new Uint8Array(offset).fill(1), payload, new Uint8Array(3).fill(1)]);
        const key = new DataView(keyBytes.buffer, keyBytes.byteOffset).getInt32(0, true);
        applyMask(bytes, offset, offset + payload.length, key, phase);
        const expected = payload.map((byte, index) => byte ^ keyBytes[(index + phase) & 3]!);
        expect(bytes.subarray(offset, offset + payload.length)).toEqual(expected);
        expect(bytes.subarray(0, offset).every((byte) => byte === 1)).toBe(true);
        expect(bytes.subarray(offset + payload.length).every((byte) => byte === 1)).toBe(true);
      },
    ),
  );
});

describe('UTF-8 in pieces', () => {
  test('agrees with the platform on any bytes, however they are cut', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (pieces) => {
        const validator = new Utf8Validator();
        const isValid = pieces.every((piece) => validator.push(piece, 0, piece.length)) && validator.isComplete;
        expect(isValid).toBe(nodePlatform.isUtf8(concat(pieces)));
      }),
      { numRuns: 2000 },
    );
  });

  test('every two-byte start is judged as soon as it is there', () => {
    for (let first = 0x80; first < 0x100; first++) {
      for (let second = 0; second < 0x100; second++) {
        const validator = new Utf8Validator();
        const isPossible = validator.push(Uint8Array.of(first, second), 0, 2);
        const completions = ['', '80', '8080', 'bf', 'bfbf'].some((rest) =>
          nodePlatform.isUtf8(concat([Uint8Array.of(first, second), bytesOf(rest)])),
        );
        expect(isPossible).toBe(completions);
      }
    }
  });
});

test('close codes that may stand on the wire', () => {
  const allowed: string[] = [];
  for (let code = 0, start = -1; code <= 5001; code++) {
    if (isCloseCodeOnWire(code) && start < 0) start = code;
    if (!isCloseCodeOnWire(code) && start >= 0) {
      allowed.push(`${start}-${code - 1}`);
      start = -1;
    }
  }
  expect(allowed).toEqual(['1000-1003', '1007-1014', '3000-4999']);
});

test('a packet queue is first in, first out, and counts', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50)), { maxLength: 200 }), (steps) => {
      const queue = new PacketQueue();
      const model: { size: number; isText: boolean }[] = [];
      for (const step of steps) {
        if (step !== null) {
          queue.push(new Uint8Array(step), step % 2 === 0);
          model.push({ size: step, isText: step % 2 === 0 });
        } else if (model.length > 0) {
          expect(queue.isFirstText).toBe(model[0]?.isText);
          expect(queue.shift()?.length).toBe(model.shift()?.size);
        } else {
          expect(queue.shift()).toBeUndefined();
        }
        expect(queue.count).toBe(model.length);
        expect(queue.size).toBe(model.reduce((sum, { size }) => sum + size, 0));
      }
    }),
  );
});

test('an output buffer gives back what was put in, in order, and never touches what is under way', () => {
  const append = (buffer: OutputBuffer, bytes: Uint8Array): void => {
    buffer.reserve(bytes.length);
    buffer.buffer.set(bytes, buffer.at);
    buffer.advanceTo(buffer.at + bytes.length);
    buffer.countMessage(bytes.length);
  };
  const step = fc.oneof(
    fc.record({ kind: fc.constant('own' as const), size: fc.nat(9000) }),
    fc.record({ kind: fc.constant('shared' as const), size: fc.nat(5000) }),
    fc.record({ kind: fc.constant('take' as const), size: fc.constant(0) }),
    fc.record({ kind: fc.constant('confirm' as const), size: fc.constant(0) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = new OutputBuffer();
      const put: Uint8Array[] = [];
      const taken: Uint8Array[] = [];
      // What the stream still holds when the next frames are written.
      let underWay: readonly Uint8Array[] | null = null;
      let fill = 0;
      const confirm = (): void => {
        for (const part of underWay ?? []) taken.push(part.slice());
        underWay = null;
        buffer.confirm();
      };
      for (const { kind, size } of steps) {
        fill = (fill + 1) & 0xff;
        if (kind === 'own' || kind === 'shared') {
          const bytes = new Uint8Array(size).fill(fill);
          put.push(bytes);
          if (kind === 'own') append(buffer, bytes);
          else buffer.appendShared(bytes);
        } else if (kind === 'take') {
          if (underWay !== null) confirm();
          const got = buffer.take();
          underWay = got === null ? null : got instanceof Uint8Array ? [got] : got;
        } else {
          confirm();
        }
      }
      confirm();
      const rest = buffer.take();
      if (rest !== null) taken.push(...(rest instanceof Uint8Array ? [rest] : rest));
      expect(Buffer.compare(concat(taken), concat(put))).toBe(0);
    }),
  );
});

test('an output buffer goes on behind a shared frame in its largest piece', () => {
  const buffer = new OutputBuffer();
  const put = (size: number): void => {
    buffer.reserve(size);
    buffer.buffer.fill(size & 0xff, buffer.at, buffer.at + size);
    buffer.advanceTo(buffer.at + size);
  };
  put(200_010);
  buffer.appendShared(new Uint8Array(5000));
  put(62_510);
  const taken = buffer.take();
  expect(taken instanceof Uint8Array ? [] : taken?.map((part) => part.length)).toEqual([200_010, 5000, 62_510]);
  buffer.confirm();
});

test.each([1, 511, 512, 513, 4096, 4097, 65_536, 262_143, 262_144])(
  'there is an output buffer for %i bytes',
  (size) => {
    const buffer = acquireBuffer(size);
    expect(buffer.length).toBeGreaterThanOrEqual(size);
    releaseBuffer(buffer);
  },
);

test('there is none for 262145', () => {
  expect(() => acquireBuffer(262_145)).toThrow(RangeError);
});
