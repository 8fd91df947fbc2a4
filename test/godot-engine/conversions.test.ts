import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { useEngines } from './engine/use-engines.ts';

/** How a parameter of a type converts a value, both in a script's notation; null: the engine refuses the call. */
interface Conversion {
  readonly type: string;
  readonly value: string;
  readonly becomes: string | null;
  /** The bytes of both, by the engine's `var_to_bytes`. */
  readonly hex: string;
  readonly becomesHex: string | null;
}

const FIXTURE = new URL('../fixtures/argument-conversions.jsonl', import.meta.url);

const TYPES: readonly string[] = (
  'bool int float String Vector2 Vector2i Rect2 Rect2i Vector3 Vector3i Transform2D Vector4 Vector4i Plane Quaternion AABB Basis ' +
  'Transform3D Projection Color StringName NodePath RID Object Callable Signal Dictionary Array Array[int] Array[String] ' +
  'Array[float] Dictionary[String,int] PackedByteArray PackedInt32Array PackedInt64Array PackedFloat32Array PackedFloat64Array ' +
  'PackedStringArray PackedVector2Array PackedVector3Array PackedColorArray PackedVector4Array'
).split(' ');

const VALUES: readonly string[] = [
  'null',
  'true',
  '5',
  '5.0',
  '5.7',
  '-5.7',
  '"5"',
  '"red"',
  '"#ff8000"',
  '&"name"',
  '^"A/B:c"',
  'Vector2(1.5, -2.5)',
  'Vector2i(1, -2)',
  'Rect2(1.5, 2.5, 3, 4)',
  'Rect2i(1, 2, 3, 4)',
  'Vector3(1.5, 2.5, -3.5)',
  'Vector3i(1, 2, 3)',
  'Transform2D(Vector2(1, 2), Vector2(3, 4), Vector2(5, 6))',
  'Vector4(1.5, 2.5, 3.5, -4.5)',
  'Vector4i(1, 2, 3, 4)',
  'Plane(0, 1, 0, 4)',
  'Quaternion(0, 0.6, 0, 0.8)',
  'AABB(Vector3(1, 2, 3), Vector3(4, 5, 6))',
  'Basis(Vector3(0, 1, 0), Vector3(-1, 0, 0), Vector3(0, 0, 1))',
  'Transform3D(Basis(Vector3(0, 1, 0), Vector3(-1, 0, 0), Vector3(0, 0, 1)), Vector3(7, 8, 9))',
  'Projection(Vector4(1, 2, 3, 0), Vector4(4, 5, 6, 0), Vector4(7, 8, 9, 0), Vector4(10, 11, 12, 1))',
  'Color(1, 0.5, 0, 1)',
  'RID()',
  'Callable()',
  'Signal()',
  '{}',
  '{"a": 1}',
  '[]',
  '[1, 2]',
  '["a", "b"]',
  '[1.5, 2]',
  '[Vector2(1, 2)]',
  '[Color(1, 0, 0, 1)]',
  'Array([1, 2], TYPE_INT, &"", null)',
  'Array(["a"], TYPE_STRING, &"", null)',
  'Dictionary({"a": 1}, TYPE_STRING, &"", null, TYPE_INT, &"", null)',
  'PackedByteArray([1, 2])',
  'PackedInt32Array([1, 2])',
  'PackedInt64Array([1, 2])',
  'PackedFloat32Array([1.5, 2])',
  'PackedFloat64Array([1.5, 2])',
  'PackedStringArray(["a"])',
  'PackedVector2Array([Vector2(1, 2)])',
  'PackedVector3Array([Vector3(1, 2, 3)])',
  'PackedColorArray([Color(1, 0, 0, 1)])',
  'PackedVector4Array([Vector4(1, 2, 3, 4)])',
];

const engines = useEngines(`
var taken: Variant = null
var is_taken := false

func take(value: Variant) -> void:
	taken = value
	is_taken = true

func convert(index: int) -> Array:
	var values: Array = [${VALUES.join(', ')}]
	var made := []
	for value: Variant in values:
		is_taken = false
		Callable(self, "take_%d" % index).callv([value])
		made.append([var_to_bytes(value).hex_encode(), var_to_str(taken) if is_taken else null, var_to_bytes(taken).hex_encode() if is_taken else null])
	return made
${TYPES.map((type, index) => `\nfunc take_${index}(value: ${type.replace(',', ', ')}) -> void:\n\ttake(value)\n`).join('')}`);

const NODE_PATH = 22;

/** The padding bytes behind the names of a NodePath are not initialised by the engine (docs/engine/variant-format.md): zeros. */
function withoutPadding(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes[0] !== NODE_PATH) return hex;
  const names = (bytes.readUInt32LE(4) & 0x7fff_ffff) + bytes.readUInt32LE(8);
  let at = 16;
  for (let name = 0; name < names; name++) {
    at += 4 + bytes.readUInt32LE(at);
    while (at % 4 > 0) bytes[at++] = 0;
  }
  return bytes.toString('hex');
}

test('what a parameter of each type makes of a value of each', async () => {
  const [game] = engines;
  const found: Conversion[] = [];
  for (const [index, type] of TYPES.entries()) {
    const made = (await game!.run(`convert(${index})`)) as [string, string | null, string | null][]; // as the script returns them
    for (const [at, [hex, becomes, becomesHex]] of made.entries()) {
      const [bytes, becomesBytes] = [withoutPadding(hex), becomesHex === null ? null : withoutPadding(becomesHex)];
      found.push({ type, value: VALUES[at]!, becomes, hex: bytes, becomesHex: becomesBytes });
    }
  }
  // Each refusal is an error of the engine's.
  game!.errors.length = 0;
  if (process.env['TICKPEER_RECORD'] !== undefined) {
    writeFileSync(FIXTURE, `${found.map((conversion) => JSON.stringify(conversion)).join('\n')}\n`);
  }
  const recorded = readFileSync(FIXTURE, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Conversion);
  expect(found).toEqual(recorded);
}, 300_000);
