import { describe, expect, test } from 'vitest';
import { Dictionary, Float, int, VariantReader, VariantWriter, Vector2, varToBytes } from '../index.ts';

describe('Variants one behind the other, at any byte', () => {
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

  test('what throws leaves nothing', () => {
    const writer = new VariantWriter();
    writer.writeVariant(1);
    expect(() => writer.writeVariant(['some text', undefined])).toThrow(TypeError);
    expect(() => writer.write(int, 'x' as unknown as number)).toThrow('expected int, got String');
    expect(writer.toBytes()).toEqual(varToBytes(1));
  });

  test('what cannot be read stays where it is', () => {
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

  test('by the options', () => {
    expect(new VariantReader(varToBytes(new Float(1)), 0, { floats: 'number' }).readVariant()).toBe(1);
    const wide = new VariantWriter({ doublePrecision: true });
    wide.writeVariant(new Vector2(1, 2));
    expect(wide.size).toBe(20);
  });
});
