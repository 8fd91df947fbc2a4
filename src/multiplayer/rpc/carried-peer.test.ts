import { expect, test } from 'vitest';
import { CarriedPeer, MOST_UNCONFIRMED } from './carried-peer.ts';
import { PathCache } from './path-cache.ts';
import { PathNumbers } from './path-numbers.ts';

const known = { path: 'Main', md5: '' };

test.each([
  [MOST_UNCONFIRMED - 1, 0],
  [MOST_UNCONFIRMED, 0],
  [MOST_UNCONFIRMED + 1, 1],
])('of %i numbers without a node, the oldest %i are dropped', (count, dropped) => {
  const carried = new CarriedPeer();
  for (let number = 0; number < count; number++) carried.noteUnconfirmed(number, known);
  expect([carried.unconfirmed.size, carried.unconfirmed.has(dropped), carried.unconfirmed.has(dropped - 1)]).toEqual([
    count - dropped,
    true,
    false,
  ]);
});

test('of confirmed numbers, the oldest that can be dropped is dropped for a new one', () => {
  const carried = new CarriedPeer();
  for (const number of [1, 2, 3]) carried.note(number, known, 3, () => true);
  carried.note(4, known, 3, (number) => number !== 1);
  expect([...carried.introduced.keys()]).toEqual([1, 3, 4]);
  carried.note(5, known, 3, () => false);
  expect([...carried.introduced.keys()]).toEqual([1, 3, 4]);
});

test('numbers that were not confirmed, or whose node is gone, are introduced anew', () => {
  const numbers = new PathNumbers();
  const cache = new PathCache();
  cache.share(numbers, () => undefined);
  const carried = new CarriedPeer();
  cache.receive(5, carried);
  const [seen, missed, gone] = ['seen', 'missed', 'gone'].map((path) => cache.numberOf(path)) as [
    number,
    number,
    number,
  ];
  for (const number of [seen, missed, gone]) cache.tell(5, number);
  for (const number of [seen, gone]) cache.confirm(5, number);
  cache.forget(5);
  cache.forgetPath('gone');
  carried.settle(numbers);
  expect([...carried.sent]).toEqual([[seen, true]]);
  // Back again: what it knows has a new number until it is confirmed, and the old one after that.
  cache.receive(5, carried);
  for (const number of [seen, missed]) expect(cache.tell(5, number)).toBe(true);
  const told = [seen, missed].map((number) => cache.toldNumber(5, number));
  expect(told[0]).toBeGreaterThan(gone);
  expect(told[1]).toBe(missed);
  expect(cache.isConfirmed(5, seen)).toBe(false);
  expect(cache.confirmedNumber(5, told[0]!)).toBe(seen);
  expect([cache.confirm(5, seen), cache.isConfirmed(5, seen)]).toEqual([true, true]);
});

test('numbers of several caches differ, and are never used again', () => {
  const numbers = new PathNumbers();
  const [red, blue] = [new PathCache(), new PathCache()];
  for (const cache of [red, blue]) cache.share(numbers, () => undefined);
  const first = [red.numberOf('Main'), blue.numberOf('Main')];
  red.clear();
  expect([...first, red.numberOf('Main')]).toEqual([1, 2, 3]);
  expect([numbers.isUsed(1), numbers.isUsed(2)]).toEqual([false, true]);
});
