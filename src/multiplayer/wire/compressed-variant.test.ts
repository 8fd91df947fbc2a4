import { describe, expect, test } from 'vitest';
import { bytesOf, hex } from '../../../test/support/frames.ts';
import {
  bool,
  float,
  int,
  int64,
  objectId,
  type Schema,
  string,
  type Variant,
  VariantWriter,
  Vector2,
  variant,
  varToBytes,
} from '../../variant/index.ts';
import { CompressedReader, writeCompressed } from './compressed-variant.ts';

function written<T>(schema: Schema<T>, value: T): Uint8Array {
  const writer = new VariantWriter();
  writeCompressed(writer, schema, value);
  return writer.toBytes();
}

/** A reader of `bytes` as a whole. */
function readerOf(bytes: Uint8Array, allowsObjects = false): CompressedReader {
  const reader = new CompressedReader();
  reader.begin(bytes, 0, bytes.length, allowsObjects);
  return reader;
}

/** One value, and why there is none. */
function read<T>(schema: Schema<T>, bytes: Uint8Array): { value: T | undefined; failure: string | null } {
  const reader = readerOf(bytes);
  const value = reader.read(schema);
  return { value, failure: reader.failure };
}

/** One below, on and above the limit of each width. */
const INTEGERS: readonly (readonly [number, string])[] = [
  [0, '0200'],
  [-1, '02ff'],
  [127, '027f'],
  [128, '428000'],
  [-128, '0280'],
  [-129, '427fff'],
  [32_767, '42ff7f'],
  [32_768, '8200800000'],
  [-32_768, '420080'],
  [-32_769, '82ff7fffff'],
  [2 ** 31 - 1, '82ffffff7f'],
  [2 ** 31, 'c20000008000000000'],
  [-(2 ** 31), '8200000080'],
  [-(2 ** 31) - 1, 'c2ffffff7fffffffff'],
  [Number.MAX_SAFE_INTEGER, 'c2ffffffffffff1f00'],
];

describe('an integer takes as few bytes as it needs', () => {
  test.each(INTEGERS)('%i is %s', (value, bytes) => {
    expect(hex(written(int, value))).toBe(bytes);
    expect(hex(written(variant, value))).toBe(bytes);
    expect(hex(written(int64, BigInt(value)))).toBe(bytes);
  });

  test.each(INTEGERS)('%i is read as an int, an int64, a float and a Variant from %s', (value, text) => {
    const bytes = bytesOf(text);
    expect(read(int, bytes)).toEqual({ value, failure: null });
    expect(read(int64, bytes)).toEqual({ value: BigInt(value), failure: null });
    expect(read(float, bytes)).toEqual({ value, failure: null });
    expect(read(variant, bytes)).toEqual({ value, failure: null });
  });

  test.each(['0200', '428000', '8200800000', 'c20000008000000000'])('%s without its last byte is cut off', (text) => {
    expect(read(int, bytesOf(text).subarray(0, -1))).toEqual({ value: undefined, failure: 'an integer is cut off' });
  });
});

test.each([
  [false, '01'],
  [true, '81'],
])('%s is one byte, %s', (value, bytes) => {
  expect(hex(written(bool, value))).toBe(bytes);
  expect(hex(written(variant, value))).toBe(bytes);
  expect(read(bool, bytesOf(bytes))).toEqual({ value, failure: null });
  expect(read(variant, bytesOf(bytes))).toEqual({ value, failure: null });
});

test.each<[string, Variant]>([
  ['null', null],
  ['a float', 1.5],
  ['a string', 'text'],
  ['a vector', new Vector2(1, 2)],
])('%s has its uncompressed form, and is read back', (_, value) => {
  const bytes = written(variant, value);
  expect(bytes).toEqual(varToBytes(value));
  expect(read(variant, bytes)).toEqual({ value, failure: null });
});

describe('the first byte', () => {
  test.each([0x41, 0xc1, 0x44, 0x84, 0xc4])('%i has a mode that its type does not have', (first) => {
    const bytes = Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0);
    expect(read(variant, bytes).failure).toBe(`the first byte ${first} is no Variant type`);
  });

  test('24 and three zeros are a null object of four bytes, unless objects are decoded', () => {
    const bytes = bytesOf('18000000 0205');
    const reader = readerOf(bytes);
    expect([reader.read(objectId), reader.failure, reader.at]).toEqual([null, null, 4]);
    expect(reader.read(int)).toBe(5);
    expect(readerOf(bytes, true).read(objectId)).not.toBe(null);
    expect(read(objectId, bytesOf('18000000').subarray(0, 3)).failure).not.toBe(null);
  });
});

describe('consecutive values', () => {
  test('are read up to the end, and one more is missing', () => {
    const bytes = bytesOf(`ff 0205 81 ${hex(varToBytes('a'))} 0206`);
    const reader = new CompressedReader();
    reader.begin(bytes, 1, bytes.length - 2, false);
    expect([reader.read(int), reader.read(bool), reader.read(string)]).toEqual([5, true, 'a']);
    expect([reader.at, reader.failure]).toEqual([bytes.length - 2, null]);
    expect([reader.read(int), reader.failure]).toEqual([undefined, 'it is missing']);
  });

  test.each([511, 512, 513])('are read from a packet of %i bytes, and not beyond their end', (size) => {
    const text = varToBytes('abcdefgh');
    const packet = new Uint8Array(size);
    packet.set(text, size - text.length);
    const reader = new CompressedReader();
    reader.begin(packet, size - text.length, size, false);
    expect([reader.read(string), reader.at]).toEqual(['abcdefgh', size]);
    reader.begin(packet, size - text.length, size - 1, false);
    expect(reader.read(string)).toBe(undefined);
    expect(reader.failure).not.toBe(null);
  });
});

describe('a value of another type', () => {
  const VECTOR = new Vector2(1, 2);

  test('is passed to the conversion, whose result is used', () => {
    const asked: unknown[] = [];
    const reader = new CompressedReader((schema, value) => {
      asked.push(schema, value);
      return { value: 'converted' as never }; // of the schema's type, which is not known here
    });
    const bytes = varToBytes(VECTOR);
    reader.begin(bytes, 0, bytes.length, false);
    expect([reader.read(string), reader.failure, reader.at]).toEqual(['converted', null, bytes.length]);
    expect(asked).toEqual([string, VECTOR]);
  });

  test('keeps its failure when it cannot be converted', () => {
    const bytes = varToBytes(VECTOR);
    const { failure } = read(string, bytes);
    expect(failure).toContain('expected String, got Vector2');
    const reader = new CompressedReader(() => null);
    reader.begin(bytes, 0, bytes.length, false);
    expect([reader.read(string), reader.failure]).toEqual([undefined, failure]);
  });

  test('a value of the same type that does not match is not converted', () => {
    const reader = new CompressedReader(() => ({ value: 1 as never }));
    const bytes = bytesOf('c2ffffffffffffff7f'); // beyond 2^53
    reader.begin(bytes, 0, bytes.length, false);
    expect(reader.read(int)).toBe(undefined);
    expect(reader.failure).toContain('beyond 2^53');
  });
});
