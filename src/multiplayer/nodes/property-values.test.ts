import { expect, test } from 'vitest';
import { array, int, Vector2 } from '../../variant/index.ts';
import { isMutable, PropertyValues } from './property-values.ts';

const list: readonly number[] = [1];
const SLOTS = [
  { schema: int, initial: 3, label: 'health' },
  { schema: array(int), initial: list, label: 'list' },
];
// The slots of a layout have schemas of any type.
const slots = SLOTS as unknown as ConstructorParameters<typeof PropertyValues>[0];

test('each instance has its own copy of a first value that can change', () => {
  const [one, other] = [new PropertyValues(slots), new PropertyValues(slots)];
  expect([one.get(0), one.get(1)]).toEqual([3, [1]]);
  (one.get(1) as number[]).push(2);
  expect([one.get(1), other.get(1), list]).toEqual([[1, 2], [1], [1]]);
});

test('a value that does not match is refused, and the old one stays', () => {
  const values = new PropertyValues(slots);
  expect(() => values.set(0, 'x')).toThrow('"health"');
  expect(() => values.set(0, 1.5)).toThrow(TypeError);
  expect(() => values.set(1, ['x'])).toThrow(TypeError);
  expect([values.get(0), values.get(1)]).toEqual([3, [1]]);
});

test('a plain value may have changed once after each time it was set to another', () => {
  const values = new PropertyValues(slots);
  const ask = (): boolean => values.mayHaveChanged(0);
  expect([ask(), ask()]).toEqual([true, false]);
  values.set(0, 3);
  expect(ask()).toBe(false);
  values.set(0, 4);
  expect([ask(), ask()]).toEqual([true, false]);
  values.put(0, 4);
  expect([ask(), ask()]).toEqual([true, false]);
});

test('a value that can change in place may always have changed', () => {
  const values = new PropertyValues(slots);
  expect([values.mayHaveChanged(1), values.mayHaveChanged(1)]).toEqual([true, true]);
});

test('arrays, dictionaries and packed arrays can change in place; numbers, texts and vectors cannot', () => {
  expect([[], {}, new Map(), new Uint8Array(1)].map(isMutable)).toEqual([true, true, true, true]);
  expect([null, 1, 'x', true, 5n, new Vector2(1, 2)].map(isMutable)).toEqual([
    false,
    false,
    false,
    false,
    false,
    false,
  ]);
});
