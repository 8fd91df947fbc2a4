import { expect, test } from 'vitest';
import { codeLength, newCode, readCode } from './room-code.ts';

test.each([
  [0, 5],
  [50, 5],
  [51, 6],
  [1132, 6],
  [1133, 7],
  [24_942, 7],
  [24_943, 8],
])('with %i rooms a code has %i letters: at most one of 100,000 is in use', (rooms, length) => {
  expect(codeLength(rooms)).toBe(length);
  expect((rooms + 1) / 22 ** length).toBeLessThanOrEqual(1 / 100_000);
});

test('codes have no letters that look alike, all others equally often, and are not in use', () => {
  const counts = new Map<string, number>();
  for (let n = 0; n < 4400; n++) {
    for (const letter of newCode(0, () => false)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  expect([...counts.keys()].sort().join('')).toBe('34679CDFGHJKMNPQRTVWXY');
  // 1000 each; 200 is more than six standard deviations.
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  let tries = 0;
  expect(newCode(0, () => ++tries < 3)).toHaveLength(5);
  expect(tries).toBe(3);
});

test.each([
  ['abcDE', 'ABCDE'],
  [' our-own_1 ', 'OUR-OWN_1'],
  ['A'.repeat(32), 'A'.repeat(32)],
  ['A'.repeat(33), null],
  ['', null],
  ['a b', null],
  ['ä', null],
])('%j is the code %j', (text, code) => {
  expect(readCode(text)).toBe(code);
});
