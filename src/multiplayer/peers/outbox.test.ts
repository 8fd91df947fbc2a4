import { expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import { TransferMode } from './multiplayer-peer.ts';
import { Outbox } from './outbox.ts';

const MODE = TransferMode.TRANSFER_MODE_RELIABLE;

/** An outbox whose line refuses packets to the peers in `full`, and stays closed for those in `closed`. */
function start() {
  const full = new Set<number>();
  const closed = new Set<number>();
  const sent: string[] = [];
  const outbox = new Outbox({
    hasRoomFor: (id) => !full.has(id),
    put: (id, packet) => {
      sent.push(`${id}: ${packet[0]}`);
      return ErrorCode.OK;
    },
    isOpen: (id) => !closed.has(id),
  });
  const add = (id: number, byte: number, kind: string | null = null, size = 1): boolean =>
    outbox.add(id, { bytes: new Uint8Array(size).fill(byte), mode: MODE, channel: 0 }, kind);
  return { outbox, full, closed, add, news: () => sent.splice(0) };
}

test('what waits is sent in order, to each peer as far as its line has room', () => {
  const { outbox, full, add, news } = start();
  expect([outbox.size, outbox.has(5)]).toEqual([0, false]);
  full.add(6);
  for (const byte of [1, 2]) for (const id of [5, 6]) add(id, byte);
  outbox.flush();
  expect([news(), outbox.has(5), outbox.has(6), outbox.waiting(6)]).toEqual([
    ['5: 1', '5: 2'],
    false,
    true,
    { packets: 2, bytes: 2 },
  ]);
  full.clear();
  outbox.flush();
  expect([news(), outbox.size, outbox.waiting(6)]).toEqual([['6: 1', '6: 2'], 0, { packets: 0, bytes: 0 }]);
});

test('of a kind only the newest is kept, behind what came in between', () => {
  const { outbox, add, news } = start();
  add(5, 1, 'state', 10);
  add(5, 2);
  add(5, 3, 'state', 4);
  add(5, 4, 'other');
  expect(outbox.waiting(5)).toEqual({ packets: 3, bytes: 6 });
  outbox.flush();
  expect(news()).toEqual(['5: 2', '5: 3', '5: 4']);
});

test('a peer is held until all that hold it have released it', () => {
  const { outbox, add, news } = start();
  outbox.hold(5, 'asleep');
  outbox.hold(5, 'away');
  expect([outbox.has(5), outbox.isHeld(5), outbox.isHeld(5, 'away'), outbox.isHeld(6)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
  add(5, 1);
  outbox.flush();
  outbox.release(5, 'asleep');
  outbox.flush();
  expect([news(), outbox.isHeld(5, 'asleep'), outbox.isHeld(5)]).toEqual([[], false, true]);
  outbox.release(5, 'away');
  outbox.release(6, 'away');
  outbox.flush();
  expect([news(), outbox.size]).toEqual([['5: 1'], 0]);
});

test('a blocked peer is sent nothing directly until its line is open', () => {
  const { outbox, closed, add, news } = start();
  closed.add(5);
  outbox.block(5);
  outbox.flush();
  add(5, 1);
  outbox.flush();
  expect([news(), outbox.has(5)]).toEqual([['5: 1'], true]);
  closed.clear();
  outbox.flush();
  expect(outbox.has(5)).toBe(false);
});

test.each([
  { bytes: 9, isKept: true },
  { bytes: 10, isKept: true },
  { bytes: 11, isKept: false },
])('of at most 10 bytes, $bytes are kept: $isKept', ({ bytes, isKept }) => {
  const { outbox, add } = start();
  outbox.limits = { packets: 100, bytes: 10 };
  add(5, 1);
  expect([add(5, 2, null, bytes - 1), outbox.waiting(5).bytes]).toEqual([isKept, isKept ? bytes : 1]);
});

test.each([
  { packets: 2, isKept: true },
  { packets: 3, isKept: true },
  { packets: 4, isKept: false },
])('of at most 3 packets, $packets are kept: $isKept', ({ packets, isKept }) => {
  const { outbox, add } = start();
  outbox.limits = { packets: 3, bytes: 100 };
  for (let count = 1; count < packets; count++) add(5, count);
  expect([add(5, packets), outbox.waiting(5).packets]).toEqual([isKept, Math.min(packets, 3)]);
});

test('at the bounds, a newer packet of a kind still replaces the older one', () => {
  const { outbox, add } = start();
  outbox.limits = { packets: 1, bytes: 10 };
  expect([add(5, 1, 'state', 10), add(5, 2, 'state', 10), add(5, 3, 'state', 11)]).toEqual([true, true, false]);
  expect(outbox.take(5)).toEqual([new Uint8Array(10).fill(2)]);
});

test('above the bounds, a peer has overflowed only while it is held', () => {
  const { outbox, add } = start();
  outbox.limits = { packets: 1, bytes: 100 };
  for (const id of [5, 6]) add(id, 1);
  outbox.hold(6, 'away');
  expect([add(5, 2), add(6, 2), [...outbox.overflowed]]).toEqual([false, false, [6]]);
  outbox.release(6, 'away');
  expect([...outbox.overflowed]).toEqual([]);
});

test('what waits can be taken, and then the peer is still held', () => {
  const { outbox, add, news } = start();
  outbox.hold(5, 'away');
  add(5, 1);
  add(5, 2);
  expect(outbox.take(5)).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  expect([outbox.take(5), outbox.take(6), outbox.has(5)]).toEqual([[], [], true]);
  add(5, 3);
  outbox.release(5, 'away');
  outbox.flush();
  expect(news()).toEqual(['5: 3']);
});

test('nothing is kept for a peer that has left', () => {
  const { outbox, add, news } = start();
  for (const id of [5, 6, 7]) {
    outbox.hold(id, 'away');
    add(id, 1);
  }
  outbox.clear(5);
  expect([outbox.has(5), outbox.has(6), outbox.size]).toEqual([false, true, 2]);
  outbox.clearAll();
  outbox.flush();
  expect([news(), outbox.size]).toEqual([[], 0]);
});
