import { expect, test } from 'vitest';
import { ByteQueue } from './byte-queue.ts';

test('bytes come out in the order in which they went in, as copies', () => {
  const queue = new ByteQueue();
  const chunk = Uint8Array.of(1, 2);
  queue.append(chunk);
  chunk.fill(9);
  queue.append(Uint8Array.of(3));
  expect(queue.size).toBe(3);
  expect(queue.peek(2)).toEqual(Uint8Array.of(1, 2));
  const taken = queue.take(2);
  queue.append(Uint8Array.of(4, 5));
  expect([taken, queue.size, queue.take(3), queue.size]).toEqual([Uint8Array.of(1, 2), 3, Uint8Array.of(3, 4, 5), 0]);
});

test.each([1023, 1024, 1025, 5000])('a first chunk of %i bytes comes out whole', (size) => {
  const queue = new ByteQueue();
  queue.append(new Uint8Array(size).fill(7));
  expect(Buffer.compare(queue.take(size), new Uint8Array(size).fill(7))).toBe(0);
});

test('the order stays while the buffer is moved and grows', () => {
  const queue = new ByteQueue();
  let [written, read] = [0, 0];
  for (let round = 0; round < 300; round++) {
    const chunk = Uint8Array.from({ length: (round * 37) % 211 }, () => written++ & 0xff);
    queue.append(chunk);
    const taken = queue.take(Math.min(queue.size, (round * 53) % 199));
    for (const byte of taken) if (byte !== (read++ & 0xff)) expect.fail(`byte ${read - 1} is ${byte}`);
    expect(queue.size).toBe(written - read);
  }
});
