import { expect, test } from 'vitest';
import { Chance } from '../../../test/hostile/fuzz.ts';
import { StatePacket } from './state-packet-builder.ts';

const source = Uint8Array.from({ length: 10_000 }, (_, index) => index % 251);

test('parts are put one behind the other behind the header', () => {
  const packet = new StatePacket();
  packet.begin(3);
  expect(packet.isEmpty).toBe(true);
  packet.add(source, 10, 12);
  packet.add(source, 12, 14);
  packet.add(source, 0, 1);
  expect(packet.isEmpty).toBe(false);
  expect([...packet.take().subarray(3)]).toEqual([10, 11, 12, 13, 0]);
  expect([packet.isEmpty, packet.take().length]).toEqual([true, 3]);
});

test('a packet has room up to the limit, its header included, and an empty one for any part', () => {
  const packet = new StatePacket();
  packet.begin(3);
  expect(packet.hasRoom(10_000, 128)).toBe(true);
  packet.add(source, 0, 100);
  expect([24, 25, 26].map((size) => packet.hasRoom(size, 128))).toEqual([true, true, false]);
});

test('a part of a buffer that has grown since is not taken for one that follows', () => {
  const packet = new StatePacket();
  packet.begin(0);
  packet.add(source, 0, 4);
  packet.add(source.slice().fill(9), 4, 6);
  expect([...packet.take()]).toEqual([0, 1, 2, 3, 9, 9]);
});

test('parts of any length, in any order, in packets of any size', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const chance = new Chance(seed);
    const packet = new StatePacket();
    const header = chance.below(4);
    packet.begin(header);
    for (let round = 0; round < 3; round++) {
      const expected: number[] = [];
      let at = 0;
      for (let parts = chance.below(30); parts > 0; parts--) {
        if (chance.below(3) === 0) at = chance.below(source.length);
        const end = Math.min(source.length, at + chance.pick([0, 1, 47, 48, 49, 600]));
        packet.add(source, at, end);
        expected.push(...source.subarray(at, end));
        at = end;
      }
      expect([...packet.take().subarray(header)], `seed ${seed}`).toEqual(expected);
    }
  }
});
