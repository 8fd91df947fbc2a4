import { describe, expect, test } from 'vitest';
import {
  array,
  Basis,
  basis,
  bool,
  Color,
  color,
  Float,
  float,
  int,
  NodePath,
  nodePath,
  PackedStringArray,
  packedByteArray,
  packedInt32Array,
  packedStringArray,
  Quaternion,
  quaternion,
  type Schema,
  StringName,
  string,
  type Variant,
  Vector2,
  Vector2i,
  Vector3,
  variant,
  vector2,
  vector2i,
} from '../../variant/index.ts';
import { readConverted } from './argument-conversion.ts';
import { strict } from './argument-schemas.ts';

const convert = (schema: Schema<unknown>, value: Variant): unknown => {
  const result = readConverted(schema, value);
  return result === null ? 'refused' : result.value;
};

describe('numbers', () => {
  test.each([
    [2.9, 2],
    [-2.9, -2],
    [-0.5, 0],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [Number.NaN, 'refused'],
    [Number.POSITIVE_INFINITY, 'refused'],
    [2 ** 63, 'refused'],
    [-(2 ** 63), 'refused'],
  ])('the float %d is the int %s', (value, expected) => {
    expect(convert(int, new Float(value))).toBe(expected);
  });

  test.each([
    [true, 1],
    [false, 0],
    ['1', 'refused'],
    [null, 'refused'],
  ])('%j is the int %s', (value, expected) => {
    expect(convert(int, value)).toBe(expected);
  });

  test.each([
    [0, false],
    [new Float(0), false],
    [new Float(0.1), true],
    [2n ** 62n, true],
    ['true', 'refused'],
  ])('%s is the bool %s', (value, expected) => {
    expect(convert(bool, value)).toBe(expected);
  });

  test('a bool is a float', () => {
    expect([convert(float, true), convert(float, false), convert(float, '1')]).toEqual([1, 0, 'refused']);
  });
});

test('a node path and a string are each other, a string name is not', () => {
  expect(convert(string, new NodePath('a/b'))).toBe('a/b');
  expect(convert(nodePath, 'a/b')).toEqual(new NodePath('a/b'));
  expect(convert(string, new StringName('a'))).toBe('refused');
});

test.each([
  [new Vector2(1.9, -1.9), new Vector2i(1, -1)],
  [new Vector2(2 ** 31 - 1, -(2 ** 31)), new Vector2i(2 ** 31 - 1, -(2 ** 31))],
  [new Vector2(2 ** 31, 0), 'refused'],
  [new Vector2(Number.NaN, 0), 'refused'],
  [new Vector3(1, 2, 3), 'refused'],
])('%s is the Vector2i %s', (value, expected) => {
  expect(convert(vector2i, value)).toEqual(expected);
});

test('an integer vector is a vector', () => {
  expect(convert(vector2, new Vector2i(3, 4))).toEqual(new Vector2(3, 4));
});

describe('rotations', () => {
  const HALF = Math.fround(Math.SQRT1_2);

  test.each([
    [new Quaternion(0, 0, 0, 1)],
    [new Quaternion(HALF, 0, 0, HALF)],
    [new Quaternion(1, 0, 0, 0)],
    [new Quaternion(0, 1, 0, 0)],
    [new Quaternion(0, 0, 1, 0)],
  ])('%s is a basis and back', (value) => {
    const turned = convert(basis, value) as Basis;
    expect(turned).toBeInstanceOf(Basis);
    const back = convert(quaternion, turned) as Quaternion;
    for (const axis of ['x', 'y', 'z', 'w'] as const) expect(back[axis]).toBeCloseTo(value[axis], 5);
  });

  test.each([
    ['scaled', new Basis(new Vector3(1.01, 0, 0), new Vector3(0, 1, 0), new Vector3(0, 0, 1))],
    ['mirrored', new Basis(new Vector3(-1, 0, 0), new Vector3(0, 1, 0), new Vector3(0, 0, 1))],
    ['sheared', new Basis(new Vector3(1, 0, 0), new Vector3(1, 0, 0), new Vector3(0, 0, 1))],
  ])('a basis that is %s is none', (_name, value) => {
    expect(convert(quaternion, value)).toBe('refused');
  });
});

test.each([
  ['#ff0000', [1, 0, 0, 1]],
  ['00ff0000', [0, 1, 0, 0]],
  ['#f00', [1, 0, 0, 1]],
  ['00f8', [0, 0, 1, 8 / 15]],
  [0x00_00_ff_ff, [0, 0, 1, 1]],
  [-1, [1, 1, 1, 1]],
  [0x1_ff00_0000, [1, 0, 0, 0]],
  [2n ** 62n + 0xff00_00ffn, [1, 0, 0, 1]],
])('%s is a colour', (value, expected) => {
  const made = convert(color, value) as Color;
  expect(made).toBeInstanceOf(Color);
  [made.r, made.g, made.b, made.a].forEach((part, index) => {
    expect(part).toBeCloseTo(expected[index]!, 5);
  });
});

test.each(['', '#', 'ff', 'fffff', '#fffffff', 'fffffffff', 'red', 'gg0000', new Float(0.5), true])(
  '%s is no colour',
  (value) => {
    expect(convert(color, value)).toBe('refused');
  },
);

describe('arrays', () => {
  test('a packed array is an array, of floats where it has floats', () => {
    expect(convert(array(variant), Int32Array.of(1, 2))).toEqual([1, 2]);
    expect(convert(array(variant), Float32Array.of(1))).toEqual([new Float(1)]);
    expect(convert(array(variant), new PackedStringArray(['a']))).toEqual(['a']);
    expect(convert(array(variant), 'abc')).toBe('refused');
  });

  test('numbers keep their low bits', () => {
    expect(convert(packedByteArray, [255, 256, -1, new Float(2.9), new Float(Number.NaN)])).toEqual(
      Uint8Array.of(255, 0, 255, 2, 0),
    );
    expect(convert(packedInt32Array, [2 ** 31, -(2 ** 31) - 1])).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
  });

  test('one element that cannot be converted refuses all', () => {
    expect(convert(packedByteArray, [1, '2'])).toBe('refused');
    expect(convert(packedByteArray, [1, true])).toBe('refused');
    expect(convert(packedStringArray, ['a', new StringName('b')])).toEqual(new PackedStringArray(['a', 'b']));
    expect(convert(packedStringArray, ['a', 1])).toBe('refused');
  });

  test('strings are no array of bytes', () => {
    expect(convert(packedByteArray, new PackedStringArray(['1']))).toBe('refused');
  });
});

test('a strict schema converts nothing, nor does one of any type', () => {
  expect(convert(strict(int), new Float(2))).toBe('refused');
  expect(convert(variant, new Float(2))).toBe('refused');
});
