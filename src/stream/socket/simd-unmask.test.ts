import { expect, test } from 'vitest';
import { patternBytes } from '../../../test/support/payloads.ts';
import { receiveBuffer, unmaskReceived } from './simd-unmask.ts';

test('unmasking is as in RFC 6455 5.3, at every place and length', () => {
  const key = 0x8f13_a7c5 | 0;
  const keyBytes = new Uint8Array(Int32Array.of(key).buffer);
  for (let start = 0; start < 20; start++) {
    for (const length of [32, 33, 47, 48, 63, 64, 65, 127, 128, 200]) {
      const bytes = patternBytes(300);
      receiveBuffer.set(bytes);
      expect(unmaskReceived(receiveBuffer, start, start + length, key)).toBe(true);
      const expected = bytes.map((byte, at) =>
        at < start || at >= start + length ? byte : byte ^ keyBytes[(at - start) & 3]!,
      );
      expect(Buffer.compare(receiveBuffer.subarray(0, 300), expected)).toBe(0);
    }
  }
});

test('in part of the buffer, places count from the part’s beginning', () => {
  receiveBuffer.fill(0, 0, 200);
  expect(unmaskReceived(receiveBuffer.subarray(100, 200), 10, 50, -1)).toBe(true);
  expect(receiveBuffer.slice(0, 200).findIndex((byte) => byte !== 0)).toBe(110);
});

test('fewer than 32 bytes, and other memory, are left alone', () => {
  expect(unmaskReceived(receiveBuffer, 0, 31, -1)).toBe(false);
  expect(unmaskReceived(new Uint8Array(100), 0, 100, -1)).toBe(false);
});
