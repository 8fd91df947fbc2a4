import { expect, test } from 'vitest';
import { nodePlatform, seededPlatform } from '../../../test/support/platform.ts';
import { acceptKey, createHandshakeKey, isHandshakeKey } from './accept-key.ts';

test('returns the accept value for the key of RFC 6455 1.3', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==', nodePlatform)).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

test('makes keys that a server accepts, of the platform’s random bytes only', () => {
  const key = createHandshakeKey(seededPlatform(1));
  expect(isHandshakeKey(key)).toBe(true);
  expect(createHandshakeKey(seededPlatform(1))).toBe(key);
  expect(createHandshakeKey(seededPlatform(2))).not.toBe(key);
  expect(createHandshakeKey(nodePlatform)).not.toBe(createHandshakeKey(nodePlatform));
});
