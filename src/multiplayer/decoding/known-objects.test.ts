import { expect, test } from 'vitest';
import { KnownObjects } from './known-objects.ts';

test('the newest entries are kept when there are too many, and their number is bounded', () => {
  const known = new KnownObjects<number>(10_000);
  for (let number = 0; number < 100_000; number++) known.set(`1/${number}`, number, 10);
  expect(known.get('1/0')).toBeUndefined();
  expect(known.get('1/99999')).toBe(99_999);
  expect(known.size).toBeGreaterThan(20);
  expect(known.size).toBeLessThan(50);
});

test('long texts take more room', () => {
  const known = new KnownObjects<string>(10_000);
  known.set('small', 'a', 1);
  known.set('long', 'b', 4850);
  expect(known.get('small')).toBeUndefined();
  expect(known.get('long')).toBe('b');
  known.set('too long', 'c', 10_000);
  expect(known.size).toBe(0);
});

test('an entry that is set again or deleted gives its room back', () => {
  const known = new KnownObjects<number>(1000);
  known.set('other', 1, 100);
  for (let round = 0; round < 100; round++) known.set('same', round, 50);
  known.delete('none');
  expect([known.get('other'), known.get('same')]).toEqual([1, 99]);
  known.delete('same');
  known.set('next', 3, 50);
  expect(known.size).toBe(2);
});
