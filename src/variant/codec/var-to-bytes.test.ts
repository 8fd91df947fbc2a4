import { describe, expect, test } from 'vitest';
import {
  AABB,
  Basis,
  Callable,
  Color,
  Dictionary,
  decodeVariant,
  EncodedObjectAsID,
  Float,
  FullObject,
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
  type VariantInput,
  VariantType,
  Vector2,
  Vector2i,
  Vector3,
  Vector3i,
  Vector4,
  Vector4i,
  variantTypeOf,
  varToBytes,
} from '../index.ts';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
const encode = (value: VariantInput): string => hexOf(varToBytes(value)).replace(/../g, '$& ').trim();

const basis = new Basis(new Vector3(1, 2, 3), new Vector3(4, 5, 6), new Vector3(7, 8, 9));
const column = (first: number): Vector4 => new Vector4(first, first + 1, first + 2, first + 3);

// What an engine wrote: the tables "value, bytes" of docs/engine/variant-format.md.
const EXAMPLES: readonly (readonly [string, VariantInput, string])[] = [
  ['null', null, '00 00 00 00'],
  ['true', true, '01 00 00 00 01 00 00 00'],
  ['false', false, '01 00 00 00 00 00 00 00'],
  ['42', 42, '02 00 00 00 2A 00 00 00'],
  ['-1', -1, '02 00 00 00 FF FF FF FF'],
  ['2147483647', 2147483647, '02 00 00 00 FF FF FF 7F'],
  ['2147483648', 2147483648, '02 00 01 00 00 00 00 80 00 00 00 00'],
  ['-2147483648', -2147483648, '02 00 00 00 00 00 00 80'],
  ['-2147483649', -2147483649, '02 00 01 00 FF FF FF 7F FF FF FF FF'],
  ['42n', 42n, '02 00 00 00 2A 00 00 00'],
  ['-1n', -1n, '02 00 00 00 FF FF FF FF'],
  ['2147483648n', 2147483648n, '02 00 01 00 00 00 00 80 00 00 00 00'],
  ['2^53 - 1', Number.MAX_SAFE_INTEGER, '02 00 01 00 FF FF FF FF FF FF 1F 00'],
  ['1 - 2^53', Number.MIN_SAFE_INTEGER, '02 00 01 00 01 00 00 00 00 00 E0 FF'],
  ['2^53, a FLOAT', 2 ** 53, '03 00 00 00 00 00 00 5A'],
  ['2n^53, an INT', 2n ** 53n, '02 00 01 00 00 00 00 00 00 00 20 00'],
  ['the largest INT', 2n ** 63n - 1n, '02 00 01 00 FF FF FF FF FF FF FF 7F'],
  ['the smallest INT', -(2n ** 63n), '02 00 01 00 00 00 00 00 00 00 00 80'],
  ['1.5', 1.5, '03 00 00 00 00 00 C0 3F'],
  ['1.0', new Float(1), '03 00 00 00 00 00 80 3F'],
  ['0.1', 0.1, '03 00 01 00 9A 99 99 99 99 99 B9 3F'],
  ['INF', Number.POSITIVE_INFINITY, '03 00 00 00 00 00 80 7F'],
  ['-0.0', -0, '03 00 00 00 00 00 00 80'],
  ['NAN', Number.NaN, '03 00 01 00 00 00 00 00 00 00 F8 7F'],
  ['""', '', '04 00 00 00 00 00 00 00'],
  ['"abcd"', 'abcd', '04 00 00 00 04 00 00 00 61 62 63 64'],
  ['"hello"', 'hello', '04 00 00 00 05 00 00 00 68 65 6C 6C 6F 00 00 00'],
  ['"é"', 'é', '04 00 00 00 02 00 00 00 C3 A9 00 00'],
  ['&"move"', new StringName('move'), '15 00 00 00 04 00 00 00 6D 6F 76 65'],
  ['Vector2', new Vector2(1, -2), '05 00 00 00 00 00 80 3F 00 00 00 C0'],
  ['Vector2i', new Vector2i(1, -2), '06 00 00 00 01 00 00 00 FE FF FF FF'],
  ['Vector3', new Vector3(1, 2, 3), '09 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40'],
  ['Color', new Color(1, 0.5, 0, 1), '14 00 00 00 00 00 80 3F 00 00 00 3F 00 00 00 00 00 00 80 3F'],
  [
    'NodePath /root/Main',
    new NodePath('/root/Main'),
    '16 00 00 00 02 00 00 80 00 00 00 00 01 00 00 00 04 00 00 00 72 6F 6F 74 04 00 00 00 4D 61 69 6E',
  ],
  [
    'NodePath Player:position:x',
    new NodePath('Player:position:x'),
    '16 00 00 00 01 00 00 80 02 00 00 00 00 00 00 00 06 00 00 00 50 6C 61 79 65 72 00 00 08 00 00 00 70 6F 73 69 74 69 6F 6E 01 00 00 00 78 00 00 00',
  ],
  ['NodePath ""', new NodePath(''), '16 00 00 00 00 00 00 80 00 00 00 00 00 00 00 00'],
  [
    'NodePath ../A/B',
    new NodePath('../A/B'),
    '16 00 00 00 03 00 00 80 00 00 00 00 00 00 00 00 02 00 00 00 2E 2E 00 00 01 00 00 00 41 00 00 00 01 00 00 00 42 00 00 00',
  ],
  ['[]', [], '1C 00 00 00 00 00 00 00'],
  [
    '[1, "a", null]',
    [1, 'a', null],
    '1C 00 00 00 03 00 00 00 02 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00 61 00 00 00 00 00 00 00',
  ],
  ['{}', {}, '1B 00 00 00 00 00 00 00'],
  ['a Map', new Map(), '1B 00 00 00 00 00 00 00'],
  ['{"hp": 100}', { hp: 100 }, '1B 00 00 00 01 00 00 00 04 00 00 00 02 00 00 00 68 70 00 00 02 00 00 00 64 00 00 00'],
  [
    '{"hp": 100} without undefined',
    { no: undefined, hp: 100 },
    '1B 00 00 00 01 00 00 00 04 00 00 00 02 00 00 00 68 70 00 00 02 00 00 00 64 00 00 00',
  ],
  [
    'a Map of a number',
    new Map([[1, 'a']]),
    '1B 00 00 00 01 00 00 00 02 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00 61 00 00 00',
  ],
  [
    'Array[int] [1, 2]',
    new TypedArray(VariantType.TYPE_INT, [1, 2]),
    '1C 00 01 00 02 00 00 00 02 00 00 00 02 00 00 00 01 00 00 00 02 00 00 00 02 00 00 00',
  ],
  [
    'Array[float] [1]',
    new TypedArray(VariantType.TYPE_FLOAT, [1]),
    '1C 00 01 00 03 00 00 00 01 00 00 00 03 00 00 00 00 00 80 3F',
  ],
  [
    'Array[StringName] ["a"]',
    new TypedArray(VariantType.TYPE_STRING_NAME, ['a']),
    '1C 00 01 00 15 00 00 00 01 00 00 00 15 00 00 00 01 00 00 00 61 00 00 00',
  ],
  [
    'Array[String] [&"a"]',
    new TypedArray(VariantType.TYPE_STRING, [new StringName('a')]),
    '1C 00 01 00 04 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00 61 00 00 00',
  ],
  ['Array[String] []', new TypedArray(VariantType.TYPE_STRING), '1C 00 01 00 04 00 00 00 00 00 00 00'],
  [
    'Array[Node] [null]',
    new TypedArray({ kind: 'class', name: 'Node' }, [null]),
    '1C 00 02 00 11 00 00 00 45 6E 63 6F 64 65 64 4F 62 6A 65 63 74 41 73 49 44 00 00 00 01 00 00 00 00 00 00 00',
  ],
  [
    'Dictionary[String, int]',
    new Dictionary([['a', 1]], { key: VariantType.TYPE_STRING, value: VariantType.TYPE_INT }),
    '1B 00 05 00 04 00 00 00 02 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00 61 00 00 00 02 00 00 00 01 00 00 00',
  ],
  [
    'Dictionary[float, float]',
    new Dictionary([[1, 2]], { key: VariantType.TYPE_FLOAT, value: VariantType.TYPE_FLOAT }),
    '1B 00 05 00 03 00 00 00 03 00 00 00 01 00 00 00 03 00 00 00 00 00 80 3F 03 00 00 00 00 00 00 40',
  ],
  ['PackedByteArray', Uint8Array.of(1, 2, 3), '1D 00 00 00 03 00 00 00 01 02 03 00'],
  ['PackedByteArray of a Buffer', Buffer.from([1, 2, 3]), '1D 00 00 00 03 00 00 00 01 02 03 00'],
  ['PackedInt32Array', Int32Array.of(1, -1), '1E 00 00 00 02 00 00 00 01 00 00 00 FF FF FF FF'],
  ['PackedInt64Array', BigInt64Array.of(1n), '1F 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00'],
  ['PackedFloat32Array', Float32Array.of(1.5), '20 00 00 00 01 00 00 00 00 00 C0 3F'],
  ['PackedFloat64Array', Float64Array.of(0.1), '21 00 00 00 01 00 00 00 9A 99 99 99 99 99 B9 3F'],
  ['a part of an array', Int32Array.of(0, 1, -1).subarray(1), '1E 00 00 00 02 00 00 00 01 00 00 00 FF FF FF FF'],
  [
    'PackedStringArray',
    new PackedStringArray(['ab', 'abc']),
    '22 00 00 00 02 00 00 00 03 00 00 00 61 62 00 00 04 00 00 00 61 62 63 00',
  ],
  [
    'PackedVector2Array',
    new PackedVector2Array([new Vector2(1, 2)]),
    '23 00 00 00 01 00 00 00 00 00 80 3F 00 00 00 40',
  ],
  [
    'PackedVector2Array of doubles',
    new PackedVector2Array(Float64Array.of(1, 2)),
    '23 00 01 00 01 00 00 00 00 00 00 00 00 00 F0 3F 00 00 00 00 00 00 00 40',
  ],
  [
    'PackedVector3Array',
    new PackedVector3Array([new Vector3(1, 2, 3)]),
    '24 00 00 00 01 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40',
  ],
  [
    'PackedVector4Array',
    new PackedVector4Array([new Vector4(1, 2, 3, 4)]),
    '26 00 00 00 01 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40',
  ],
  [
    'PackedColorArray',
    new PackedColorArray([new Color(1, 1, 1)]),
    '25 00 00 00 01 00 00 00 00 00 80 3F 00 00 80 3F 00 00 80 3F 00 00 80 3F',
  ],
  ['Callable()', new Callable(), '19 00 00 00'],
  [
    'Rect2',
    new Rect2(new Vector2(1, 2), new Vector2(3, 4)),
    '07 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40',
  ],
  [
    'Rect2i',
    new Rect2i(new Vector2i(1, 2), new Vector2i(3, 4)),
    '08 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00',
  ],
  ['Vector3i', new Vector3i(1, 2, 3), '0A 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00'],
  ['Vector4', new Vector4(1, 2, 3, 4), '0C 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40'],
  ['Vector4i', new Vector4i(1, 2, 3, 4), '0D 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 04 00 00 00'],
  ['Plane', new Plane(new Vector3(1, 2, 3), 4), '0E 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40'],
  ['Quaternion', new Quaternion(1, 2, 3, 4), '0F 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40'],
  [
    'AABB',
    new AABB(new Vector3(1, 2, 3), new Vector3(4, 5, 6)),
    '10 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40 00 00 A0 40 00 00 C0 40',
  ],
  [
    'Transform2D',
    new Transform2D(new Vector2(1, 2), new Vector2(3, 4), new Vector2(5, 6)),
    '0B 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40 00 00 A0 40 00 00 C0 40',
  ],
  [
    'Basis, by rows',
    basis,
    '11 00 00 00 00 00 80 3F 00 00 80 40 00 00 E0 40 00 00 00 40 00 00 A0 40 00 00 00 41 00 00 40 40 00 00 C0 40 00 00 10 41',
  ],
  [
    'Transform3D',
    new Transform3D(basis, new Vector3(10, 11, 12)),
    '12 00 00 00 00 00 80 3F 00 00 80 40 00 00 E0 40 00 00 00 40 00 00 A0 40 00 00 00 41 00 00 40 40 00 00 C0 40 00 00 10 41 00 00 20 41 00 00 30 41 00 00 40 41',
  ],
  [
    'Projection',
    new Projection(column(1), column(5), column(9), column(13)),
    '13 00 00 00 00 00 80 3F 00 00 00 40 00 00 40 40 00 00 80 40 00 00 A0 40 00 00 C0 40 00 00 E0 40 00 00 00 41 00 00 10 41 00 00 20 41 00 00 30 41 00 00 40 41 00 00 50 41 00 00 60 41 00 00 70 41 00 00 80 41',
  ],
  ['RID()', new RID(), '17 00 00 00 00 00 00 00 00 00 00 00'],
  ['Signal()', new Signal(), '1A 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00'],
  ['an object, as id', new EncodedObjectAsID(5n), '18 00 01 00 05 00 00 00 00 00 00 00'],
];

