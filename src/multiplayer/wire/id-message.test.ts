import { expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import { isClientId, readIdMessage, writeIdMessage } from './id-message.ts';

test.each([
  [2, '02000000'],
  [0x1234_5678, '78563412'],
  [0x7fff_ffff, 'ffffff7f'],
])('the id %i is %s', (id, message) => {
  expect(hex(writeIdMessage(id))).toBe(message);
  expect(readIdMessage(bytesOf(message))).toBe(id);
});

test.each(['', '020000', '0200000000', '00000000', '01000000', '00000080', 'ffffffff'])('"%s" has no id', (message) => {
  expect(readIdMessage(bytesOf(message))).toBeNull();
});

test('a message may be a view of other memory', () => {
  expect(readIdMessage(bytesOf('ffff07000000ff').subarray(2, 6))).toBe(7);
});

test.each([
  [1, false],
  [2, true],
  [0x7fff_ffff, true],
  [0x8000_0000, false],
  [2.5, false],
  [Number.NaN, false],
])('%d can be a client’s id: %s', (id, expected) => {
  expect(isClientId(id)).toBe(expected);
});
