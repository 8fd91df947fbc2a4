import { describe, expect, test } from 'vitest';
import { checkLimits, type PeerLimits } from './peer-limits.ts';
import { PeerMeter } from './peer-statistics.ts';

const make = (limits: PeerLimits): PeerMeter => new PeerMeter(checkLimits(limits), 0);
const messageOf = (failure: { message: string } | null): string | null => failure?.message ?? null;

describe('packetsPerSecond', () => {
  test('the limit may arrive at once, and not one more', () => {
    const meter = make({ packetsPerSecond: 3 });
    const results = [1, 2, 3, 4].map(() => messageOf(meter.count(1, false, 1, 0)));
    expect(results).toEqual([null, null, null, 'more than packetsPerSecond, 3']);
    expect([meter.packets, meter.bytes]).toEqual([4, 4]);
  });

  test('it recovers evenly, up to the limit', () => {
    const meter = make({ packetsPerSecond: 2 });
    for (let count = 1; count <= 2; count++) meter.count(1, false, 1, 0);
    expect(meter.count(1, false, 1, 499)).not.toBeNull();
    expect(meter.count(1, false, 1, 500)).toBeNull();
    for (let count = 1; count <= 2; count++) expect(meter.count(1, false, 1, 60_000)).toBeNull();
    expect(meter.count(1, false, 1, 60_000)).not.toBeNull();
  });

  test('after a gap of ours a burst of that length may arrive', () => {
    const meter = make({ packetsPerSecond: 2 });
    const results = Array.from({ length: 7 }, () => meter.count(1, false, 3, 10_000) === null);
    expect(results).toEqual([true, true, true, true, true, true, false]);
  });

  test('packets for others do not count, their bytes do', () => {
    const meter = make({ packetsPerSecond: 1, bytesPerSecond: 10 });
    for (let count = 1; count <= 5; count++) expect(meter.count(2, true, 1, 0)).toBeNull();
    expect(messageOf(meter.count(1, true, 1, 0))).toBe('more than bytesPerSecond, 10');
  });
});

test.each([
  [9, true],
  [10, true],
  [11, false],
])('with bytesPerSecond 10, %i bytes at once are within it: %s', (size, isWithin) => {
  expect(make({ bytesPerSecond: 10 }).count(size, false, 1, 0) === null).toBe(isWithin);
});

describe('relayed packets', () => {
  test.each([
    [2, true],
    [3, true],
    [4, false],
  ])('with relayedPerSecond 3, one to %i peers is within it: %s', (receivers, isWithin) => {
    const meter = make({ relayedPerSecond: 3 });
    expect(meter.countRelayed(receivers, 1, 1, 0) === null).toBe(isWithin);
    expect(meter.relayedPackets).toBe(isWithin ? receivers : 0);
  });

  test('one without receivers counts as one', () => {
    const meter = make({ relayedPerSecond: 1 });
    expect(meter.countRelayed(0, 100, 1, 0)).toBeNull();
    expect(messageOf(meter.countRelayed(0, 100, 1, 0))).toBe('more than relayedPerSecond, 1');
    expect(meter.relayedPackets).toBe(0);
  });

  test.each([
    [3, true],
    [4, false],
  ])('with relayedBytesPerSecond 10, %i bytes to three peers are within it: %s', (size, isWithin) => {
    expect(make({ relayedBytesPerSecond: 10 }).countRelayed(3, size, 1, 0) === null).toBe(isWithin);
  });

  test('they recover, and a burst may hold more', () => {
    const meter = make({ relayedPerSecond: 2 });
    expect(meter.countRelayed(2, 1, 1, 0)).toBeNull();
    expect(meter.countRelayed(2, 1, 1, 999)).not.toBeNull();
    expect(meter.countRelayed(2, 1, 1, 1000)).toBeNull();
    expect(meter.countRelayed(6, 1, 3, 10_000)).toBeNull();
  });
});

test('bad packets beyond the limit are too many, and are forgiven within a minute', () => {
  const meter = make({ badPackets: 2 });
  expect([1, 2, 3].map(() => messageOf(meter.countBad(0)))).toEqual([null, null, 'more than badPackets, 2']);
  expect([1, 2, 3].map(() => meter.countBad(200_000) === null)).toEqual([true, true, false]);
  expect(meter.badPackets).toBe(6);
});

test.each([
  [29_999, false],
  [30_000, true],
])('with badPackets 2, after %i ms one more is within it: %s', (now, isWithin) => {
  const meter = make({ badPackets: 2 });
  for (let count = 1; count <= 2; count++) meter.countBad(0);
  expect(meter.countBad(now) === null).toBe(isWithin);
});