describe('the bytes of the engine', () => {
  test.each(EXAMPLES)('%s', (_, value, hex) => {
    expect(encode(value)).toBe(hex);
    expect(Number.parseInt(hex, 16)).toBe(variantTypeOf(value));
  });

  test.each(EXAMPLES)('%s, and back', (_, value, hex) => {
    const decoded = decodeVariant(varToBytes(value));
    if ('code' in decoded) throw new Error(decoded.message);
    expect(encode(decoded.value as VariantInput)).toBe(hex);
    expect(decoded.size).toBe(hex.split(' ').length);
  });
});

describe('64-bit components', () => {
  test.each(EXAMPLES.filter(([, value]) => variantTypeOf(value)! >= 5 && variantTypeOf(value)! <= 20))(
    '%s',
    (_, value) => {
      const bytes = varToBytes(value, { doublePrecision: true });
      const type = variantTypeOf(value)!;
      const isWide = ![6, 8, 10, 13, 20].includes(type);
      expect(bytes[2]).toBe(isWide ? 1 : 0);
      expect(bytes.length).toBe(isWide ? 2 * varToBytes(value).length - 4 : varToBytes(value).length);
      const decoded = decodeVariant(bytes);
      expect('value' in decoded && decoded.value).toEqual(value);
    },
  );

  test('keep what 32 bits do not', () => {
    const decoded = decodeVariant(varToBytes(new Vector2(0.1, 1e300), { doublePrecision: true }));
    expect(decoded).toMatchObject({ value: new Vector2(0.1, 1e300) });
    expect(decodeVariant(varToBytes(new Vector2(0.1, 1e300)))).toMatchObject({
      value: new Vector2(Math.fround(0.1), Number.POSITIVE_INFINITY),
    });
  });
});

