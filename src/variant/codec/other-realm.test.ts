import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  bytesToVar,
  Dictionary,
  PackedColorArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
  type Variant,
  variantTypeOf,
  varToBytes,
} from '../index.ts';

const REALM = createContext({});
/** A value whose classes are not ours, as where a test runner gives every file its own globals. */
const foreign = <T>(source: string): T => runInContext(`(${source})`, REALM) as T;

test.each([
  'null',
  '[1, [2.5, "x"], { a: 1n }]',
  '{ a: 1, b: { c: [true] } }',
  'new Map([[1, new Map([["a", 2]])]])',
  'Uint8Array.of(1, 255)',
  'Int32Array.of(-1, 5)',
  'BigInt64Array.of(-1n, 5n)',
  'Float32Array.of(0.5, -0, NaN)',
  'Float64Array.of(0.1, -0, NaN)',
])('%s of another realm has the same type and bytes as ours', (source) => {
  const own = new Function(`return (${source})`)() as Variant;
  const other = foreign<Variant>(source);
  expect(variantTypeOf(other)).toBe(variantTypeOf(own));
  expect(varToBytes(other)).toEqual(varToBytes(own));
});

describe('keys of another realm', () => {
  test.each([
    'Float64Array.of(0, NaN)',
    'Float32Array.of(0, NaN)',
    'Uint8Array.of(1, 2)',
    'new Map([[1, 2], ["a", 3]])',
    '[1, 2]',
    '{ a: 1 }',
  ])('%s is the same key as ours', (source) => {
    const own = new Function(`return (${source})`)() as Variant;
    expect(new Dictionary<Variant, number>([[own, 1]]).get(foreign(source))).toBe(1);
    expect(new Dictionary<Variant, number>([[foreign<Variant>(source), 1]]).get(own)).toBe(1);
  });

  test('0 and -0, and every NaN, are the same in an array of floats', () => {
    const zero = new Dictionary<Variant, number>([[foreign<Variant>('Float64Array.of(-0)'), 1]]);
    expect([zero.get(Float64Array.of(0)), zero.get(foreign('Float64Array.of(0)'))]).toEqual([1, 1]);
  });
});

describe('packed arrays of numbers of another realm', () => {
  const four = '(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)';
  test.each([
    ['PackedVector2Array', PackedVector2Array],
    ['PackedVector3Array', PackedVector3Array],
    ['PackedVector4Array', PackedVector4Array],
  ])('%s, 32 and 64 bits', (_name, Packed) => {
    for (const [source, own] of [
      [`Float32Array.of${four}`, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)],
      [`Float64Array.of${four}`, Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)],
    ] as const) {
      const bytes = varToBytes(new Packed(foreign<Float32Array | Float64Array>(source)));
      expect(bytes).toEqual(varToBytes(new Packed(own)));
      expect(bytesToVar(bytes)).toEqual(new Packed(own));
    }
  });

  test('PackedColorArray: 32 bits, and no others', () => {
    const own = new PackedColorArray(Float32Array.of(1, 0, 0, 1));
    expect(varToBytes(new PackedColorArray(foreign('Float32Array.of(1, 0, 0, 1)')))).toEqual(varToBytes(own));
    for (const wide of [Float64Array.of(1, 0, 0, 1), foreign('Float64Array.of(1, 0, 0, 1)')])
      expect(() => new PackedColorArray(wide as never)).toThrow(TypeError);
  });
});
