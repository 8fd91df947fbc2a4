import { rpc } from 'tickpeer/multiplayer';
import {
  AABB,
  aabb,
  array,
  Basis,
  basis,
  bool,
  Callable,
  Color,
  callable,
  color,
  Dictionary,
  dictionary,
  dictionaryOf,
  float,
  int,
  int64,
  literal,
  NodePath,
  nodePath,
  nullable,
  number,
  objectId,
  oneOf,
  optional,
  PackedColorArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
  Plane,
  Projection,
  packedByteArray,
  packedColorArray,
  packedFloat32Array,
  packedFloat64Array,
  packedInt32Array,
  packedInt64Array,
  packedStringArray,
  packedVector2Array,
  packedVector3Array,
  packedVector4Array,
  plane,
  projection,
  Quaternion,
  quaternion,
  Rect2,
  Rect2i,
  RID,
  rect2,
  rect2i,
  rid,
  type Schema,
  Signal,
  signal,
  string,
  stringName,
  Transform2D,
  Transform3D,
  transform2D,
  transform3D,
  tuple,
  typedArray,
  typedDictionary,
  Vector2,
  Vector2i,
  Vector3,
  Vector3i,
  Vector4,
  Vector4i,
  vector2,
  vector2i,
  vector3,
  vector3i,
  vector4,
  vector4i,
  where,
} from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { gather } from './engine/gather.ts';
import { useEngines } from './engine/use-engines.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';

/** A parameter as a script declares it, a value of the script's, the schema for it here, and the same value here. */
interface Case {
  readonly type: string;
  readonly script: string;
  readonly schema: Schema<unknown>;
  readonly value: unknown;
}

function of<T>(type: string, script: string, schema: Schema<T>, value: T): Case {
  return { type, script, schema: schema as Schema<unknown>, value };
}

const X = new Vector3(1, 2, 3);
const Y = new Vector3(4, 5, 6);
const Z = new Vector3(7, 8, 9);
const BASIS = 'Basis(Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 9))';
const player = dictionary({ name: string, at: vector2, hp: where(int, (hp) => hp >= 0, 'hp'), team: optional(string) });

