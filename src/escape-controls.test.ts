import { expect, test } from 'vitest';
import { escapeControls } from './escape-controls.ts';

test.each([
  ['\u0000', '\\u0000'],
  ['\u001b[2J', '\\u001b[2J'],
  ['\u001f', '\\u001f'],
  [' ', ' '],
  ['~', '~'],
  ['\u007f', '\\u007f'],
  ['\u0080', '\\u0080'],
  ['\u009b31m', '\\u009b31m'],
  ['\u009f', '\\u009f'],
  ['\u00a0', '\u00a0'],
  ['a\r\nb\tc', 'a\\u000d\\u000ab\\u0009c'],
  ['\u2027', '\u2027'],
  ['\u2028\u2029', '\\u2028\\u2029'],
  ['\u202a\u202e', '\\u202a\\u202e'],
  ['\u202f', '\u202f'],
  ['\u2065\u2066\u2069\u206a', '\u2065\\u2066\\u2069\u206a'],
  ['\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
  ['\ud83d', '\\ud83d'],
  ['grüß euch 👋', 'grüß euch 👋'],
  ['\\u001b', '\\u001b'],
  ['', ''],
])('%j is %j', (text, escaped) => {
  expect(escapeControls(text)).toBe(escaped);
  expect(escapeControls(escaped)).toBe(escaped);
});
