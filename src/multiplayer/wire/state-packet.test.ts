import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { isFailure } from '../../failure.ts';
import { VariantWriter } from '../../variant/index.ts';
import {
  beginDeltaBlock,
  beginSyncBlock,
  endDeltaBlock,
  endSyncBlock,
  isDelta,
  isPathNetId,
  pathNetId,
  pathNumberOf,
  StateReader,
  writeDeltaHeader,
  writeSyncHeader,
} from './state-packet.ts';

/** All blocks of a packet, and the failure at its end. */
function blocksOf(hex: string): unknown[] {
  const reader = new StateReader();
  const packet = bytesOf(hex);
  const failure = reader.begin(packet);
  if (failure !== null) return [failure.code];
  const blocks: unknown[] = [];
  for (;;) {
    const outcome = reader.next();
    if (isFailure(outcome)) return [...blocks, outcome.code];
    if (!outcome) return blocks;
    const { netId, low, high, start, end } = reader;
    blocks.push(isDelta(packet) ? [netId, low, high, start, end] : [netId, reader.time, start, end]);
  }
}

test.each([
  [0x7ffe, '06fe7f'],
  [0x7fff, '06ff7f'],
  [0x8000, '060080'],
  [0xffff, '06ffff'],
  [0x1_0000, '060000'],
  [0x1_0001, '060100'],
])('a SYNC has the low 16 bits of the time %d', (time, hex) => {
  const bytes = new Uint8Array(3);
  writeSyncHeader(bytes, time);
  expect(bytes).toEqual(bytesOf(hex));
  expect(blocksOf(`${hex}0200000000000000`)).toEqual([[2, time & 0xffff, 11, 11]]);
});

test('a block that is written has its size before its values', () => {
  const writer = new VariantWriter();
  beginSyncBlock(writer, 0x8000_0001);
  writer.writeU8(7);
  endSyncBlock(writer, 0);
  expect(writer.toBytes()).toEqual(bytesOf('010000800100000007'));
  const start = writer.size;
  beginDeltaBlock(writer, 2);
  writer.writeU8(8);
  writer.writeU8(9);
  endDeltaBlock(writer, start, 1 << 31, 1 << 31);
  expect(writer.toBytes().subarray(start)).toEqual(
    bytesOf('02000000 0000008000000080 020000000809'.replaceAll(' ', '')),
  );
});

test('the mask of a DELTA has 64 bits, all of which are read', () => {
  const bytes = new Uint8Array(1);
  writeDeltaHeader(bytes);
  expect([bytes[0], isDelta(bytes), isDelta(bytesOf('06'))]).toEqual([0x16, true, false]);
  expect(blocksOf('1602000000 00000080 01000000 00000000'.replaceAll(' ', ''))).toEqual([[2, 0x8000_0000, 1, 17, 17]]);
  expect(
    blocksOf('1602000000 ffffffff ffffffff 01000000 05 03000000 0000000000000000 00000000'.replaceAll(' ', '')),
  ).toEqual([
    [2, 0xffff_ffff, 0xffff_ffff, 17, 18],
    [3, 0, 0, 34, 34],
  ]);
});

describe('a packet is refused', () => {
  test.each([
    ['SYNC without blocks', '060100', []],
    ['SYNC of one byte', '06', []],
    ['SYNC that ends in a header', '06010001000000000000', []],
    ['SYNC whose values are cut off', '0601000100000002000000aa', []],
    ['SYNC with a size that no packet has', '06010001000000ffffffff', []],
    ['SYNC whose second block is cut off', '060100010000000000000002', [[1, 1, 11, 11]]],
    ['DELTA without blocks', '16', []],
    ['DELTA that ends in a header', '16010000000100000000000000000000', []],
    ['DELTA whose values are cut off', '1601000000010000000000000001000000', []],
    ['DELTA with a size that no packet has', '16010000000100000000000000ffffffff', []],
  ])('%s', (_what, hex, before) => {
    expect(blocksOf(hex)).toEqual([...before, 'TICKPEER_BAD_PACKET']);
  });
});

test('a net id says whether it is a path number', () => {
  expect([pathNetId(1), pathNetId(0x7fff_ffff)]).toEqual([0x8000_0001, 0xffff_ffff]);
  expect([0x7fff_ffff, 0x8000_0000, 0x8000_0001].map(isPathNetId)).toEqual([false, true, true]);
  expect(pathNumberOf(0xffff_ffff)).toBe(0x7fff_ffff);
});
