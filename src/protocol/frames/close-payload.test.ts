import { expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { buildClosePayload, encodeCloseReason, parseClosePayload } from './close-payload.ts';

const read = (payload: string) => parseClosePayload(bytesOf(payload), nodePlatform);
const reasonOf = (reason: string): string => Buffer.from(encodeCloseReason(reason, nodePlatform)).toString();

test.each([
  ['', 1005, ''],
  ['03e8', 1000, ''],
  ['03e8627965', 1000, 'bye'],
  ['0bb8', 3000, ''],
  ['1387', 4999, ''],
])('the payload "%s" has the code %i and the reason "%s"', (payload, code, reason) => {
  expect(read(payload)).toEqual({ code, reason });
  expect(hex(buildClosePayload(code, reason, nodePlatform))).toBe(payload);
});

test.each([
  ['03', 1002], // half a code
  ['03e7', 1002], // 999
  ['03ec', 1002], // 1004
  ['03ed', 1002], // 1005
  ['03ee', 1002], // 1006
  ['03f7', 1002], // 1015
  ['1388', 1002], // 5000
  ['03e8ff', 1007],
  ['03e8e282', 1007], // cut inside a character
])('the payload "%s" is a violation, with %i', (payload, closeCode) => {
  expect(read(payload)).toMatchObject({ closeCode });
});

test.each([
  [122, 122],
  [123, 123],
  [124, 123],
  [100_000, 123],
])('of a reason of %i bytes %i are sent', (size, sent) => {
  expect(reasonOf('a'.repeat(size))).toBe('a'.repeat(sent));
});

test.each([
  ['é', 61], // 2 bytes each
  ['€', 41], // 3
  ['\u{1f600}', 30], // 4
])('a reason of "%s" is cut between characters', (character, count) => {
  expect(reasonOf(character.repeat(200))).toBe(character.repeat(count));
});

test('without a code there is no reason', () => {
  expect(buildClosePayload(1005, 'bye', nodePlatform).length).toBe(0);
});
