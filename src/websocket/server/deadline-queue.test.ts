import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DeadlineQueue } from './deadline-queue.ts';

test('returns entries by their time, the earliest first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
      const queue = new DeadlineQueue<number>();
      for (const time of times) queue.add(time, time);
      const taken: number[] = [];
      while (queue.size > 0) {
        const { next } = queue;
        const item = queue.take() ?? Number.NaN;
        expect(item).toBe(next);
        taken.push(item);
      }
      expect(taken).toEqual([...times].sort((a, b) => a - b));
    }),
  );
});

test('is empty at first, and when cleared', () => {
  const queue = new DeadlineQueue<string>();
  const empty = [Number.POSITIVE_INFINITY, 0, undefined];
  expect([queue.next, queue.size, queue.take()]).toEqual(empty);
  queue.add(1, 'a');
  queue.clear();
  expect([queue.next, queue.size, queue.take()]).toEqual(empty);
});
