import { expect, test } from 'vitest';
import { Float } from './float.ts';

test.each([
  [1, '1.0'],
  [-1, '-1.0'],
  [-0, '0.0'],
  [0.5, '0.5'],
  [1e21, '1e+21'],
  [Number.NaN, 'NaN'],
])('%d is printed as %s', (value, text) => {
  expect(String(new Float(value))).toBe(text);
});

test('it calculates and compares as its number, and is one in JSON', () => {
  const one = new Float(1);
  expect([Number(one) + 1, Number(one) < 2, JSON.stringify({ one })]).toEqual([2, true, '{"one":1}']);
  expect(() => new Float('1' as never)).toThrow(TypeError);
});
