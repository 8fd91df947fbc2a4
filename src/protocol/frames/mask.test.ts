import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat } from '../../../test/support/frames.ts';
import { applyMask } from './mask.ts';

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