describe('texts', () => {
  test.each([
    ['a NUL becomes U+FFFD: the engine would stop there', 'a\0b', 'a\ufffdb'],
    ['so does half of a pair', 'a\ud800b', 'a\ufffdb'],
    ['a pair stays', 'a😀b', 'a😀b'],
    ['the engine drops a leading byte order mark', '\ufeffab', 'ab'],
    ['one in the middle stays', 'a\ufeffb', 'a\ufeffb'],
  ])('%s', (_, text, expected) => {
    expect(decodeVariant(varToBytes(text))).toMatchObject({ value: expected });
    const long = 'x'.repeat(100);
    expect(decodeVariant(varToBytes(text + long))).toMatchObject({ value: expected + long });
  });

  test.each([0, 1, 15, 16, 17, 31, 32, 33, 1000, 100_000])('of %i characters', (length) => {
    for (const text of ['x'.repeat(length), 'é'.repeat(length)]) {
      expect(decodeVariant(varToBytes(text))).toMatchObject({ value: text });
      // From the short ones that were met, too.
      expect(decodeVariant(varToBytes([text, text]))).toMatchObject({ value: [text, text] });
    }
  });
});

describe('a value that is not a Variant throws', () => {
  class Player {
    hp = 1;
  }
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a symbol', Symbol('x')],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a foreign class', new Player()],
    ['a Set', new Set()],
    ['an ArrayBuffer', new ArrayBuffer(4)],
    ['a DataView', new DataView(new ArrayBuffer(4))],
    ['a Uint16Array', new Uint16Array(1)],
    ['a Uint8ClampedArray', new Uint8ClampedArray(1)],
    ['a BigUint64Array', new BigUint64Array(1)],
    ['a full object', new FullObject('Node')],
  ])('%s', (name, value) => {
    const input = value as VariantInput;
    expect(() => varToBytes(input)).toThrow(TypeError);
    expect(() => varToBytes([input])).toThrow(TypeError);
    expect(() => varToBytes(new Map([['k', input]]))).toThrow(TypeError);
    if (value !== undefined) expect(() => varToBytes({ k: input })).toThrow(TypeError);
    expect(variantTypeOf(value)).toBe(name === 'a full object' ? VariantType.TYPE_OBJECT : null);
  });

  test.each([2n ** 63n, -(2n ** 63n) - 1n])('the bigint %s: RangeError', (value) => {
    expect(() => varToBytes(value)).toThrow(RangeError);
    expect(variantTypeOf(value)).toBe(null);
  });

  test.each<[string, VariantInput]>([
    ['an int in an Array[String]', new TypedArray(VariantType.TYPE_STRING, [1])],
    ['a fraction in an Array[int]', new TypedArray(VariantType.TYPE_INT, [1.5])],
    ['null in an Array[int]', new TypedArray(VariantType.TYPE_INT, [null])],
    ['an int in an Array[Node]', new TypedArray({ kind: 'class', name: 'Node' }, [1])],
    ['a String value in a Dictionary[int, int]', new Dictionary([[1, 'a']], { key: 2, value: 2 })],
    ['a String key in a Dictionary[int, int]', new Dictionary([['a', 1]], { key: 2, value: 2 })],
  ])('%s', (_, value) => {
    expect(() => varToBytes(value)).toThrow(TypeError);
  });

  test('and the next encoding is not affected', () => {
    expect(() => varToBytes(['some text', undefined])).toThrow(TypeError);
    expect(encode(42)).toBe('02 00 00 00 2A 00 00 00');
  });
});

