import { describe, expect, test } from 'vitest';
import { systemClock } from '../../stream/index.ts';
import {
  checkedBoolean,
  checkedClock,
  checkedCount,
  checkedInteger,
  checkedMilliseconds,
  checkedPath,
  checkedStrings,
} from './value-checks.ts';

test('a valid value is returned', () => {
  expect([checkedInteger('x', 3, 3, 3), checkedInteger('x', Number.MAX_SAFE_INTEGER, 0)]).toEqual([
    3,
    Number.MAX_SAFE_INTEGER,
  ]);
  expect([checkedCount('x', 1, 1), checkedCount('x', Number.POSITIVE_INFINITY, 1)]).toEqual([
    1,
    Number.POSITIVE_INFINITY,
  ]);
  expect([checkedMilliseconds('x', 0), checkedMilliseconds('x', 0.5, true)]).toEqual([0, 500]);
  expect(checkedBoolean('x', false)).toBe(false);
  expect([checkedPath('x', '/a/%20'), checkedPath('x', null)]).toEqual(['/a/%20', null]);
  expect(checkedClock(systemClock)).toBe(systemClock);
  const strings = ['a'];
  expect(checkedStrings('x', strings)).toEqual(strings);
  expect(checkedStrings('x', strings)).not.toBe(strings);
});

describe('an invalid value throws', () => {
  // What a program in JavaScript may pass.
  const wrong = (value: unknown): never => value as never;

  test.each<[string, () => unknown]>([
    ['a string for an integer', () => checkedInteger('x', wrong('5'), 0)],
    ['null for a count', () => checkedCount('x', wrong(null), 0)],
    ['a string for seconds', () => checkedMilliseconds('x', wrong('5'))],
    ['a number for a boolean', () => checkedBoolean('x', wrong(1))],
    ['a string for strings', () => checkedStrings('x', wrong('a'))],
    ['numbers for strings', () => checkedStrings('x', wrong([1]))],
    ['a number for a path', () => checkedPath('x', wrong(1))],
    ['an object without methods for a clock', () => checkedClock(wrong({ now: () => 0 }))],
  ])('a TypeError: %s', (_what, check) => expect(check).toThrow(TypeError));

  test.each<[string, () => unknown]>([
    ['below the least', () => checkedInteger('x', 2, 3, 3)],
    ['above the most', () => checkedInteger('x', 4, 3, 3)],
    ['a fraction', () => checkedInteger('x', 0.5, 0)],
    ['an infinite integer', () => checkedInteger('x', Number.POSITIVE_INFINITY, 0)],
    ['a count below the least', () => checkedCount('x', 0, 1)],
    ['a time limit of 0', () => checkedMilliseconds('x', 0, true)],
    ['less than no time', () => checkedMilliseconds('x', -1)],
    ['no number', () => checkedMilliseconds('x', Number.NaN)],
    ['a path without a slash', () => checkedPath('x', 'a')],
    ['a path with a query', () => checkedPath('x', '/a?b')],
  ])('a RangeError: %s', (_what, check) => expect(check).toThrow(RangeError));
});
