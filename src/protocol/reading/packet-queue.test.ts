import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PacketQueue } from './packet-queue.ts';

test('a packet queue is first in, first out, and counts', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50)), { maxLength: 200 }), (steps) => {
      const queue = new PacketQueue();
      const model: { size: number; isText: boolean }[] = [];
      for (const step of steps) {
        if (step !== null) {
          queue.push(new Uint8Array(step), step % 2 === 0);
          model.push({ size: step, isText: step % 2 === 0 });
        } else if (model.length > 0) {
          expect(queue.isFirstText).toBe(model[0]?.isText);
          expect(queue.shift()?.length).toBe(model.shift()?.size);
        } else {
          expect(queue.shift()).toBeUndefined();
        }
        expect(queue.count).toBe(model.length);
        expect(queue.size).toBe(model.reduce((sum, { size }) => sum + size, 0));
      }
    }),
  );
});
