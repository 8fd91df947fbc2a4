import { expect, test } from 'vitest';
import { shown, shownList, shownUrl } from './shown-text.ts';

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

test.each([
  ['wss://game.example/play?token=0123abcd', 'wss://game.example/play?token=…'],
  ['wss://game.example/play?room=ABCDE&token=0123abcd&x=1', 'wss://game.example/play?room=ABCDE&token=…&x=1'],
  ['wss://game.example/token=1?mytoken=2&token=', 'wss://game.example/token=1?mytoken=2&token='],
  [`wss://game.example/?${'x'.repeat(300)}&token=0123abcd`, `wss://game.example/?${'x'.repeat(180)}…`],
])('the URL %s is shown without its token', (url, text) => {
  expect(shownUrl(url)).toBe(text);
});
