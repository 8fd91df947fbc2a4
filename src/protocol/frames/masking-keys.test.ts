import { expect, test } from 'vitest';
import { nodePlatform } from '../../../test/support/platform.ts';
import type { Platform } from '../platform.ts';
import { MaskingKeys } from './masking-keys.ts';

/** A platform whose random bytes count up, and how often it was asked for some. */
function counting(): Platform & { calls: number } {
  let next = 0;
  const platform = {
    ...nodePlatform,
    calls: 0,
    fillRandom(bytes: Uint8Array): void {
      platform.calls++;
      const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      for (let at = 0; at < bytes.length; at += 4) words.setInt32(at, next++, true);
    },
  };
  return platform;
}

test('every key is used once, and the random source is called once for 2048 of them', () => {
  const platform = counting();
  const keys = MaskingKeys.of(platform);
  expect(platform.calls).toBe(0);
  const drawn = Array.from({ length: 2048 }, () => keys.next());
  expect([new Set(drawn).size, platform.calls]).toEqual([2048, 1]);
  expect([keys.next(), platform.calls]).toEqual([2048, 2]);
});

test('the connections of a platform share its keys, those of another have their own', () => {
  const platform = counting();
  expect(MaskingKeys.of(platform)).toBe(MaskingKeys.of(platform));
  expect(MaskingKeys.of(counting())).not.toBe(MaskingKeys.of(platform));
});
