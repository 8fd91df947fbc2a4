import { describe, expect, test } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

const HOLDS = 10;
const PER_SECOND = 10;

/** One that was full at time 0. `use(amount, now)` uses some of it. */
function full(): (amount: number, now: number, holds?: number) => boolean {
  const allowance = new TokenBucket(HOLDS, 0);
  return (amount, now, holds = HOLDS) => allowance.use(amount, PER_SECOND, holds, now);
}

test.each([
  [9, true],
  [10, true],
  [11, false],
])('of a full bucket of 10, %i at once: %s', (amount, isEnough) => {
  expect(full()(amount, 0)).toBe(isEnough);
});

test('a use that is refused uses nothing', () => {
  const use = full();
  expect([use(11, 0), use(10, 0), use(1, 0)]).toEqual([false, true, false]);
});

describe('an empty bucket', () => {
  test.each([
    [99, false],
    [100, true],
    [101, true],
  ])('that refills with 10 a second has 1 after %i ms: %s', (now, isEnough) => {
    const use = full();
    use(10, 0);
    expect(use(1, now)).toBe(isEnough);
  });

  test('refills the same when it is used in between', () => {
    const use = full();
    use(10, 0);
    expect([use(1, 50), use(1, 99), use(1, 100), use(1, 100)]).toEqual([false, false, true, false]);
  });

  test.each([999, 1000, 1001, 3_600_000])('has at most 10 after %i ms', (now) => {
    const use = full();
    use(10, 0);
    expect([use(11, now), use(10, now)]).toEqual([false, now >= 1000]);
  });
});

test('a lower maximum removes the rest at once; a higher one is reached with time', () => {
  const use = full();
  expect([use(6, 0, 5), use(5, 0, 5), use(1, 0)]).toEqual([false, true, false]);
  expect([use(21, 2000, 20), use(20, 2000, 20)]).toEqual([false, true]);
});
