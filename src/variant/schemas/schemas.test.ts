import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import * as v from '../index.ts';

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function decode<T>(schema: v.Schema<T>, bytes: Uint8Array, options: v.DecodeOptions = {}): T {
  const decoded = schema.decode(bytes, options);
  if ('code' in decoded) throw new Error(decoded.message);
  expect(decoded.size).toBe(bytes.length);
  return decoded.value;
}

function refusal(schema: v.Schema<unknown>, bytes: Uint8Array, options: v.DecodeOptions = {}): v.VariantFailure {
  const decoded = schema.decode(bytes, options);
  if (!('code' in decoded)) throw new Error(`it was taken for ${decoded.value}`);
  return decoded;
}

const sample = new Map<v.Schema<unknown>, readonly unknown[]>([
  [v.bool, [true, false]],
  [v.int, [0, 1, -1, 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]],
  [v.int64, [0n, 1n, 2n ** 31n, 2n ** 63n - 1n, -(2n ** 63n)]],
  [v.float, [0, -0, 1, 0.1, Number.NaN, Number.NEGATIVE_INFINITY]],
  [v.number, [0, -0, 1, 0.1, Number.NaN]],
  [v.string, ['', 'text']],
  [v.stringName, ['', 'text']],
  [v.vector2, [new v.Vector2(1, 2)]],
  [v.vector2i, [new v.Vector2i(1, 2)]],
  [v.rect2, [new v.Rect2()]],
  [v.rect2i, [new v.Rect2i()]],
  [v.vector3, [new v.Vector3(1, 2, 3)]],
  [v.vector3i, [new v.Vector3i(1, 2, 3)]],
  [v.transform2D, [new v.Transform2D()]],
  [v.vector4, [new v.Vector4(1, 2, 3, 4)]],
  [v.vector4i, [new v.Vector4i(1, 2, 3, 4)]],
  [v.plane, [new v.Plane()]],
  [v.quaternion, [new v.Quaternion()]],
  [v.aabb, [new v.AABB()]],
  [v.basis, [new v.Basis()]],
  [v.transform3D, [new v.Transform3D()]],
  [v.projection, [new v.Projection()]],
  [v.color, [new v.Color()]],
  [v.nodePath, [new v.NodePath('a/b:c')]],
  [v.rid, [new v.RID(5n)]],
  [v.objectId, [null, new v.EncodedObjectAsID(5n)]],
  [v.callable, [new v.Callable()]],
  [v.signal, [new v.Signal('a', 1n)]],
  [v.packedByteArray, [Uint8Array.of(1, 2, 3)]],
  [v.packedInt32Array, [Int32Array.of(1)]],
  [v.packedInt64Array, [BigInt64Array.of(1n)]],
  [v.packedFloat32Array, [Float32Array.of(1)]],
  [v.packedFloat64Array, [Float64Array.of(1)]],
  [v.packedStringArray, [[], ['a', '']]],
  [v.packedVector2Array, [new v.PackedVector2Array([new v.Vector2(1, 2)])]],
  [v.packedVector3Array, [new v.PackedVector3Array([new v.Vector3(1, 2, 3)])]],
  [v.packedColorArray, [new v.PackedColorArray([new v.Color()])]],
  [v.packedVector4Array, [new v.PackedVector4Array([new v.Vector4(1, 2, 3, 4)])]],
  [v.array(v.int), [[], [1, 2]]],
  [v.typedArray(v.float), [[], [1, 2.5]]],
  [v.typedArray(v.objectId), [[null, new v.EncodedObjectAsID(1n)]]],
  [v.tuple(), [[]]],
  [v.tuple(v.string, v.int), [['a', 1]]],
  [v.dictionary({}), [{}]],
  [
    v.dictionary({ id: v.int, position: v.vector2, name: v.optional(v.string) }),
    [
      { id: 1, position: new v.Vector2(1, 2), name: 'a' },
      { id: 1, position: new v.Vector2(1, 2) },
    ],
  ],
  [v.dictionaryOf(v.string, v.int), [new v.Dictionary([['a', 1]])]],
  [v.dictionaryOf(v.vector2i, v.float), [new v.Dictionary([[new v.Vector2i(1, 2), 1]])]],
  [v.typedDictionary(v.stringName, v.variant), [new v.Dictionary([['a', 1]])]],
  [v.nullable(v.int), [null, 1]],
  [v.literal('red', 1, true, null), ['red', 1, true, null]],
  [v.oneOf(v.int, v.string, v.array(v.int)), [1, 'a', [1]]],
  [v.where(v.int, (hp) => hp >= 0 && hp <= 100, 'hit points'), [0, 100]],
  [v.variant, [1, 'a', null, new v.Float(1)]],
]);

