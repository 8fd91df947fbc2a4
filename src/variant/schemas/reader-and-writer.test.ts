import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../codec/byte-writer.ts';
import { Dictionary, Float, int, VariantReader, VariantWriter, Vector2, varToBytes } from '../index.ts';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('numbers are little-endian', () => {
  const writer = new ByteWriter();
  writer.writeU8(0x1ff);
  writer.writeU16(-2);
  writer.writeU32(0x1234_5678);
  writer.writeU64(-1);
  writer.writeU64(2 ** 40 + 1);
  writer.writeU64(-(2n ** 63n));
  writer.writeBytes(Uint8Array.of(7, 8));
  expect(hexOf(writer.toBytes())).toBe('fffeff78563412ffffffffffffffff010000000001000000000000000000800708');
});

test('the memory grows, and is reused', () => {
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

test('a text leaves nothing of the earlier bytes', () => {
  const writer = new ByteWriter();
  writer.writeBytes(new Uint8Array(64).fill(0xee));
  writer.size = 1;
  writer.writeText('a');
  writer.writeText('ab', 1);
  writer.writeText('abc', 1);
  expect(hexOf(writer.toBytes())).toBe('ee0100000061000000030000006162000004000000616263' + '00');
});

describe('consecutive Variants, at any offset', () => {
  const values = [1, 'text', new Vector2(1, 2), [1.5, null], { a: 1 }];

  test('are written and read', () => {
    const writer = new VariantWriter();
    writer.writeU8(7);
    for (const value of values) writer.writeVariant(value);
    writer.write(int, 5);
    const reader = new VariantReader(writer.toBytes(), 1);
    expect([reader.readVariant(), reader.readVariant(), reader.readVariant(), reader.readVariant()]).toEqual(
      values.slice(0, 4),
    );
    expect(reader.readVariant()).toEqual(new Dictionary([['a', 1]]));
    expect(reader.remaining).toBe(8);
    expect(reader.read(int)).toBe(5);
    expect(reader).toMatchObject({ remaining: 0, offset: writer.size, failure: null });
    expect(reader.readVariant()).toBe(undefined);
    expect(reader.failure).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT', offset: writer.size });
  });

  test('a value that throws leaves nothing in the writer', () => {
    const writer = new VariantWriter();
    writer.writeVariant(1);
    expect(() => writer.writeVariant(['some text', undefined])).toThrow(TypeError);
    expect(() => writer.write(int, 'x' as unknown as number)).toThrow('expected int, got String');
    expect(writer.toBytes()).toEqual(varToBytes(1));
  });

  test('a failed read does not move the reader', () => {
    const reader = new VariantReader(Uint8Array.of(...varToBytes(1), ...varToBytes('a').subarray(0, 10)));
    expect(reader.read(int)).toBe(1);
    expect(reader.readVariant()).toBe(undefined);
    expect(reader).toMatchObject({ offset: 8, failure: { offset: 12 } });
    reader.offset = 0;
    expect(reader.readVariant()).toBe(1);
    expect(reader.failure).toBe(null);
    for (const offset of [-1, 19, 0.5, Number.NaN]) expect(() => (reader.offset = offset)).toThrow(RangeError);
    reader.offset = 18;
  });

  test('are read by the options', () => {
    expect(new VariantReader(varToBytes(new Float(1)), 0, { floats: 'number' }).readVariant()).toBe(1);
    const wide = new VariantWriter({ doublePrecision: true });
    wide.writeVariant(new Vector2(1, 2));
    expect(wide.size).toBe(20);
  });
});
