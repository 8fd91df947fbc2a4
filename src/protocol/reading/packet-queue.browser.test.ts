import { expect, test } from 'vitest';
import { PacketQueue as BrowserQueue } from './packet-queue.browser.ts';
import { PacketQueue as NodeQueue } from './packet-queue.ts';

interface Queue {
  readonly count: number;
  readonly size: number;
  readonly firstSize: number;
  readonly isFirstText: boolean;
  push(packet: Uint8Array, isText: boolean): void;
  shift(): Uint8Array | undefined;
  clear(): void;
}

/** What a queue shows. `isFirstText` counts only where there is a packet. */
function viewOf(queue: Queue): unknown[] {
  return [queue.count, queue.size, queue.firstSize, queue.count > 0 && queue.isFirstText];
}

test.each<[string, new () => Queue]>([
  ['Node', NodeQueue],
  ['a browser', BrowserQueue],
])('the queue of %s returns packets in their order', (_, Queue) => {
  const queue = new Queue();
  const model: [Uint8Array, boolean][] = [];
  let random = 7;
  const below = (limit: number): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return (random >>> 8) % limit;
  };
  for (let step = 0; step < 20_000; step++) {
    // It fills in one thousand steps and empties in the next.
    const isFilling = Math.floor(step / 1000) % 2 === 0;
    const what = below(10);
    if (step % 7777 === 7776) {
      queue.clear();
      model.length = 0;
    } else if (what < (isFilling ? 7 : 3)) {
      const packet = new Uint8Array(below(5));
      const isText = below(2) === 1;
      queue.push(packet, isText);
      model.push([packet, isText]);
    } else {
      expect(queue.shift()).toBe(model.shift()?.[0]);
    }
    const size = model.reduce((sum, [packet]) => sum + packet.length, 0);
    expect(viewOf(queue)).toEqual([model.length, size, model[0]?.[0].length ?? 0, model[0]?.[1] ?? false]);
  }
});
