import { expect, test } from 'vitest';
import { SceneMultiplayer } from '../scene/scene-multiplayer.ts';
import { checkPacketSize } from './packet-sizes.ts';

test('a size is a whole number from 128 on', () => {
  expect([128, 129, 1e6].map((size) => checkPacketSize('x', size))).toEqual([128, 129, 1e6]);
  for (const size of [127, 128.5, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => checkPacketSize('maxSyncPacketSize', size)).toThrow(RangeError);
  }
});

test('a multiplayer begins with the sizes of the engine, and keeps its own when a bad one is refused', () => {
  const multiplayer = new SceneMultiplayer();
  expect([multiplayer.maxSyncPacketSize, multiplayer.maxDeltaPacketSize]).toEqual([1350, 65_535]);
  multiplayer.maxSyncPacketSize = 128;
  multiplayer.maxDeltaPacketSize = 129;
  expect(() => {
    multiplayer.maxSyncPacketSize = 127;
  }).toThrow('maxSyncPacketSize');
  expect(() => {
    multiplayer.maxDeltaPacketSize = 127;
  }).toThrow('maxDeltaPacketSize');
  expect([multiplayer.maxSyncPacketSize, multiplayer.maxDeltaPacketSize]).toEqual([128, 129]);
});
