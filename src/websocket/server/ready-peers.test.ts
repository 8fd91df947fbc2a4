import { expect, test } from 'vitest';
import type { ServedPeer } from '../requests/served-peer.ts';
import { ReadyPeers } from './ready-peers.ts';

/** What `ReadyPeers` uses of a peer: how many packets wait, and where it is listed. */
class Listed {
  isListed = false;
  isForgotten = false;
  packetCount = 0;
  readonly peer = { getAvailablePacketCount: () => this.packetCount };
}

/** A list, and a poll of it that adds `polled`; it returns those that the poll reports. */
function start(): { ready: ReadyPeers; poll: (...polled: readonly Listed[]) => readonly unknown[] } {
  const ready = new ReadyPeers();
  const poll = (...polled: readonly Listed[]): readonly unknown[] => {
    ready.begin();
    for (const one of polled) ready.add(one as unknown as ServedPeer);
    ready.end();
    return ready.peers;
  };
  return { ready, poll };
}

test('a peer without packets is reported by one poll', () => {
  const { poll } = start();
  const [a, b] = [new Listed(), new Listed()];
  expect(poll(a, b)).toEqual([a.peer, b.peer]);
  expect(poll(b)).toEqual([b.peer]);
  expect(poll()).toEqual([]);
});

test('a listener gets each peer once, and none is reported', () => {
  const { ready, poll } = start();
  const [a, b] = [new Listed(), new Listed()];
  a.packetCount = 2;
  const heard: unknown[] = [];
  ready.watch((peer) => void heard.push(peer));
  expect([poll(a, b), poll(), poll(a)]).toEqual([[], [], []]);
  expect(heard).toEqual([a.peer, b.peer, a.peer]);
});

test('a peer with packets is reported by every poll until they are read', () => {
  const { poll } = start();
  const [a, b] = [new Listed(), new Listed()];
  a.packetCount = 2;
  expect(poll(a)).toEqual([a.peer]);
  expect(poll(b)).toEqual([b.peer, a.peer]);
  a.packetCount = 1;
  expect(poll()).toEqual([a.peer]);
  a.packetCount = 0;
  expect(poll()).toEqual([]);
});

test('a peer that was polled again is reported once', () => {
  const { poll } = start();
  const a = new Listed();
  a.packetCount = 1;
  poll(a);
  expect(poll(a)).toEqual([a.peer]);
  expect(poll()).toEqual([a.peer]);
});

test('a peer that the server has forgotten is not reported again', () => {
  const { poll } = start();
  const a = new Listed();
  a.packetCount = 1;
  poll(a);
  a.isForgotten = true;
  expect(poll()).toEqual([]);
});

test('after clearing none is reported, and lists that the program has do not change', () => {
  const { ready, poll } = start();
  const a = new Listed();
  a.packetCount = 1;
  const before = poll(a);
  ready.clear();
  expect(ready.peers).toEqual([]);
  expect(poll()).toEqual([]);
  expect(before).toEqual([a.peer]);
});
