import { describe, expect, test } from 'vitest';
import { Random } from './random.ts';

describe('Random', () => {
  test('gives the same numbers for the same seed, in every version', () => {
    const numbers = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 4 }, () => random.integer(0, 999_999));
    };
    expect(numbers(1)).toEqual(numbers(1));
    expect(numbers(1)).not.toEqual(numbers(2));
    expect(numbers(1)).not.toEqual(numbers(1 + 2 ** 32));
    expect(numbers(-1)).not.toEqual(numbers(1));
    expect(numbers(7)).toEqual(SEVEN);
  });

  test('is distributed evenly', () => {
    const random = new Random(5);
    const counts = new Array<number>(10).fill(0);
    for (let index = 0; index < 100_000; index++) counts[random.integer(0, 9)]!++;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    let hits = 0;
    for (let index = 0; index < 100_000; index++) if (random.chance(0.25)) hits++;
    expect(Math.abs(hits - 25_000)).toBeLessThan(800);
  });

  test('stays within its limits', () => {
    const random = new Random(6);
    const seen = new Set(Array.from({ length: 1000 }, () => random.integer(-1, 1)));
    expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
    expect(random.integer(5, 5)).toBe(5);
    const large = random.integer(0, Number.MAX_SAFE_INTEGER - 1);
    expect(Number.isSafeInteger(large)).toBe(true);
    for (let index = 0; index < 1000; index++) {
      const next = random.next();
      expect(next >= 0 && next < 1).toBe(true);
      expect(random.chance(0)).toBe(false);
      expect(random.chance(1)).toBe(true);
    }
  });

  test('picks, and forks', () => {
    const random = new Random(7);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b'])))).toEqual(new Set(['a', 'b']));
    const one = new Random(8).fork();
    const parent = new Random(8);
    const two = parent.fork();
    parent.next();
    expect([one.next(), one.next()]).toEqual([two.next(), two.next()]);
    expect(parent.fork().next()).not.toBe(one.next());
  });

  test('throws for impossible arguments', () => {
    expect(() => new Random(0.5)).toThrow(RangeError);
    expect(() => new Random(1).integer(2, 1)).toThrow(RangeError);
    expect(() => new Random(1).integer(0, 0.5)).toThrow(RangeError);
    expect(() => new Random(1).pick([])).toThrow(RangeError);
  });
});

const SEVEN = [180, 433_738, 970_697, 48_405];