describe('depth', () => {
  const nested = (levels: number, inner: VariantInput[] = []): VariantInput => {
    let value: VariantInput[] = inner;
    for (let i = 0; i < levels; i++) value = [value];
    return value;
  };

  test.each([
    ['1023 arrays in the outermost', nested(1023), true],
    ['1024 arrays in the outermost', nested(1024), true],
    ['1025 arrays in the outermost', nested(1025), false],
    ['an int 1024 deep', nested(1023, [1]), true],
    ['an int 1025 deep', nested(1024, [1]), false],
    ['a dictionary 1024 deep', nested(1023, [{}]), true],
    ['a dictionary 1025 deep', nested(1024, [{}]), false],
    ['a float in a typed array 1025 deep', nested(1023, [new TypedArray(VariantType.TYPE_FLOAT, [1])]), false],
  ])('%s', (_, value, fits) => {
    if (!fits) expect(() => varToBytes(value)).toThrow(RangeError);
    else expect(decodeVariant(varToBytes(value))).toHaveProperty('value');
  });

  test('a value that contains itself', () => {
    const array: unknown[] = [];
    array.push(array);
    const map = new Map<string, unknown>();
    map.set('self', map);
    const record: Record<string, unknown> = {};
    record['self'] = [record];
    for (const value of [array, map, record]) expect(() => varToBytes(value)).toThrow(RangeError);
  });
});

