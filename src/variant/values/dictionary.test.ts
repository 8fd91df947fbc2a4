import { describe, expect, test } from 'vitest';
import {
  Dictionary,
  EncodedObjectAsID,
  Float,
  FullObject,
  NodePath,
  PackedStringArray,
  PackedVector2Array,
  RID,
  Signal,
  StringName,
  TypedArray,
  type Variant,
  Vector2,
  Vector2i,
} from '../index.ts';

describe('one key', () => {
  test.each<[string, unknown, unknown]>([
    ['a number and the bigint', 5, 5n],
    ['a large bigint', 2n ** 60n, 2n ** 60n],
    ['a FLOAT and the Float', 1.5, new Float(1.5)],
    ['two Floats', new Float(1), new Float(1)],
    ['0.0 and -0.0', new Float(0), -0],
    ['-0.0 and -0.0', -0, new Float(-0)],
    ['NaN', Number.NaN, new Float(Number.NaN)],
    ['a String and the StringName', 'a', new StringName('a')],
    ['two StringNames', new StringName('a'), new StringName('a')],
    ['vectors', new Vector2(1, 2), new Vector2(1, 2)],
    ['vectors with -0', new Vector2(-0, 2), new Vector2(0, 2)],
    ['arrays', [1, [2n, 'x'], null], [1n, [2, 'x'], null]],
    ['arrays with -0', [-0], [new Float(0)]],
    ['a typed array and a plain one', new TypedArray(2, [1]), [1]],
    [
      'dictionaries, whatever their order',
      new Map<Variant, Variant>([
        ['a', 1],
        ['b', 2],
      ]),
      new Dictionary([
        ['b', 2],
        ['a', 1],
      ]),
    ],
    ['a plain object', { a: 1 }, new Map([['a', 1]])],
    ['packed arrays', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ['packed strings', new PackedStringArray(['a']), new PackedStringArray(['a'])],
  ])('%s', (_, first, second) => {
    for (const [a, b] of [
      [first, second],
      [second, first],
    ]) {
      const dictionary = new Dictionary<unknown, number>([
        ['before', 0],
        [a, 1],
      ]);
      expect(dictionary.get(b)).toBe(1);
      expect(dictionary.has(b)).toBe(true);
      dictionary.set(b, 2);
      expect(dictionary.size).toBe(2);
      expect(dictionary.get(a)).toBe(2);
      expect(dictionary.delete(b)).toBe(true);
      expect(dictionary.delete(a)).toBe(false);
      expect([...dictionary.keys()]).toEqual(['before']);
      dictionary.set(b, 3);
      expect(dictionary.get(a)).toBe(3);
      dictionary.clear();
      expect(dictionary.has(a)).toBe(false);
      expect(dictionary.size).toBe(0);
    }
  });
});

describe('two keys', () => {
  const object = new FullObject('Node');
  test.each<[string, unknown, unknown]>([
    ['1 and 1.0', 1, new Float(1)],
    ['0 and 0.0', 0, new Float(0)],
    ['0 and -0.0', 0, -0],
    ['2^60 as INT and FLOAT', 2n ** 60n, 2 ** 60],
    ['1 and "1"', 1, '1'],
    ['1 and true', 1, true],
    ['null and "null"', null, 'null'],
    ['vectors of other types', new Vector2(1, 2), new Vector2i(1, 2)],
    ['[1] and [1.0]', [1], [new Float(1)]],
    ['["a", "b"] and ["a,b"]', ['a', 'b'], ['a,b']],
    ['["1:a"] and others', ['1:a', ''], ['', '1:a']],
    ['["a"] and [&"a"]', ['a'], [new StringName('a')]],
    ['[] and {}', [], new Map()],
    ['[] and packed', [], new PackedStringArray()],
    ['[1] and [[1]]', [1], [[1]]],
    ['bytes and ints', Uint8Array.of(1), Int32Array.of(1)],
    ['{1: 2} and {2: 1}', new Map([[1, 2]]), new Map([[2, 1]])],
    ['objects', object, new FullObject('Node')],
    ['objects in arrays', [object], [new FullObject('Node')]],
  ])('%s', (_, a, b) => {
    const dictionary = new Dictionary([
      [a, 'a'],
      [b, 'b'],
    ]);
    expect(dictionary.size).toBe(2);
    expect(dictionary.get(a)).toBe('a');
    expect(dictionary.get(b)).toBe('b');
  });

  test('an object is equal to itself', () => {
    expect(new Dictionary([[object, 1]]).get(object)).toBe(1);
    expect(new Dictionary([[[object], 1]]).get([object])).toBe(1);
  });
});

test('the first of equal keys stays', () => {
  const name = new StringName('a');
  expect([
    ...new Dictionary<Variant, number>([
      [name, 1],
      ['a', 2],
    ]),
  ]).toEqual([[name, 2]]);
  expect([
    ...new Dictionary<Variant, number>([
      ['a', 1],
      [name, 2],
    ]),
  ]).toEqual([['a', 2]]);
});

test('it is a Map', () => {
  const dictionary = new Dictionary([['a', 1]]);
  expect(dictionary).toBeInstanceOf(Map);
  expect(new Map(dictionary)).toEqual(new Map([['a', 1]]));
  expect(dictionary.set('b', 2)).toBe(dictionary);
  expect(Object.fromEntries(dictionary)).toEqual({ a: 1, b: 2 });
  expect(dictionary).toMatchObject({ keyType: null, valueType: null });
});

test('JSON.stringify shows its entries', () => {
  const plain = new Dictionary<Variant, Variant>([
    ['name', 'A'],
    [new StringName('hp'), 5],
    ['__proto__', new Float(1)],
    ['inner', new Dictionary<Variant, Variant>([[new Vector2i(1, 2), [2n ** 60n].length]])],
    ['large', 2n ** 60n],
  ]);
  expect(JSON.parse(JSON.stringify(plain))).toEqual(
    JSON.parse('{"name":"A","hp":5,"__proto__":1,"inner":[[{"x":1,"y":2},1]],"large":"1152921504606846976"}'),
  );
  expect(JSON.stringify(new Dictionary([[1, 'one']]))).toBe('[[1,"one"]]');
  expect(JSON.stringify(new Dictionary([[2n ** 60n, null]]))).toBe('[["1152921504606846976",null]]');
  expect(JSON.stringify(new Dictionary())).toBe('{}');
});

test('JSON.stringify of a Dictionary throws for no key or value', () => {
  const held: Record<string, unknown> = {
    list: [1n, 2n ** 60n, [-(2n ** 53n)]],
    typed: new TypedArray(2, [2n ** 60n]),
    longs: BigInt64Array.of(1n, 2n ** 60n),
    bytes: Uint8Array.of(1, 2),
    floats: Float32Array.of(0.5),
    vectors: new PackedVector2Array([new Vector2(1, 2)]),
    texts: new PackedStringArray(['a']),
    map: new Map([[2n ** 60n, [2n ** 60n]]]),
    object: { id: 2n ** 60n, deep: { list: [2n ** 60n] } },
    rid: new RID(2n ** 60n),
    id: new EncodedObjectAsID(5n),
    signal: new Signal('hit', 2n ** 60n),
    full: new FullObject('Node', [['id', 2n ** 60n]]),
    path: new NodePath('a/b'),
    nothing: null,
  };
  const large = '1152921504606846976';
  expect(JSON.parse(JSON.stringify(new Dictionary(Object.entries(held))))).toEqual({
    list: [1, large, ['-9007199254740992']],
    typed: [large],
    longs: [1, large],
    bytes: [1, 2],
    floats: [0.5],
    vectors: [{ x: 1, y: 2 }],
    texts: ['a'],
    map: [[large, [large]]],
    object: { id: large, deep: { list: [large] } },
    rid: { id: large },
    id: { objectId: 5 },
    signal: { name: 'hit', objectId: large },
    full: { className: 'Node', properties: { id: large } },
    path: 'a/b',
    nothing: null,
  });
  // A plain array is JavaScript's own, and JSON.stringify throws for a bigint in it (docs/variant.md).
  expect(() => JSON.stringify([2n ** 60n])).toThrow(TypeError);
  expect(JSON.stringify(new Dictionary([['all', [2n ** 60n]]]))).toBe(`{"all":["${large}"]}`);
});

test('of and from make a PackedStringArray, as of any array', () => {
  for (const made of [
    PackedStringArray.of('x', 'y'),
    PackedStringArray.from(['x', 'y']),
    PackedStringArray.from({ length: 2, 0: 'x', 1: 'y' }),
  ]) {
    expect(made).toBeInstanceOf(PackedStringArray);
    expect(made).toEqual(new PackedStringArray(['x', 'y']));
  }
  expect(PackedStringArray.of()).toEqual(new PackedStringArray());
});
