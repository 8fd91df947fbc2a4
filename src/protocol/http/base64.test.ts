import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeBase64, isBase64OfSize } from './base64.ts';

// RFC 4648 section 10.
test.each([
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('encodes %j as %j', (text, encoded) => {
  expect(encodeBase64(Buffer.from(text))).toBe(encoded);
});

test('agrees with Node on any bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = encodeBase64(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64'));
      expect(isBase64OfSize(text, bytes.length)).toBe(true);
      expect(isBase64OfSize(text, bytes.length + 1)).toBe(false);
    }),
  );
});

test.each([
  ['dGhlIHNhbXBsZSBub25jZQ==', true],
  ['AAAAAAAAAAAAAAAAAAAAAB==', true], // unused bits set
  ['', false],
  ['dGhlIHNhbXBsZSBub25jZQ', false],
  ['dGhlIHNhbXBsZSBub25jZQ=', false],
  ['dGhlIHNhbXBsZSBub25jZQ= ', false],
  ['dGhlIHNhbXBsZSBub25j!Q==', false],
  ['dGhlIHNhbXBsZSBub25j_Q==', false],
  ['dGhlIHNhbXBsZSBub25j=Q==', false],
  ['dGhlIHNhbXBsZSBub25jZQ===', false],
  ['dGhlIHNhbXBsZSBub25jZUE=', false], // 17 bytes
])('%j is 16 bytes: %s', (text, expected) => {
  expect(isBase64OfSize(text, 16)).toBe(expected);
});