test('the returned bytes are not written to again', () => {
  const first = varToBytes('first');
  const copy = first.slice();
  varToBytes('other');
  expect(first).toEqual(copy);
  expect(first.buffer.byteLength).toBe(first.length);
});

test('a getter can encode while another encoding runs', () => {
  const value = {
    before: 1,
    get inner() {
      return varToBytes('inner');
    },
    after: 2,
  };
  expect(encode(value)).toBe(encode({ before: 1, inner: varToBytes('inner'), after: 2 }));
});

test('a value larger than the memory that is kept', () => {
  const long = 'é'.repeat(1_000_000);
  expect(decodeVariant(varToBytes([long, 1]))).toMatchObject({ value: [long, 1] });
  expect(encode(1)).toBe('02 00 00 00 01 00 00 00');
});

test('a text of any characters and length is UTF-8', () => {
  const utf8 = new TextEncoder();
  for (let unit = 1; unit < 0x1_0000; unit += 7) {
    for (const text of [
      String.fromCharCode(unit),
      `a${String.fromCharCode(unit)}é`,
      `雪${String.fromCodePoint(unit + 0x1_0000)}`,
    ]) {
      const bytes = utf8.encode(text);
      const sent = varToBytes(text);
      expect(sent.subarray(8, 8 + bytes.length), `unit ${unit}`).toEqual(bytes);
      expect(sent[4]).toBe(bytes.length);
    }
  }
  for (const length of [31, 32, 33]) {
    const text = 'ü'.repeat(length);
    expect(decodeVariant(varToBytes(text))).toMatchObject({ value: text });
  }
});

