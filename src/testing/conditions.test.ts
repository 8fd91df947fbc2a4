import { expect, test } from 'vitest';
import { changeConditions, chunkRange, PERFECT } from './conditions.ts';

test('only what is given changes', () => {
  const changed = changeConditions(PERFECT, { latency: 40, chunkSize: [1, 5] });
  expect(changed).toEqual({ ...PERFECT, latency: 40, chunkSize: [1, 5] });
  expect(changeConditions(changed, {})).toEqual(changed);
  expect(PERFECT.latency).toBe(0);
});

test('a size of chunks is both ends of its range', () => {
  expect(chunkRange({ ...PERFECT, chunkSize: 7 })).toEqual([7, 7]);
  expect(chunkRange({ ...PERFECT, chunkSize: [1, 5] })).toEqual([1, 5]);
});

test.each([
  { latency: 0 },
  { jitter: 0 },
  { bandwidth: 0.1 },
  { bandwidth: Number.POSITIVE_INFINITY },
  { capacity: 1 },
  { capacity: Number.POSITIVE_INFINITY },
  { chunkSize: 1 },
  { chunkSize: [1, 1] as const },
  { loss: 0 },
  { loss: 1 },
  { retransmissionDelay: 0 },
])('%j is possible', (changes) => {
  expect(changeConditions(PERFECT, changes)).toMatchObject(changes);
});

test.each([
  { latency: -1 },
  { latency: Number.POSITIVE_INFINITY },
  { jitter: Number.NaN },
  { jitter: Number.POSITIVE_INFINITY },
  { bandwidth: 0 },
  { capacity: 0.9 },
  { chunkSize: 0.9 },
  { chunkSize: [0, 5] as const },
  { chunkSize: [5, 4] as const },
  { loss: -0.1 },
  { loss: 1.1 },
  { retransmissionDelay: Number.POSITIVE_INFINITY },
])('%j throws', (changes) => {
  expect(() => changeConditions(PERFECT, changes)).toThrow(RangeError);
});
