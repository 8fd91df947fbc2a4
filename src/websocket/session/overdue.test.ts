import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { MemoryPeers } from '../../../test/support/memory-peers.ts';
import { Overdue } from '../../stream/index.ts';
import { State } from '../state.ts';

describe('a time limit that has passed', () => {
  test('is enforced two turns later, after another delay as long as we were late', () => {
    const clock = new FakeClock();
    const overdue = new Overdue(clock);
    expect(overdue.isOver(1400, 1000)).toBe(false);
    expect(overdue.nextLook(1000)).toBe(1800);
    clock.endTurn();
    expect(overdue.isOver(1800, 1000)).toBe(false);
    clock.endTurn();
    expect(overdue.isOver(1799, 1000)).toBe(false);
    expect(overdue.isOver(1800, 1000)).toBe(true);
  });

  test('is extended by at most a second', () => {
    const clock = new FakeClock();
    const overdue = new Overdue(clock);
    expect(overdue.isOver(100_000, 1000)).toBe(false);
    clock.endTurn();
    clock.endTurn();
    expect([overdue.isOver(100_999, 1000), overdue.isOver(101_000, 1000)]).toEqual([false, true]);
  });

  test('is enforced at once when we are on time; another deadline starts anew', () => {
    const clock = new FakeClock();
    const overdue = new Overdue(clock);
    expect(overdue.isOver(1000, 1000)).toBe(true);
    expect(overdue.isOver(2001, 2000)).toBe(false);
    clock.endTurn();
    expect(overdue.isOver(3001, 3000)).toBe(false);
    clock.endTurn();
    expect(overdue.isOver(3002, 3000)).toBe(false);
    clock.endTurn();
    expect(overdue.isOver(3002, 3000)).toBe(true);
    expect(overdue.nextLook(4000)).toBe(4000);
  });
});

describe.each(['client', 'server'] as const)('a %s whose loop stalls for 1.5 s', (role) => {
  const TIMES = { heartbeatInterval: 1, pongTimeLimit: 1, closeTimeLimit: 1 };
  const open = (): MemoryPeers => MemoryPeers.open({ client: TIMES, server: TIMES });

  test('reads the waiting Pong before it enforces the time limit', () => {
    const peers = open();
    const { peer } = peers.from(role);
    for (let polls = 0; polls < 4; polls++) peers.poll();
    peers.clock.advance(1000);
    peer.poll(); // The Ping leaves.
    peers.clock.advance(1500); // Nothing is read meanwhile.
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_OPEN);
    for (let turn = 0; turn < 4; turn++) peers.deliver();
    peer.poll();
    expect([peer.getReadyState(), peer.getStatistics().roundTripTime]).toEqual([State.STATE_OPEN, 1500]);
  });

  test('still ends a dead link', () => {
    const peers = open();
    const { peer, otherStream } = peers.from(role);
    otherStream.pauseReading();
    peers.clock.advance(1000);
    peer.poll();
    for (let polls = 0; polls < 3; polls++) {
      peers.clock.advance(1500);
      peer.poll();
    }
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_HEARTBEAT_TIMEOUT');
  });

  test('does not fail when the answer to our Close waits to be read', () => {
    const peers = open();
    const { peer, other } = peers.from(role);
    peer.close(4000);
    peer.poll();
    peers.clock.advance(1500);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CLOSING);
    peers.deliver();
    other.poll();
    peers.deliver();
    peer.poll();
    expect([peer.getReadyState(), peer.getCloseCode()]).toEqual([State.STATE_CLOSED, 4000]);
  });

  test('still ends when no Close arrives', () => {
    const peers = open();
    const { peer, otherStream } = peers.from(role);
    otherStream.pauseReading();
    peer.close(4000);
    peer.poll();
    for (let polls = 0; polls < 3; polls++) {
      peers.clock.advance(1500);
      peer.poll();
    }
    expect(peer.getLastFailure()?.code).toBe('TICKPEER_CLOSE_TIMEOUT');
  });
});
