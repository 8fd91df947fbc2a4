import { describe, expect, test } from 'vitest';
import { reverseEach } from '../codec/byte-order.ts';
import * as variants from '../index.ts';
import {
  AABB,
  Basis,
  Callable,
  Color,
  EncodedObjectAsID,
  Float,
  NodePath,
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
  Plane,
  Projection,
  Quaternion,
  Rect2,
  Rect2i,
  RID,
  Signal,
  StringName,
  Transform2D,
  Transform3D,
  TypedArray,
  typeName,
  VariantType,
  VariantValue,
  Vector2,
  Vector2i,
  Vector3,
  Vector3i,
  Vector4,
  Vector4i,
  variantTypeOf,
} from '../index.ts';

test('every type has a name', () => {
  const names = Array.from({ length: 39 }, (_, type) => typeName(type));
  expect(new Set(names).size).toBe(39);
  for (const [type, name] of names.entries()) {
    expect(VariantType[type]?.replaceAll('_', '').toLowerCase()).toBe(`type${name.toLowerCase()}`);
  }
  expect(typeName(39 as VariantType)).toBe('type 39');
});

test('every class has its type', () => {
  for (const [name, exported] of Object.entries(variants)) {
    if (typeof exported !== 'function' || !(exported.prototype instanceof VariantValue)) continue;
    const Value = exported as new (first?: unknown) => VariantValue;
    const value =
      name === 'Float' ? new Float(0) : name === 'EncodedObjectAsID' ? new EncodedObjectAsID(1n) : new Value();
    expect(typeName(value.variantType)).toBe(
      name === 'Float' ? 'float' : name === 'EncodedObjectAsID' ? 'Object' : name,
    );
    expect(variantTypeOf(value)).toBe(value.variantType);
  }
});

describe('defaults are the engine’s', () => {
  test.each<[VariantValue, string]>([
    [new Vector2(), 'Vector2(0, 0)'],
    [new Vector2i(), 'Vector2i(0, 0)'],
    [new Rect2(), 'Rect2(0, 0, 0, 0)'],
    [new Rect2i(), 'Rect2i(0, 0, 0, 0)'],
    [new Vector3(), 'Vector3(0, 0, 0)'],
    [new Vector3i(), 'Vector3i(0, 0, 0)'],
    [new Transform2D(), 'Transform2D(1, 0, 0, 1, 0, 0)'],
    [new Vector4(), 'Vector4(0, 0, 0, 0)'],
    [new Vector4i(), 'Vector4i(0, 0, 0, 0)'],
    [new Plane(), 'Plane(0, 0, 0, 0)'],
    [new Quaternion(), 'Quaternion(0, 0, 0, 1)'],
    [new AABB(), 'AABB(0, 0, 0, 0, 0, 0)'],
    [new Basis(), 'Basis(1, 0, 0, 0, 1, 0, 0, 0, 1)'],
    [new Transform3D(), 'Transform3D(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)'],
    [new Projection(), 'Projection(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)'],
    [new Color(), 'Color(0, 0, 0, 1)'],
    [new Callable(), 'Callable()'],
    [new RID(), 'RID(0)'],
    [new StringName(), ''],
    [new NodePath(), ''],
    [new Float(1), '1.0'],
    [new Float(-0), '0.0'],
    [new Float(1.5), '1.5'],
    [new Float(1e300), '1e+300'],
    [new PackedVector2Array([new Vector2(1, 2)]), 'PackedVector2Array(1, 2)'],
  ])('%s', (value, text) => {
    expect(String(value)).toBe(text);
  });
});

describe('equality', () => {
  test.each<[VariantValue, VariantValue]>([
    [new Vector2(1, 2), new Vector2(1, 2)],
    [new Vector2(-0, Number.NaN), new Vector2(0, Number.NaN)],
    [new Transform3D(), new Transform3D()],
    [new NodePath('/a/b:c'), NodePath.of(['a', 'b'], ['c'], true)],
    [new Signal('a', 1n), new Signal('a', 1n)],
    [new EncodedObjectAsID(2n ** 64n - 1n), new EncodedObjectAsID(-1n)],
    [new PackedVector2Array(Float32Array.of(1, 2)), new PackedVector2Array(Float64Array.of(1, 2))],
  ])('%s equals %s', (a, b) => {
    expect(a.equals(b)).toBe(true);
    expect(b.equals(a)).toBe(true);
  });

  test.each<[VariantValue, unknown]>([
    [new Vector2(1, 2), new Vector2(1, 3)],
    [new Vector2(1, 2), new Vector2i(1, 2)],
    [new Vector4(0, 0, 0, 1), new Quaternion()],
    [new Vector2(1, 2), { x: 1, y: 2 }],
    [new Vector2(1, 2), null],
    [new NodePath('a/b'), NodePath.of(['a/b'])],
    [new NodePath('a:b'), new NodePath('a/b')],
    [new NodePath('a'), new NodePath('/a')],
    [new StringName('a'), 'a'],
    [new Float(1), 1],
    [new PackedVector2Array([]), new PackedVector2Array([new Vector2()])],
  ])('%s does not equal %s', (a, b) => {
    expect(a.equals(b)).toBe(false);
  });
});