describe.each([...sample].map(([schema, values]) => [schema.name, schema, values] as const))(
  '%s',
  (_, schema, values) => {
    test.each(values.map((value) => [value]))('in both directions: %s', (value) => {
      expect(schema.check(value)).toBe(null);
      const bytes = schema.encode(value);
      expect(decode(schema, bytes)).toStrictEqual(value);
      // Behind something else, and told apart from it.
      const writer = new v.VariantWriter();
      writer.writeU8(1);
      writer.write(schema, value);
      expect(writer.toBytes().subarray(1)).toEqual(bytes);
      expect(new v.VariantReader(writer.toBytes(), 1).read(schema)).toStrictEqual(value);
      for (let length = 0; length < bytes.length; length++) {
        const cut = schema.decode(bytes.subarray(0, length));
        if ('code' in cut) expect(cut.code).toBe('TICKPEER_INVALID_VARIANT');
        else expect(schema).toBe(v.packedByteArray);
      }
    });

    test('check, encode and decode agree on every other value', () => {
      for (const [other, values] of sample) {
        for (const value of values) {
          const mismatch = schema.check(value);
          if (mismatch === null) {
            expect(() => schema.encode(value)).not.toThrow();
          } else {
            expect(mismatch.code).toBe('TICKPEER_UNEXPECTED_VARIANT');
            expect(() => schema.encode(value)).toThrow(new TypeError(mismatch.message));
          }
          const decoded = schema.decode(other.encode(value));
          if ('code' in decoded)
            expect(decoded).toMatchObject({ code: 'TICKPEER_UNEXPECTED_VARIANT', error: ErrorCode.ERR_INVALID_DATA });
          else expect(schema.check(decoded.value)).toBe(null);
        }
      }
      for (const value of [undefined, Symbol('x'), () => 1, new Date(0)]) {
        if (schema.check(value) !== null) expect(() => schema.encode(value)).toThrow(TypeError);
      }
    });

    test('never throws on bytes', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 60 }),
          fc.nat(),
          fc.integer({ min: 0, max: 255 }),
          (random, at, byte) => {
            const known = schema.encode(values.at(-1));
            known[at % known.length] = byte;
            for (const bytes of [random, known]) expect(schema.decode(bytes)).toBeDefined();
          },
        ),
      );
    });
  },
);

