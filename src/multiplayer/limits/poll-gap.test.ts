import { expect, test } from 'vitest';
import { PollGap } from './poll-gap.ts';
import { TokenBucket } from './token-bucket.ts';

test.each([
  [999, 1],
  [1000, 1],
  [1001, 1.001],
  [3000, 3],
])('after a gap of %i ms a meter allows %d seconds’ worth', (gap, expected) => {
  const polls = new PollGap(500);
  polls.poll(500 + gap);
  expect(polls.burstSeconds).toBe(expected);
});

test.each([
  [3000, 3000],
  [60_000, 60_000],
  [600_000, 60_000],
])('the credit of a gap of %i ms lasts for %i', (gap, lasts) => {
  const polls = new PollGap(0);
  polls.poll(gap);
  for (let now = gap; now < gap + lasts; now += 500) polls.poll(now);
  polls.poll(gap + lasts);
  expect(polls.burstSeconds).toBe(gap / 1000);
  polls.poll(gap + lasts + 1);
  expect(polls.burstSeconds).toBe(1);
});

test('the longer of two gaps is credited', () => {
  const polls = new PollGap(0);
  for (const now of [5000, 7000, 7016]) polls.poll(now);
  expect(polls.burstSeconds).toBe(5);
});

test.each([
  [249, 249],
  [250, 250],
  [251, 250],
  [9000, 250],
])('a poll after %i ms uses %i ms of the other side’s time limits', (gap, expected) => {
  const polls = new PollGap(0);
  polls.poll(gap);
  expect(polls.attended).toBe(expected);
});

test('a time without another side is no gap, and ends the credit of an earlier one', () => {
  const polls = new PollGap(0);
  polls.poll(5000);
  polls.resume(20_000);
  expect([polls.burstSeconds, polls.attended]).toEqual([1, 250]);
  polls.poll(20_100);
  expect([polls.burstSeconds, polls.attended]).toEqual([1, 350]);
  polls.poll(22_100);
  expect([polls.burstSeconds, polls.attended]).toEqual([2, 600]);
});

test('a bucket is used up, refills with time up to its maximum, and a refused use takes nothing', () => {
  const allowance = new TokenBucket(10, 0);
  const use = (amount: number, now: number, holds = 10): boolean => allowance.use(amount, 10, holds, now);
  expect([use(9, 0), use(2, 0), use(1, 0), use(1, 0)]).toEqual([true, false, true, false]);
  expect([use(1, 99), use(1, 100), use(1, 100)]).toEqual([false, true, false]);
  expect([use(11, 10_000), use(10, 10_000), use(1, 10_000)]).toEqual([false, true, false]);
  expect([use(30, 13_000, 30), use(1, 13_000, 30)]).toEqual([true, false]);
});
