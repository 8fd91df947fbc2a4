import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromHalfBits, toHalfBits } from './half-float.ts';

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_519.99, 0x7bff],
  [65_520, 0x7c00],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.01, 0x0001],
  [2 ** -14 - 2 ** -26, 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [1 / 3, 0x3555],
])('%d is %d in bits', (value, half) => {
  expect(toHalfBits(value)).toBe(half);
});

test('every half survives the way there and back', () => {
  for (let half = 0; half < 0x10000; half++) {
    const value = fromHalfBits(half);
    if (Number.isNaN(value)) expect(half & 0x7fff).toBeGreaterThan(0x7c00);
    else if (toHalfBits(value) !== half) expect.fail(`${half} became ${toHalfBits(value)}`);
  }
  expect(Number.isNaN(fromHalfBits(toHalfBits(Number.NaN)))).toBe(true);
});

test('the nearest half is chosen', () => {
  const finite = fc.double({ min: -65_504, max: 65_504, noNaN: true });
  fc.assert(
    fc.property(finite, (value) => {
      const half = toHalfBits(value);
      const distance = Math.abs(fromHalfBits(half) - value);
      for (const neighbour of [half - 1, half + 1]) {
        const other = fromHalfBits(neighbour & 0xffff);
        if (Number.isFinite(other)) expect(distance).toBeLessThanOrEqual(Math.abs(other - value));
      }
    }),
  );
});