describe('the encoding is that of the schema', () => {
  test.each<[string, Uint8Array, Uint8Array]>([
    ['float', v.float.encode(1), v.varToBytes(new v.Float(1))],
    ['int', v.int.encode(1), v.varToBytes(1)],
    ['int of -0', v.int.encode(-0), v.varToBytes(0)],
    ['int64', v.int64.encode(1n), v.varToBytes(1)],
    ['number', v.number.encode(1), v.varToBytes(1)],
    ['stringName', v.stringName.encode('a'), v.varToBytes(new v.StringName('a'))],
    ['packedStringArray', v.packedStringArray.encode(['a']), v.varToBytes(new v.PackedStringArray(['a']))],
    ['array(float)', v.array(v.float).encode([1]), v.varToBytes([new v.Float(1)])],
    ['typedArray(int)', v.typedArray(v.int).encode([1]), v.varToBytes(new v.TypedArray(v.VariantType.TYPE_INT, [1]))],
    [
      'typedArray(Object)',
      v.typedArray(v.objectId).encode([null]),
      v.varToBytes(new v.TypedArray({ kind: 'class', name: 'Node' }, [null])),
    ],
    ['dictionary', v.dictionary({ a: v.float }).encode({ a: 1 }), v.varToBytes({ a: new v.Float(1) })],
    [
      'typedDictionary(float, Variant)',
      v.typedDictionary(v.float, v.variant).encode(new Map([[1, 'a']])),
      v.varToBytes(new v.Dictionary<v.Variant, v.Variant>([[1, 'a']], { key: v.VariantType.TYPE_FLOAT })),
    ],
    [
      'dictionaryOf(float, int)',
      v.dictionaryOf(v.float, v.int).encode(new Map([[1, 2]])),
      v.varToBytes(new v.Dictionary([[new v.Float(1), 2]])),
    ],
  ])('%s', (_, bytes, expected) => {
    expect(hexOf(bytes)).toBe(hexOf(expected));
  });

  test('with the options', () => {
    expect(v.vector2.encode(new v.Vector2(), { doublePrecision: true })).toHaveLength(20);
    expect(() => v.variant.encode(new v.FullObject('Node'))).toThrow(TypeError);
    expect(v.variant.encode(new v.FullObject('Node'), { fullObjects: true })).toHaveLength(16);
  });

  test('a typed array needs one type', () => {
    for (const item of [v.variant, v.nullable(v.int), v.oneOf(v.int, v.string), v.number]) {
      expect(() => v.typedArray<unknown>(item)).toThrow(TypeError);
    }
  });
});

describe('other accepted values', () => {
  test.each<[v.Schema<unknown>, v.VariantInput, unknown]>([
    [v.float, 5, 5],
    [v.float, 2n ** 62n, 2 ** 62],
    [v.number, new v.Float(5), 5],
    [v.string, new v.StringName('a'), 'a'],
    [v.stringName, 'a', 'a'],
    [v.array(v.int), new v.TypedArray(2, [1]), [1]],
    [v.typedArray(v.int), [1], [1]],
    [v.tuple(v.int), new v.TypedArray(2, [1]), [1]],
    [v.literal(1), new v.Float(1), 1],
    [v.literal('a'), new v.StringName('a'), 'a'],
    [v.dictionary({ a: v.int }), new v.Dictionary([[new v.StringName('a'), 1]]), { a: 1 }],
    [v.dictionary({ a: v.int }), new v.Dictionary([['a', 1]], { key: 4, value: 2 }), { a: 1 }],
    [v.dictionary({ a: v.int, b: v.int }), { b: 2, more: [1, { x: 1 }], a: 1 }, { a: 1, b: 2 }],
    [
      v.dictionary({ a: v.int }),
      new Map<unknown, unknown>([
        [1, 2],
        [new v.Vector2(), 3],
        ['a', 1],
      ]),
      { a: 1 },
    ],
    [v.nullable(v.objectId), null, null],
  ])('%s', (schema, value, expected) => {
    expect(decode(schema, v.varToBytes(value))).toStrictEqual(expected);
  });

  test('of two equal keys the last is used', () => {
    const twice = v.varToBytes(
      new Map<unknown, number>([
        ['a', 1],
        [new v.StringName('a'), 2],
      ]),
    );
    expect(decode(v.dictionary({ a: v.int }), twice)).toEqual({ a: 2 });
    expect(refusal(v.dictionary({ a: v.int, b: v.int }), twice).message).toContain('b is missing');
  });

  test('FLOATs in a Variant follow the option', () => {
    const bytes = v.varToBytes([new v.Float(1)]);
    expect(decode(v.array(v.variant), bytes)).toEqual([new v.Float(1)]);
    expect(decode(v.array(v.variant), bytes, { floats: 'number' })).toEqual([1]);
  });
});

