import { expect, test } from 'vitest';
import type { ServedPeer } from '../requests/served-peer.ts';
import { ServedDeadlines } from './served-deadlines.ts';

/** What `ServedDeadlines` uses of a peer: when its session is due, and its wake. */
class Due {
  deadline = Number.POSITIVE_INFINITY;
  readonly session = { deadline: Number.POSITIVE_INFINITY };
  wakes = 0;

  onPeerWake(isInCall: boolean): void {
    expect(isInCall).toBe(true);
    this.wakes++;
  }
}

/** The deadlines of a server's peers. `set` gives one another deadline. */
function start(...peers: readonly Due[]): { deadlines: ServedDeadlines; set: (peer: Due, deadline: number) => void } {
  const served = new Map(peers.map((peer) => [peer, peer as unknown as ServedPeer] as const));
  const deadlines = new ServedDeadlines(served);
  const set = (peer: Due, deadline: number): void => {
    peer.session.deadline = deadline;
    deadlines.note(served.get(peer)!);
  };
  return { deadlines, set };
}

test.each([
  [999, 0],
  [1000, 1],
  [1001, 1],
])('at %i, a peer that is due at 1000 is woken %i times', (now, wakes) => {
  const peer = new Due();
  const { deadlines, set } = start(peer);
  expect(deadlines.next).toBe(Number.POSITIVE_INFINITY);
  set(peer, 1000);
  expect(deadlines.next).toBe(1000);
  deadlines.wakeDue(now);
  deadlines.wakeDue(now);
  expect(peer.wakes).toBe(wakes);
});

test('the next deadline is the earliest, and all that are due are woken', () => {
  const [a, b, c] = [new Due(), new Due(), new Due()];
  const { deadlines, set } = start(a, b, c);
  set(a, 300);
  set(b, 100);
  set(c, 200);
  expect(deadlines.next).toBe(100);
  deadlines.wakeDue(200);
  expect([a.wakes, b.wakes, c.wakes]).toEqual([0, 1, 1]);
  expect(deadlines.next).toBe(300);
});

test('only the last deadline of a peer counts, be it later, earlier or none', () => {
  const [later, earlier, none] = [new Due(), new Due(), new Due()];
  const { deadlines, set } = start(later, earlier, none);
  for (const peer of [later, earlier, none]) set(peer, 100);
  set(later, 200);
  set(earlier, 50);
  set(none, Number.POSITIVE_INFINITY);
  deadlines.wakeDue(50);
  expect([later.wakes, earlier.wakes, none.wakes]).toEqual([0, 1, 0]);
  deadlines.wakeDue(100);
  expect([later.wakes, earlier.wakes, none.wakes]).toEqual([0, 1, 0]);
  deadlines.wakeDue(200);
  expect([later.wakes, earlier.wakes, none.wakes]).toEqual([1, 1, 0]);
});

test('a peer that was woken and is due at the same time still is woken again', () => {
  const peer = new Due();
  const { deadlines, set } = start(peer);
  set(peer, 100);
  deadlines.wakeDue(100);
  set(peer, 100);
  deadlines.wakeDue(100);
  expect(peer.wakes).toBe(2);
});

test('a peer whose deadline changes often is woken once, and the others at their time', () => {
  const [often, early, late] = [new Due(), new Due(), new Due()];
  const { deadlines, set } = start(often, early, late);
  set(early, 5);
  set(late, 20_000);
  for (let deadline = 10; deadline <= 10_000; deadline++) set(often, deadline);
  expect(deadlines.next).toBe(5);
  deadlines.wakeDue(9999);
  expect([often.wakes, early.wakes, late.wakes]).toEqual([0, 1, 0]);
  deadlines.wakeDue(10_000);
  expect([often.wakes, early.wakes, late.wakes]).toEqual([1, 1, 0]);
  deadlines.wakeDue(20_000);
  expect([often.wakes, early.wakes, late.wakes]).toEqual([1, 1, 1]);
});

test('old deadlines do not pile up: most of them are gone before their time', () => {
  const peer = new Due();
  const { deadlines, set } = start(peer);
  for (let deadline = 1; deadline <= 10_000; deadline++) set(peer, deadline);
  expect(deadlines.next).toBeGreaterThan(5000);
});

test('after clearing none is due', () => {
  const peer = new Due();
  const { deadlines, set } = start(peer);
  set(peer, 100);
  deadlines.clear();
  expect(deadlines.next).toBe(Number.POSITIVE_INFINITY);
  deadlines.wakeDue(100);
  expect(peer.wakes).toBe(0);
});
