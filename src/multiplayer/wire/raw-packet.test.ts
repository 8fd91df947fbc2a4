import { expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { rawPacket, rawPayload } from './raw-packet.ts';

test('the bytes follow the command', () => {
  const payload = bytesOf('aabb');
  const packet = rawPacket(payload);
  payload.fill(0);
  expect(hex(packet)).toBe('03aabb');
  expect(hex(rawPacket(bytesOf('')))).toBe('03');
});

test.each([
  ['03aabb', 'aabb'],
  ['03', ''],
  ['fbaa', 'aa'],
])('the payload of %s is "%s"', (packet, payload) => {
  expect(hex(rawPayload(new Uint8Array(bytesOf(packet))))).toBe(payload);
});
