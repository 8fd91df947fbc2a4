import { expect, test } from 'vitest';
import { Float } from './float.ts';
import { identityOf, storedForm } from './key-identity.ts';
import { StringName } from './string-name.ts';
import { Vector2, Vector2i } from './vectors.ts';

test.each([
  [5, 5],
  [5n, 5],
  [2n ** 53n - 1n, 2 ** 53 - 1],
  [2n ** 53n, 2n ** 53n],
  [new Float(0.5), 0.5],
  [new Float(2 ** 53), 2 ** 53],
])('the key %s is stored as %s', (key, stored) => {
  expect(storedForm(key)).toBe(stored);
});

test('a float with an integer value stays one, and so does -0', () => {
  const one = new Float(1);
  expect(storedForm(one)).toBe(one);
  expect(storedForm(-0)).toEqual(new Float(-0));
});

test.each([
  ['a', new StringName('a')],
  [new Vector2(1, 2), new Vector2(1, 2)],
  [new Vector2(0, 0), new Vector2(-0, 0)],
  [
    [1, 'a'],
    [1n, 'a'],
  ],
  [Float64Array.of(Number.NaN, 0), Float64Array.of(Number.NaN, -0)],
  [
    new Map<unknown, unknown>([
      ['a', 1],
      ['b', 2],
    ]),
    new Map<unknown, unknown>([
      ['b', 2],
      ['a', 1],
    ]),
  ],
  [{ a: 1 }, new Map([['a', 1]])],
])('%o and %o have one identity', (one, other) => {
  expect(identityOf(one)).not.toBeNull();
  expect(identityOf(one)).toBe(identityOf(other));
});

test.each([
  [new Vector2(1, 2), new Vector2i(1, 2)],
  [new Vector2(1, 2), new Vector2(2, 1)],
  [['a', 'b'], ['a,string b']],
  [['a', 'b'], ['a,string 1:b']],
  [[1], ['1']],
  [[1], [new Float(1)]],
  [['a'], [new StringName('a')]],
  [Uint8Array.of(1, 0, 0, 0), Int32Array.of(1)],
  [Float32Array.of(1), Float64Array.of(1)],
  [[[1], 2], [[1, 2]]],
  [{ a: 1 }, { a: 2 }],
])('%o and %o do not', (one, other) => {
  expect(identityOf(one)).not.toBe(identityOf(other));
});

test.each([5, 5n, true, null, undefined])('%s has none: a Map compares it correctly', (key) => {
  expect(identityOf(key)).toBeNull();
});

test('long arrays are told apart by their last byte', () => {
  const [one, other] = [new Uint8Array(10_000), new Uint8Array(10_000)];
  other[9999] = 1;
  expect(identityOf(one)).not.toBe(identityOf(other));
});