describe('a refusal has the path to the value', () => {
  const player = v.dictionary({
    id: v.int,
    hp: v.where(v.int, (hp) => hp >= 0, 'hit points'),
    tags: v.optional(v.array(v.string)),
  });
  const snapshot = v.dictionary({
    tick: v.int,
    players: v.array(player),
    scores: v.dictionaryOf(v.string, v.float),
    size: v.tuple(v.int, v.int),
  });
  const sound = { tick: 1, players: [{ id: 1, hp: 5, tags: ['x'] }], scores: new Map([['a', 1]]), size: [1, 2] };

  test.each<[string, object, string, string]>([
    ['a property', { ...sound, tick: 'x' }, 'tick', 'expected int, got String'],
    ['an element', { ...sound, players: [sound.players[0], 1] }, 'players[1]', `expected ${player.name}, got int`],
    [
      'deeper',
      { ...sound, players: [{ id: 1, hp: 5, tags: ['x', null] }] },
      'players[0].tags[1]',
      'expected String, got Nil',
    ],
    ['refined', { ...sound, players: [{ id: 1, hp: -5 }] }, 'players[0].hp', 'expected hit points, got int'],
    [
      'a value of a Map',
      {
        ...sound,
        scores: new Map<string, unknown>([
          ['a', 1],
          ['b', 'x'],
        ]),
      },
      'scores["b"]',
      'expected float, got String',
    ],
    [
      'a key of a Map',
      { ...sound, scores: new Map<unknown, unknown>([[1, 1]]) },
      'scores.key',
      'expected String, got int',
    ],
    ['of a tuple', { ...sound, size: [1, 'x'] }, 'size[1]', 'expected int, got String'],
    ['too short a tuple', { ...sound, size: [1] }, 'size', 'expected tuple(int, int), got'],
  ])('%s', (_, value, path, problem) => {
    const checked = snapshot.check(value);
    expect(checked).toMatchObject({ code: 'TICKPEER_UNEXPECTED_VARIANT', path });
    expect(checked?.message).toContain(problem);
    expect(() => snapshot.encode(value as never)).toThrow(new TypeError(checked?.message));
    const failure = refusal(snapshot, v.varToBytes(value));
    expect(failure).toMatchObject({ code: 'TICKPEER_UNEXPECTED_VARIANT', path, error: ErrorCode.ERR_INVALID_DATA });
    expect(failure.message).toContain(`${path}: ${problem}`);
    expect(failure.message).toMatch(/\(at byte \d+\)$/);
  });

  test('a missing property', () => {
    const { tick, ...rest } = sound;
    expect(snapshot.check(rest)?.message).toBe('tick: expected int, got undefined');
    expect(refusal(snapshot, v.varToBytes(rest)).message).toContain('tick is missing');
    expect(refusal(v.dictionary({ toString: v.int }), v.varToBytes({})).message).toContain('toString is missing');
    expect(refusal(v.dictionary({ a: v.optional(v.int), b: v.int }), v.varToBytes({ a: 1 })).message).toContain(
      'b is missing',
    );
  });

  test('invalid bytes', () => {
    const bytes = snapshot.encode(sound as never);
    const failure = refusal(snapshot, bytes.subarray(0, bytes.length - 4));
    expect(failure).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT', path: 'size[1]' });
  });

  test('an int that a number cannot represent', () => {
    expect(refusal(v.int, v.varToBytes(2n ** 53n)).message).toContain('int 9007199254740992, beyond 2^53');
    expect(refusal(v.int, v.varToBytes(1.5)).message).toContain('expected int, got float');
    expect(refusal(v.int, v.varToBytes(new v.Float(1))).message).toContain('expected int, got float');
    expect(v.int.check(2 ** 53)?.message).toBe('expected int, got float 9007199254740992');
  });

  test('full objects are refused, and are not objects by id', () => {
    const bytes = v.varToBytes(new v.FullObject('Node'), { fullObjects: true });
    expect(refusal(v.objectId, bytes)).toMatchObject({
      code: 'TICKPEER_INVALID_VARIANT',
      error: ErrorCode.ERR_UNAUTHORIZED,
    });
    expect(refusal(v.objectId, bytes, { allowObjects: true })).toMatchObject({ code: 'TICKPEER_UNEXPECTED_VARIANT' });
  });

  test('a property cannot be the prototype', () => {
    expect(() => v.dictionary(JSON.parse('{"__proto__": null}'))).toThrow(TypeError);
  });
});