const CASES: readonly Case[] = [
  of('bool', 'true', bool, true),
  of('bool', 'false', bool, false),
  of('int', '-128', int, -128),
  of('int', '32767', int, 32767),
  of('int', '-2147483648', int, -2_147_483_648),
  of('int', '9007199254740991', int, Number.MAX_SAFE_INTEGER),
  of('int', '9223372036854775807', int64, 2n ** 63n - 1n),
  of('int', '5', int64, 5n),
  of('float', '0.1', float, 0.1),
  of('float', '3.0', float, 3),
  of('float', '-0.0', float, -0),
  of('float', 'INF', float, Number.POSITIVE_INFINITY),
  of('Variant', '7', number, 7),
  of('Variant', '7.5', number, 7.5),
  of('String', '"日本 a😀b"', string, '日本 a😀b'),
  of('StringName', '&"jump"', stringName, 'jump'),
  of('NodePath', '^"../A:position:x"', nodePath, new NodePath('../A:position:x')),
  of('Vector2', 'Vector2(1.5, -2)', vector2, new Vector2(1.5, -2)),
  of('Vector2i', 'Vector2i(1, -2)', vector2i, new Vector2i(1, -2)),
  of('Rect2', 'Rect2(1, 2, 3, 4)', rect2, new Rect2(new Vector2(1, 2), new Vector2(3, 4))),
  of('Rect2i', 'Rect2i(1, 2, 3, 4)', rect2i, new Rect2i(new Vector2i(1, 2), new Vector2i(3, 4))),
  of('Vector3', 'Vector3(1, 2, 3)', vector3, X),
  of('Vector3i', 'Vector3i(1, 2, -3)', vector3i, new Vector3i(1, 2, -3)),
  of('Vector4', 'Vector4(1, 2, 3, 4)', vector4, new Vector4(1, 2, 3, 4)),
  of('Vector4i', 'Vector4i(1, 2, 3, 4)', vector4i, new Vector4i(1, 2, 3, 4)),
  of('Plane', 'Plane(1, 2, 3, 4)', plane, new Plane(X, 4)),
  of('Quaternion', 'Quaternion(0.5, -0.5, 0.5, 0.5)', quaternion, new Quaternion(0.5, -0.5, 0.5, 0.5)),
  of('AABB', 'AABB(Vector3(1, 2, 3), Vector3(4, 5, 6))', aabb, new AABB(X, Y)),
  of('Basis', BASIS, basis, new Basis(X, Y, Z)),
  of(
    'Transform2D',
    'Transform2D(Vector2(1, 2), Vector2(3, 4), Vector2(5, 6))',
    transform2D,
    new Transform2D(new Vector2(1, 2), new Vector2(3, 4), new Vector2(5, 6)),
  ),
  of('Transform3D', `Transform3D(${BASIS}, Vector3(4, 5, 6))`, transform3D, new Transform3D(new Basis(X, Y, Z), Y)),
  of(
    'Projection',
    'Projection(Vector4(1, 2, 3, 4), Vector4(5, 6, 7, 8), Vector4(9, 10, 11, 12), Vector4(13, 14, 15, 16))',
    projection,
    new Projection(
      new Vector4(1, 2, 3, 4),
      new Vector4(5, 6, 7, 8),
      new Vector4(9, 10, 11, 12),
      new Vector4(13, 14, 15, 16),
    ),
  ),
  of('Color', 'Color(0.25, 0.5, 0.75, 1)', color, new Color(0.25, 0.5, 0.75, 1)),
  of('RID', 'RID()', rid, new RID()),
  of('Object', 'null', objectId, null),
  of('Callable', 'Callable()', callable, new Callable()),
  of('Signal', 'Signal()', signal, new Signal()),
  of('Dictionary', '{"name": "A", "at": Vector2(1, 2), "hp": 5}', player, {
    name: 'A',
    at: new Vector2(1, 2),
    hp: 5,
  }),
  of(
    'Dictionary',
    '{1: "x", 2: "y"}',
    dictionaryOf(int, string),
    new Dictionary([
      [1, 'x'],
      [2, 'y'],
    ]),
  ), // prettier
  of('Dictionary[String, int]', '{"a": 1}', typedDictionary(string, int), new Dictionary([['a', 1]])),
  of('Array', '[1, 2.5, 3]', array(number), [1, 2.5, 3]),
  of('Array', '["x", Vector2(1, 2)]', tuple(string, vector2), ['x', new Vector2(1, 2)]),
  of('Array[int]', '[1, 2]', typedArray(int), [1, 2]),
  of('Array[Dictionary]', '[{"name": "B", "at": Vector2(), "hp": 0, "team": "red"}]', typedArray(player), [
    { name: 'B', at: new Vector2(), hp: 0, team: 'red' },
  ]),
  of('PackedByteArray', 'PackedByteArray([250, 251])', packedByteArray, Uint8Array.of(250, 251)),
  of('PackedInt32Array', 'PackedInt32Array([1, -1])', packedInt32Array, Int32Array.of(1, -1)),
  of('PackedInt64Array', 'PackedInt64Array([1, -1])', packedInt64Array, BigInt64Array.of(1n, -1n)),
  of('PackedFloat32Array', 'PackedFloat32Array([1.5])', packedFloat32Array, Float32Array.of(1.5)),
  of('PackedFloat64Array', 'PackedFloat64Array([0.1])', packedFloat64Array, Float64Array.of(0.1)),
  of('PackedStringArray', 'PackedStringArray(["", "ab", "€"])', packedStringArray, ['', 'ab', '€']),
  of(
    'PackedVector2Array',
    'PackedVector2Array([Vector2(1, 2)])',
    packedVector2Array,
    new PackedVector2Array([new Vector2(1, 2)]),
  ),
  of('PackedVector3Array', 'PackedVector3Array([Vector3(1, 2, 3)])', packedVector3Array, new PackedVector3Array([X])),
  of(
    'PackedVector4Array',
    'PackedVector4Array([Vector4(1, 2, 3, 4)])',
    packedVector4Array,
    new PackedVector4Array([new Vector4(1, 2, 3, 4)]),
  ),
  of(
    'PackedColorArray',
    'PackedColorArray([Color(1, 0, 0, 0.5)])',
    packedColorArray,
    new PackedColorArray([new Color(1, 0, 0, 0.5)]),
  ),
  of('Variant', 'null', nullable(int), null),
  of('Variant', '"red"', literal('red', 'blue'), 'red'),
  of('Variant', 'Vector2(1, 2)', oneOf(int, vector2), new Vector2(1, 2)),
];

const engines = useEngines(
  CASES.map(
    ({ type, script }, index) => `
func value_${index}() -> ${type}:
	return ${script}

@rpc("any_peer") func take_${index}(value: ${type}) -> void:
	var ours: ${type} = value_${index}()
	tell("take_${index}", [typeof(value) == typeof(ours), value == ours, var_to_str(value) == var_to_str(ours)])

func give_${index}() -> void:
	rpc_id(1, "take_${index}", value_${index}())
`,
  ).join(''),
);

test('a value of each type is the same in a script and here, in both directions', async () => {
  const [game] = engines;
  const server = Side.server();
  const came: unknown[] = [];
  const methods = CASES.map(({ schema }, index) => [
    `take_${index}`,
    rpc.anyPeer([schema], (_from, value) => came.push(value)),
  ]);
  const main = server.multiplayer.node('Main', Object.fromEntries(methods));
  const [id] = await gather(server, [game!]);
  for (const index of CASES.keys()) {
    await game!.run(`give_${index}()`);
    await until(() => came.length > index || server.told.length > 0);
    expect(server.told).toEqual([]);
  }
  expect(came).toEqual(CASES.map(({ value }) => value));
  for (const [index, { value }] of CASES.entries()) main[`take_${index}`]!.rpcId(id!, value);
  await expectNext(
    game!.lines,
    CASES.map((_, index) => told(`take_${index}`, true, true, true)),
  );
});
