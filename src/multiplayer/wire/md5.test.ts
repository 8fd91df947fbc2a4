import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { md5 } from './md5.ts';

test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['movepingshout', '1b6ad3d5914316d9520aec1485c02be9'],
])('of "%s"', (text, digest) => {
  expect(md5(new TextEncoder().encode(text))).toBe(digest);
});

test('at every length around a block', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 7 + length);
    expect(md5(bytes)).toBe(createHash('md5').update(bytes).digest('hex'));
  }
});