describe('impossible values throw', () => {
  test.each([-(2 ** 31) - 1, 2 ** 31, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    '%d cannot be a component of a Vector2i',
    (x) => {
      expect(() => new Vector2i(x, 0)).toThrow(RangeError);
      expect(() => new Vector4i(0, 0, 0, x)).toThrow(RangeError);
    },
  );

  test('the least and the greatest 32-bit value can be', () => {
    expect(new Vector2i(-(2 ** 31), 2 ** 31 - 1).toArray()).toEqual([-2147483648, 2147483647]);
    expect(Object.is(new Vector2i(-0).x, 0)).toBe(true);
  });

  test('a text cannot be a component', () => {
    expect(() => new Vector2('1' as unknown as number)).toThrow(TypeError);
    expect(() => new Float('1' as unknown as number)).toThrow(TypeError);
  });

  test.each([0, 39, -1, 1.5, undefined, 'int', { kind: 'class' }, { kind: 'enum', name: 'E' }])(
    '%j cannot be an element type',
    (type) => {
      expect(() => new TypedArray(type as never)).toThrow(TypeError);
      if (type !== undefined) expect(() => new variants.Dictionary([], { key: type as never })).toThrow(TypeError);
    },
  );
});

test('a Float converts to a number', () => {
  const one = new Float(1);
  expect(one.valueOf() + 1).toBe(2);
  expect(Math.max(Number(one), 0)).toBe(1);
  expect(JSON.stringify({ one, name: new StringName('a'), path: new NodePath('a/b') })).toBe(
    '{"one":1,"name":"a","path":"a/b"}',
  );
});

test.each([
  ['', [], [], false],
  ['a', ['a'], [], false],
  ['/a/b', ['a', 'b'], [], true],
  ['/', [], [], true],
  ['../a:b:c', ['..', 'a'], ['b', 'c'], false],
  [':x', [], ['x'], false],
  ['a//b/', ['a', 'b'], [], false],
  ['.:position', ['.'], ['position'], false],
])('the path "%s"', (text, names, subnames, isAbsolute) => {
  const path = new NodePath(text);
  expect(path).toMatchObject({ names, subnames, isAbsolute });
  expect(new NodePath(String(path)).equals(path)).toBe(true);
});

describe('arrays of their own kind', () => {
  test('a TypedArray is an array, and arrays made from it are plain', () => {
    const array = new TypedArray(VariantType.TYPE_INT, [3, 1, 2]);
    expect(Array.isArray(array)).toBe(true);
    expect(array.length).toBe(3);
    array.sort();
    expect([...array]).toEqual([1, 2, 3]);
    const doubled = array.map((value) => value * 2);
    expect(doubled).toStrictEqual([2, 4, 6]);
    expect(doubled.constructor).toBe(Array);
    expect(new TypedArray(VariantType.TYPE_INT, [3])).toHaveLength(1);
  });

  test('a PackedStringArray is one, too', () => {
    const array = new PackedStringArray(['a', 'b']);
    expect(array.filter((text) => text === 'b')).toStrictEqual(['b']);
    expect(array.filter(() => true).constructor).toBe(Array);
  });

  test.each([
    [new PackedVector2Array([new Vector2(1, 2), new Vector2(3, 4)]), new Vector2(3, 4)],
    [new PackedVector3Array([new Vector3(1, 2, 3), new Vector3(4, 5, 6)]), new Vector3(4, 5, 6)],
    [new PackedVector4Array([new Vector4(1, 2, 3, 4), new Vector4(5, 6, 7, 8)]), new Vector4(5, 6, 7, 8)],
    [new PackedColorArray([new Color(1, 2, 3, 4), new Color(5, 6, 7, 8)]), new Color(5, 6, 7, 8)],
  ])('%s', (array, second) => {
    expect(array.length).toBe(2);
    expect(array.get(1)).toStrictEqual(second);
    expect([...array]).toStrictEqual([array.get(0), array.get(1)]);
    expect(array.data.length).toBe(2 * array.size);
    for (const index of [-1, 2, 0.5, Number.NaN]) expect(() => array.get(index)).toThrow(RangeError);
  });

  test('the numbers must form whole values', () => {
    expect(() => new PackedVector3Array(new Float32Array(4))).toThrow(RangeError);
    expect(new PackedVector3Array(new Float32Array(6)).length).toBe(2);
    expect(() => new PackedColorArray(new Float32Array(6))).toThrow(RangeError);
  });
});

test('numbers of the other byte order are swapped', () => {
  const bytes = Uint8Array.of(9, 1, 2, 3, 4, 5, 6, 7, 8, 9);
  reverseEach(bytes, 1, 9, 4);
  expect([...bytes]).toEqual([9, 4, 3, 2, 1, 8, 7, 6, 5, 9]);
  reverseEach(bytes, 1, 9, 8);
  expect([...bytes]).toEqual([9, 5, 6, 7, 8, 1, 2, 3, 4, 9]);
  reverseEach(bytes, 0, 10, 1);
  expect([...bytes]).toEqual([9, 5, 6, 7, 8, 1, 2, 3, 4, 9]);
});
