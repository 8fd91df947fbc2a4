import { describe, expect, test } from 'vitest';
import { hex } from '../../../test/support/frames.ts';
import { ByteWriter } from './byte-writer.ts';

function written(write: (writer: ByteWriter) => void, capacity?: number): string {
  const writer = new ByteWriter(capacity);
  write(writer);
  return hex(writer.toBytes());
}

describe('the low bits of a number that is too large are written', () => {
  test.each([
    [255, 'ff'],
    [256, '00'],
    [-1, 'ff'],
    [-129, '7f'],
  ])('%i in one byte', (value, bytes) => {
    expect(written((writer) => writer.writeU8(value))).toBe(bytes);
  });

  test.each([
    [65_535, 'ffff'],
    [65_536, '0000'],
    [-32_768, '0080'],
    [-32_769, 'ff7f'],
  ])('%i in two', (value, bytes) => {
    expect(written((writer) => writer.writeU16(value))).toBe(bytes);
  });

  test.each([
    [2 ** 32 - 1, 'ffffffff'],
    [2 ** 32, '00000000'],
    [-(2 ** 31), '00000080'],
    [-(2 ** 31) - 1, 'ffffff7f'],
  ])('%i in four', (value, bytes) => {
    expect(written((writer) => writer.writeU32(value))).toBe(bytes);
  });

  test.each<[number | bigint, string]>([
    [2 ** 32 - 1, 'ffffffff00000000'],
    [2 ** 32, '0000000001000000'],
    [-(2 ** 32), '00000000ffffffff'],
    [-(2 ** 32) - 1, 'fffffffffeffffff'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffff1f00'],
    [Number.MIN_SAFE_INTEGER, '010000000000e0ff'],
    [2n ** 64n - 1n, 'ffffffffffffffff'],
    [2n ** 64n, '0000000000000000'],
    [-(2n ** 63n), '0000000000000080'],
  ])('%s in eight', (value, bytes) => {
    expect(written((writer) => writer.writeU64(value))).toBe(bytes);
  });
});

describe('the memory', () => {
  test.each([
    [3, 4],
    [4, 4],
    [5, 8],
    [8, 8],
    [9, 9],
  ])('of 4 bytes with room for %i has %i', (size, capacity) => {
    const writer = new ByteWriter(4);
    writer.reserve(size);
    expect([writer.bytes.length, writer.view.byteLength, writer.size]).toEqual([capacity, capacity, 0]);
    expect(writer.view.buffer).toBe(writer.bytes.buffer);
  });

  test('keeps what is written when it grows', () => {
    const write = (writer: ByteWriter): void => {
      for (const value of [1, 2, 3]) writer.writeU16(value);
      writer.writeBytes(Uint8Array.of(4, 5, 6));
    };
    expect(written(write, 1)).toBe('010002000300040506');
  });

  test('a lower size discards the bytes after it', () => {
    const writer = new ByteWriter();
    writer.writeU32(0x0403_0201);
    writer.size = 2;
    writer.writeU8(9);
    expect(hex(writer.toBytes())).toBe('010209');
  });

  test('the returned bytes are a copy', () => {
    const writer = new ByteWriter();
    writer.writeU8(1);
    const bytes = writer.toBytes();
    writer.bytes[0] = 2;
    expect(hex(bytes)).toBe('01');
  });
});

describe('a text', () => {
  const text = (value: string, nuls?: number): string => written((writer) => writer.writeText(value, nuls), 1);

  test.each([
    ['', '00000000'],
    ['a', '0100000061000000'],
    ['abc', '0300000061626300'],
    ['abcd', '0400000061626364'],
    ['abcde', '050000006162636465000000'],
    ['\x7f', '010000007f000000'],
    ['\x80', '02000000c2800000'],
    ['\u07ff', '02000000dfbf0000'],
    ['\u0800', '03000000e0a08000'],
    ['\ud7ff', '03000000ed9fbf00'],
    ['\ue000', '03000000ee808000'],
    ['\uffff', '03000000efbfbf00'],
    ['\u{10000}', '04000000f0908080'],
    ['\u{10ffff}', '04000000f48fbfbf'],
  ])('%j has its size, its UTF-8 and zeros up to a multiple of 4', (value, bytes) => {
    expect(text(value)).toBe(bytes);
  });

  test.each(['\0', '\ud800', '\udc00', '\udc00\ud800'])('%j has U+FFFD for each unit', (value) => {
    expect(text(`a${value}b`)).toBe(text(`a${'\ufffd'.repeat(value.length)}b`));
  });

  test.each([
    ['abc', 1, '0400000061626300'],
    ['abcd', 1, '050000006162636400000000'],
    ['', 1, '0100000000000000'],
  ])('%j with %i zeros behind it that count', (value, nuls, bytes) => {
    expect(text(value, nuls)).toBe(bytes);
  });

  test.each([31, 32, 33])('of %i units is the UTF-8 of any encoder, with every kind of character', (length) => {
    for (const last of ['x', 'é', '€', '\0', '\ud800']) {
      const value = `${'aé€'.repeat(11).slice(0, length - 1)}${last}`;
      const utf8 = Buffer.from(value.replace('\0', '\ufffd'));
      const padding = Buffer.alloc(-utf8.length & 3);
      const size = Buffer.from([utf8.length, 0, 0, 0]);
      expect(text(value)).toBe(hex(Buffer.concat([size, utf8, padding])));
    }
  });
});

test('numbers are little-endian', () => {
  const writer = new ByteWriter();
  writer.writeU8(0x1ff);
  writer.writeU16(-2);
  writer.writeU32(0x1234_5678);
  writer.writeU64(-1);
  writer.writeU64(2 ** 40 + 1);
  writer.writeU64(-(2n ** 63n));
  writer.writeBytes(Uint8Array.of(7, 8));
  expect(hex(writer.toBytes())).toBe('fffeff78563412ffffffffffffffff010000000001000000000000000000800708');
});

test('the memory grows, and is used again', () => {
  const writer = new ByteWriter(4);
  for (let i = 0; i < 100; i++) writer.writeU32(i);
  expect(writer.size).toBe(400);
  expect(writer.toBytes()[396]).toBe(99);
  const { bytes } = writer;
  writer.size = 4;
  writer.writeBytes(new Uint8Array(bytes.length - 4));
  expect(writer.bytes).toBe(bytes);
  writer.writeU8(1);
  expect(writer.bytes).not.toBe(bytes);
  writer.size = 0;
  expect(writer.toBytes()).toHaveLength(0);
});

test('a text leaves no trace of what was there before', () => {
  const writer = new ByteWriter();
  writer.writeBytes(new Uint8Array(64).fill(0xee));
  writer.size = 1;
  writer.writeText('a');
  writer.writeText('ab', 1);
  writer.writeText('abc', 1);
  expect(hex(writer.toBytes())).toBe('ee0100000061000000030000006162000004000000616263' + '00');
});
