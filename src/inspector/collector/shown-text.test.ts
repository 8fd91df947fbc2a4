import { expect, test } from 'vitest';
import { shown, shownList } from './shown-text.ts';

test.each([199, 200])('a text of %i characters is shown whole', (length) => {
  const text = 'x'.repeat(length);
  expect(shown(text)).toBe(text);
});

test('a longer one is cut, and not within a character', () => {
  expect(shown('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  expect(shown(`${'x'.repeat(199)}\u{1f600}`)).toBe(`${'x'.repeat(199)}…`);
  expect(shown(`${'x'.repeat(198)}\u{1f600}y`)).toBe(`${'x'.repeat(198)}\u{1f600}…`);
});

test.each([
  [1, ['a']],
  [2, ['a', 'b']],
  [3, ['a', 'b', '… 1 more']],
])('of %i texts two are shown', (count, expected) => {
  expect(shownList(['a', 'b', 'c'].slice(0, count), 2)).toEqual(expected);
});
