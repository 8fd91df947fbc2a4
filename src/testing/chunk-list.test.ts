import { expect, test } from 'vitest';
import { ChunkList } from './chunk-list.ts';

test('bytes come out in their order, within a chunk and across several', () => {
  const list = new ChunkList();
  for (const chunk of [[1, 2, 3], [], [4], [5, 6]]) list.push(Uint8Array.from(chunk));
  expect(list.size).toBe(6);
  expect([list.take(2), list.take(1), list.take(2), list.size]).toEqual([
    Uint8Array.of(1, 2),
    Uint8Array.of(3),
    Uint8Array.of(4, 5),
    1,
  ]);
  list.push(Uint8Array.of(7));
  expect([list.take(2), list.size]).toEqual([Uint8Array.of(6, 7), 0]);
});

test('a cleared list is empty, and takes new bytes', () => {
  const list = new ChunkList();
  list.push(Uint8Array.of(1, 2));
  list.take(1);
  list.clear();
  expect(list.size).toBe(0);
  list.push(Uint8Array.of(3));
  expect(list.take(1)).toEqual(Uint8Array.of(3));
});

test('the order stays over hundreds of chunks that are taken bit by bit', () => {
  const list = new ChunkList();
  let read = 0;
  for (let at = 0; at < 1000; at += 2) list.push(Uint8Array.of(at & 0xff, (at + 1) & 0xff));
  while (list.size > 0) {
    for (const byte of list.take(Math.min(3, list.size))) expect(byte).toBe(read++ & 0xff);
    if (read === 600) list.push(Uint8Array.of(1000 & 0xff));
  }
  expect(read).toBe(1001);
});