test('a decoded value has the properties of the schema', () => {
  const schema = v.dictionary({ a: v.int, b: v.int });
  const decoded = decode(schema, v.varToBytes({ a: 1, b: 2 }));
  expect(Object.keys(decoded)).toEqual(['a', 'b']);
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  const map = decode(v.dictionaryOf(v.vector2, v.int), v.varToBytes(new Map([[new v.Vector2(1, 2), 3]])));
  expect(map.get(new v.Vector2(1, 2))).toBe(3);
});

test('a depth of 1024 holds for schemas too', () => {
  let inner: unknown[] = [];
  for (let i = 0; i < 1022; i++) inner = [inner];
  const schema = v.array(v.array(v.variant));
  expect(schema.decode(schema.encode([[inner as v.Variant]]))).toHaveProperty('value');
  expect(() => schema.encode([[[inner as v.Variant]]])).toThrow(RangeError);
});

describe('the static types', () => {
  test('of a schema’s value', () => {
    expectTypeOf<v.Infer<typeof v.int>>().toEqualTypeOf<number>();
    expectTypeOf<v.Infer<typeof v.int64>>().toEqualTypeOf<bigint>();
    expectTypeOf<v.Infer<typeof v.string>>().toEqualTypeOf<string>();
    expectTypeOf<v.Infer<typeof v.vector2>>().toEqualTypeOf<v.Vector2>();
    expectTypeOf<v.Infer<typeof v.objectId>>().toEqualTypeOf<v.EncodedObjectAsID | null>();
    expectTypeOf<v.Infer<typeof v.variant>>().toEqualTypeOf<v.Variant>();
    const list = v.array(v.nullable(v.float));
    expectTypeOf<v.Infer<typeof list>>().toEqualTypeOf<(number | null)[]>();
    const pair = v.tuple(v.string, v.int);
    expectTypeOf<v.Infer<typeof pair>>().toEqualTypeOf<[string, number]>();
    const color = v.literal('red', 'blue', 3);
    expectTypeOf<v.Infer<typeof color>>().toEqualTypeOf<'red' | 'blue' | 3>();
    const either = v.oneOf(v.int, v.string, v.vector2);
    expectTypeOf<v.Infer<typeof either>>().toEqualTypeOf<number | string | v.Vector2>();
    const map = v.dictionaryOf(v.string, pair);
    expectTypeOf<v.Infer<typeof map>>().toEqualTypeOf<Map<string, [string, number]>>();
    const player = v.dictionary({ id: v.int, name: v.optional(v.string), where: v.dictionary({ at: v.vector2 }) });
    expectTypeOf<v.Infer<typeof player>>().toEqualTypeOf<{
      id: number;
      where: { at: v.Vector2 };
      name?: string | undefined;
    }>();
  });

  test('of encoded and decoded values', () => {
    const player = v.dictionary({ id: v.int, name: v.optional(v.string) });
    interface Player {
      id: number;
      name?: string;
    }
    const one: Player = { id: 1 };
    expectTypeOf(player.encode).parameter(0).toEqualTypeOf<{ id: number; name?: string | undefined }>();
    player.encode(one);
    // @ts-expect-error: a property is missing
    expect(() => player.encode({})).toThrow(TypeError);
    // @ts-expect-error: another type
    expect(() => player.encode({ id: 'x' })).toThrow(TypeError);
    expectTypeOf(player.decode).returns.toEqualTypeOf<
      v.Decoded<{ id: number; name?: string | undefined }> | v.VariantFailure
    >();
    // @ts-expect-error: undefined is no Variant
    expect(() => v.varToBytes(undefined)).toThrow(TypeError);
    v.varToBytes(one);
    expectTypeOf(v.bytesToVar).returns.toEqualTypeOf<v.Variant | undefined>();
  });
});
