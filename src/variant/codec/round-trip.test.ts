import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Basis,
  Color,
  Dictionary,
  decodeVariant,
  Float,
  NodePath,
  PackedColorArray,
  PackedStringArray,
  PackedVector3Array,
  RID,
  StringName,
  Transform2D,
  Transform3D,
  TypedArray,
  type Variant,
  VariantType,
  Vector2,
  Vector2i,
  Vector3,
  varToBytes,
} from '../index.ts';

const f32 = fc.float();
const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const vector2 = fc.tuple(f32, f32).map(([x, y]) => new Vector2(x, y));
const vector3 = fc.tuple(f32, f32, f32).map(([x, y, z]) => new Vector3(x, y, z));
const basis = fc.tuple(vector3, vector3, vector3).map(([x, y, z]) => new Basis(x, y, z));
// Without what is not carried: NUL, a leading byte order mark. Half pairs fast-check does not make here.
const text = fc
  .string({ unit: 'binary', maxLength: 60 })
  .map((value) => value.replaceAll('\0', '').replace(/^\ufeff+/, ''));
const name = text.filter((value) => value !== '');
const scalar: fc.Arbitrary<Variant> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  i32,
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((value) => !Number.isSafeInteger(Number(value))),
  // A number that looks like an INT comes back as one, so FLOATs are told apart.
  fc.double().map((value) => (Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value)),
  text,
  text.map((value) => new StringName(value)),
  vector2,
  fc.tuple(i32, i32).map(([x, y]) => new Vector2i(x, y)),
  vector3,
  basis,
  fc.tuple(basis, vector3).map(([axes, origin]) => new Transform3D(axes, origin)),
  fc.tuple(vector2, vector2, vector2).map(([x, y, origin]) => new Transform2D(x, y, origin)),
  fc.tuple(f32, f32, f32, f32).map(([r, g, b, a]) => new Color(r, g, b, a)),
  fc
    .tuple(fc.array(name, { maxLength: 4 }), fc.array(name, { maxLength: 3 }), fc.boolean())
    .map((parts) => NodePath.of(...parts)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((id) => new RID(id)),
  fc.uint8Array({ maxLength: 20 }),
  fc.int32Array({ maxLength: 5 }),
  fc.bigInt64Array({ maxLength: 5 }),
  fc.float32Array({ maxLength: 5 }),
  fc.float64Array({ maxLength: 5 }),
  fc.array(text, { maxLength: 5 }).map((texts) => new PackedStringArray(texts)),
  fc.array(vector3, { maxLength: 5 }).map((vectors) => new PackedVector3Array(vectors)),
  fc
    .array(fc.tuple(f32, f32, f32, f32), { maxLength: 3 })
    .map((colors) => new PackedColorArray(Float32Array.from(colors.flat()))),
);

const { value } = fc.letrec<{ value: Variant }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'variant' },
    scalar,
    fc.array(tie('value'), { maxLength: 5, depthIdentifier: 'variant' }),
    fc.array(i32, { maxLength: 5 }).map((list) => new TypedArray<Variant>(VariantType.TYPE_INT, list)),
    fc.array(fc.double(), { maxLength: 5 }).map((list) => new TypedArray<Variant>(VariantType.TYPE_FLOAT, list)),
    fc
      .array(fc.tuple(tie('value'), tie('value')), { maxLength: 5, depthIdentifier: 'variant' })
      .map((list) => new Dictionary(list)),
    fc
      .array(fc.tuple(text, vector2), { maxLength: 5 })
      .map(
        (list) =>
          new Dictionary<Variant, Variant>(list, { key: VariantType.TYPE_STRING, value: VariantType.TYPE_VECTOR2 }),
      ),
  ),
}));

/** How often a container in `value` is a key of a key: what is encoded, and not decoded, from three on (docs/variant.md). */
function keyLevels(value: unknown): number {
  if (value instanceof Map) {
    const keys = [...value.keys()].map((key) => (typeof key === 'object' && isContainer(key) ? 1 : 0) + keyLevels(key));
    return Math.max(0, ...keys, ...[...value.values()].map(keyLevels));
  }
  return Array.isArray(value) ? Math.max(0, ...value.map(keyLevels)) : 0;
}

const isContainer = (value: unknown): boolean => value instanceof Map || Array.isArray(value);
const decodable = value.filter((original) => keyLevels(original) <= 2);

test('an encoded value decodes to the same value', () => {
  fc.assert(
    fc.property(decodable, (original) => {
      const bytes = varToBytes(original as object);
      expect(bytes.length % 4).toBe(0);
      const decoded = decodeVariant(bytes);
      if ('code' in decoded) throw new Error(decoded.message);
      expect(decoded.size).toBe(bytes.length);
      expect(decoded.value).toStrictEqual(original);
      expect(varToBytes(decoded.value as object)).toEqual(bytes);
    }),
    { numRuns: 2000 },
  );
});

test('truncated bytes are refused', () => {
  fc.assert(
    fc.property(value, fc.nat(), (original, random) => {
      const bytes = varToBytes(original as object);
      const cut = bytes.subarray(0, random % bytes.length);
      const decoded = decodeVariant(cut);
      // Only the padding of bytes at the very end may be missing.
      if (!('code' in decoded)) expect(bytes.length - cut.length).toBeLessThan(4);
    }),
    { numRuns: 1000 },
  );
});

test('bytes with a change are decoded or refused', () => {
  fc.assert(
    fc.property(value, fc.nat(), fc.integer({ min: 0, max: 255 }), (original, random, byte) => {
      const bytes = varToBytes(original as object);
      bytes[random % bytes.length] = byte;
      expect(decodeVariant(bytes)).toBeDefined();
    }),
    { numRuns: 2000 },
  );
});