test('a key of a plain object is encoded like that of a Map, the first time and later', () => {
  const lengths = [0, 1, 3, 4, 15, 16, 17, 40];
  // Many begin and end alike.
  const keys = lengths.flatMap((length) => ['a', 'ä', 'ab', '\0', '\ud800'].map((text) => text.repeat(length)));
  for (let n = 0; n < 600; n++) keys.push(`k${n % 100}_${n}`);
  for (let round = 0; round < 2; round++) {
    for (const key of keys)
      expect(encode({ [key]: 1, [`${key}s`]: 2 })).toBe(
        encode(
          new Map([
            [key, 1],
            [`${key}s`, 2],
          ]),
        ),
      );
  }
});

test('plain objects: without a prototype, of another realm, with odd names', () => {
  const bare = Object.assign(Object.create(null), { a: 1 });
  expect(encode(bare)).toBe(encode({ a: 1 }));
  const odd = JSON.parse('{"__proto__": 1, "constructor": 2, "10": 3}');
  const decoded = decodeVariant(varToBytes(odd));
  expect('value' in decoded && [...(decoded.value as Dictionary)]).toEqual([
    ['10', 3],
    ['__proto__', 1],
    ['constructor', 2],
  ]);
  const inherits = Object.create(null);
  Object.setPrototypeOf(inherits, Object.assign(Object.create(null), { inherited: 1 }));
  expect(encode(inherits)).toBe(encode({}));
  // What it says that it is does not count.
  expect(encode({ a: 1, [Symbol.toStringTag]: 'Map' } as VariantInput)).toBe(encode({ a: 1 }));
});

describe('full objects', () => {
  const object = new FullObject('Node', [
    ['script', 'res://a.gd'],
    ['child', new FullObject('Child')],
  ]);

  test('come back as they were', () => {
    const bytes = varToBytes(object, { fullObjects: true });
    const decoded = decodeVariant(bytes, { allowObjects: true });
    if ('code' in decoded) throw new Error(decoded.message);
    const copy = decoded.value as FullObject;
    expect(copy.className).toBe('Node');
    expect(copy.properties.get('script')).toBe('res://a.gd');
    expect(copy.properties.get('child')).toBeInstanceOf(FullObject);
    expect(varToBytes(copy, { fullObjects: true })).toEqual(bytes);
  });

  test('name the classes and scripts of typed arrays', () => {
    for (const kind of ['class', 'script'] as const) {
      const array = new TypedArray({ kind, name: 'res://enemy.gd' }, [object, null]);
      const bytes = varToBytes(array, { fullObjects: true });
      expect(bytes[2]).toBe(kind === 'class' ? 2 : 3);
      const decoded = decodeVariant(bytes, { allowObjects: true });
      if ('code' in decoded) throw new Error(decoded.message);
      expect((decoded.value as TypedArray).elementType).toEqual({ kind, name: 'res://enemy.gd' });
      expect(varToBytes(decoded.value as TypedArray, { fullObjects: true })).toEqual(bytes);
    }
  });

  test('need a class', () => {
    expect(() => new FullObject('')).toThrow(RangeError);
    expect(String(object)).toMatch(/^<Node#\d+>$/);
  });
});
