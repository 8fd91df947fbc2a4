import { isFloat32Array, isFloat64Array } from '../../bytes.ts';
import { isFailure } from '../../failure.ts';
import {
  Basis,
  Color,
  Float,
  NodePath,
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
  Projection,
  Quaternion,
  Rect2,
  Rect2i,
  type Schema,
  StringName,
  Transform2D,
  Transform3D,
  type Variant,
  type VariantInput,
  VariantType,
  Vector2,
  Vector2i,
  Vector3,
  Vector3i,
  Vector4,
  Vector4i,
  varToBytes,
} from '../../variant/index.ts';
import { StrictSchema } from './argument-schemas.ts';

/**
 * Converts `value` as a call in a script would, and reads the result by `schema`. Null when there is no such conversion, or
 * the result does not match.
 */
export function readConverted<T>(schema: Schema<T>, value: Variant): { readonly value: T } | null {
  const type = schema.elementType;
  if (typeof type !== 'number' || schema instanceof StrictSchema) return null;
  const converted = convert(value, type);
  if (converted === undefined) return null;
  const result = schema.decode(varToBytes(converted));
  return isFailure(result) ? null : result;
}

/**
 * Converts `value` to `type`; undefined when a parameter of that type would not accept it (docs/differences.md has the
 * table).
 */
function convert(value: Variant, type: VariantType): VariantInput | undefined {
  const number = value instanceof Float ? value.value : value;
  switch (type) {
    case VariantType.TYPE_BOOL:
      return isNumeric(number) ? Number(number) !== 0 : undefined;
    case VariantType.TYPE_INT:
      return typeof number === 'boolean' ? Number(number) : typeof number === 'number' ? truncate(number) : undefined;
    case VariantType.TYPE_FLOAT:
      return typeof number === 'boolean' ? new Float(Number(number)) : undefined;
    case VariantType.TYPE_STRING:
      return value instanceof NodePath ? value.toString() : undefined;
    case VariantType.TYPE_NODE_PATH:
      return typeof value === 'string' ? new NodePath(value) : undefined;
    case VariantType.TYPE_ARRAY:
      return elementsOf(value);
    default:
      return Array.isArray(value) ? packed(value, type) : mathematical(value, type);
  }
}

function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function truncate(number: number): number | bigint | undefined {
  const whole = Math.trunc(number) + 0; // not -0
  if (Number.isSafeInteger(whole)) return whole;
  return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : undefined;
}

function mathematical(value: Variant, type: VariantType): VariantInput | undefined {
  switch (type) {
    case VariantType.TYPE_VECTOR2:
      return value instanceof Vector2i ? new Vector2(value.x, value.y) : undefined;
    case VariantType.TYPE_VECTOR2I:
      return value instanceof Vector2 ? whole(value.toArray(), ([x, y]) => new Vector2i(x, y)) : undefined;
    case VariantType.TYPE_RECT2:
      return value instanceof Rect2i ? rect2(value.toArray()) : undefined;
    case VariantType.TYPE_RECT2I:
      return value instanceof Rect2
        ? whole(value.toArray(), ([x, y, w, h]) => new Rect2i(new Vector2i(x, y), new Vector2i(w, h)))
        : undefined;
    case VariantType.TYPE_VECTOR3:
      return value instanceof Vector3i ? new Vector3(value.x, value.y, value.z) : undefined;
    case VariantType.TYPE_VECTOR3I:
      return value instanceof Vector3 ? whole(value.toArray(), ([x, y, z]) => new Vector3i(x, y, z)) : undefined;
    case VariantType.TYPE_TRANSFORM2D:
      return value instanceof Transform3D ? flat(value) : undefined;
    case VariantType.TYPE_VECTOR4:
      return value instanceof Vector4i ? new Vector4(value.x, value.y, value.z, value.w) : undefined;
    case VariantType.TYPE_VECTOR4I:
      return value instanceof Vector4 ? whole(value.toArray(), ([x, y, z, w]) => new Vector4i(x, y, z, w)) : undefined;
    case VariantType.TYPE_QUATERNION:
      return value instanceof Basis ? rotationOf(value) : undefined;
    case VariantType.TYPE_BASIS:
      return value instanceof Quaternion ? basisOf(value) : undefined;
    case VariantType.TYPE_TRANSFORM3D:
      return spatial(value);
    case VariantType.TYPE_PROJECTION:
      return value instanceof Transform3D ? projectionOf(value) : undefined;
    case VariantType.TYPE_COLOR:
      return colorOf(value);
    default:
      return undefined;
  }
}

/** Makes a value of the truncated numbers; undefined when one does not fit into 32 bits. */
function whole<T>(numbers: readonly number[], make: (numbers: number[]) => T): T | undefined {
  const truncated = numbers.map((number) => Math.trunc(number) + 0);
  return truncated.every((number) => number === (number | 0)) ? make(truncated) : undefined;
}

function rect2([x, y, width, height]: readonly number[]): Rect2 {
  return new Rect2(new Vector2(x, y), new Vector2(width, height));
}

function flat({ basis: { x, y }, origin }: Transform3D): Transform2D {
  return new Transform2D(new Vector2(x.x, x.y), new Vector2(y.x, y.y), new Vector2(origin.x, origin.y));
}

function spatial(value: Variant): Transform3D | undefined {
  if (value instanceof Basis) return new Transform3D(value);
  if (value instanceof Quaternion) return new Transform3D(basisOf(value));
  if (value instanceof Transform2D) {
    const { x, y, origin } = value;
    const basis = new Basis(new Vector3(x.x, x.y), new Vector3(y.x, y.y), new Vector3(0, 0, 1));
    return new Transform3D(basis, new Vector3(origin.x, origin.y));
  }
  if (!(value instanceof Projection)) return undefined;
  const column = ({ x, y, z }: Vector4): Vector3 => new Vector3(x, y, z);
  return new Transform3D(new Basis(column(value.x), column(value.y), column(value.z)), column(value.w));
}

function projectionOf({ basis: { x, y, z }, origin }: Transform3D): Projection {
  const column = (vector: Vector3, w: number): Vector4 => new Vector4(vector.x, vector.y, vector.z, w);
  return new Projection(column(x, 0), column(y, 0), column(z, 0), column(origin, 1));
}

function basisOf({ x, y, z, w }: Quaternion): Basis {
  const s = 2 / (x * x + y * y + z * z + w * w);
  return new Basis(
    new Vector3(1 - s * (y * y + z * z), s * (x * y + w * z), s * (x * z - w * y)),
    new Vector3(s * (x * y - w * z), 1 - s * (x * x + z * z), s * (y * z + w * x)),
    new Vector3(s * (x * z + w * y), s * (y * z - w * x), 1 - s * (x * x + y * y)),
  );
}

/** The rotation of a basis; undefined for a basis that is no rotation, which the engine refuses, too. */
function rotationOf({ x, y, z }: Basis): Quaternion | undefined {
  const isUnit = (v: Vector3): boolean => Math.abs(v.x * v.x + v.y * v.y + v.z * v.z - 1) < 1e-3;
  const determinant = x.x * (y.y * z.z - z.y * y.z) - y.x * (x.y * z.z - z.y * x.z) + z.x * (x.y * y.z - y.y * x.z);
  if (!isUnit(x) || !isUnit(y) || !isUnit(z) || Math.abs(determinant - 1) > 1e-3) return undefined;
  const trace = x.x + y.y + z.z;
  if (trace > 0) {
    const s = Math.sqrt(trace + 1);
    return new Quaternion((y.z - z.y) / (2 * s), (z.x - x.z) / (2 * s), (x.y - y.x) / (2 * s), s / 2);
  }
  if (x.x >= y.y && x.x >= z.z) {
    const s = Math.sqrt(1 + x.x - y.y - z.z);
    return new Quaternion(s / 2, (x.y + y.x) / (2 * s), (x.z + z.x) / (2 * s), (y.z - z.y) / (2 * s));
  }
  if (y.y >= z.z) {
    const s = Math.sqrt(1 + y.y - x.x - z.z);
    return new Quaternion((x.y + y.x) / (2 * s), s / 2, (y.z + z.y) / (2 * s), (z.x - x.z) / (2 * s));
  }
  const s = Math.sqrt(1 + z.z - x.x - y.y);
  return new Quaternion((x.z + z.x) / (2 * s), (y.z + z.y) / (2 * s), s / 2, (x.y - y.x) / (2 * s));
}

/**
 * A colour from an integer, as in `Color.hex`, or from hexadecimal digits, as in `#ff8000`. Names of colours are not
 * supported.
 */
function colorOf(value: Variant): Color | undefined {
  if (isNumeric(value)) {
    if (!Number.isInteger(Number(value))) return undefined;
    const rgba = Number(BigInt.asUintN(32, BigInt(value)));
    return new Color((rgba >>> 24) / 255, ((rgba >>> 16) & 255) / 255, ((rgba >>> 8) & 255) / 255, (rgba & 255) / 255);
  }
  if (typeof value !== 'string') return undefined;
  const digits = value.replace(/^#/, '');
  if (!/^(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(digits)) return undefined;
  const size = digits.length < 6 ? 1 : 2;
  const parts = digits
    .match(size === 1 ? /./g : /../g)!
    .map((part) => Number.parseInt(part, 16) / (size === 1 ? 15 : 255));
  return new Color(parts[0], parts[1], parts[2], parts[3]);
}

/** The elements of a packed array; undefined for any other value. */
function elementsOf(value: Variant): Variant[] | undefined {
  if (isFloat32Array(value) || isFloat64Array(value)) return Array.from(value, (number) => new Float(number));
  const isPacked =
    ArrayBuffer.isView(value) ||
    value instanceof PackedStringArray ||
    value instanceof PackedVector2Array ||
    value instanceof PackedVector3Array ||
    value instanceof PackedVector4Array ||
    value instanceof PackedColorArray;
  return isPacked ? [...value] : undefined;
}

/** Converts an array to a packed array; undefined when an element cannot be converted. */
function packed(value: readonly Variant[], type: VariantType): VariantInput | undefined {
  if (value instanceof PackedStringArray) return undefined;
  const elements: readonly unknown[] = value.map((element) => (element instanceof Float ? element.value : element));
  switch (type) {
    case VariantType.TYPE_PACKED_BYTE_ARRAY:
      return elements.every(isNumeric) ? Uint8Array.from(elements, (element) => integer(element, 8)) : undefined;
    case VariantType.TYPE_PACKED_INT32_ARRAY:
      return elements.every(isNumeric) ? Int32Array.from(elements, (element) => integer(element, 32)) : undefined;
    case VariantType.TYPE_PACKED_INT64_ARRAY:
      return elements.every(isNumeric) ? BigInt64Array.from(elements, long) : undefined;
    case VariantType.TYPE_PACKED_FLOAT32_ARRAY:
      return elements.every(isNumeric) ? Float32Array.from(elements, Number) : undefined;
    case VariantType.TYPE_PACKED_FLOAT64_ARRAY:
      return elements.every(isNumeric) ? Float64Array.from(elements, Number) : undefined;
    case VariantType.TYPE_PACKED_STRING_ARRAY:
      return elements.every((element) => typeof element === 'string' || element instanceof StringName)
        ? new PackedStringArray(elements.map(String))
        : undefined;
    case VariantType.TYPE_PACKED_VECTOR2_ARRAY:
      return elements.every((element) => element instanceof Vector2) ? new PackedVector2Array(elements) : undefined;
    case VariantType.TYPE_PACKED_VECTOR3_ARRAY:
      return elements.every((element) => element instanceof Vector3) ? new PackedVector3Array(elements) : undefined;
    case VariantType.TYPE_PACKED_COLOR_ARRAY:
      return elements.every((element) => element instanceof Color) ? new PackedColorArray(elements) : undefined;
    case VariantType.TYPE_PACKED_VECTOR4_ARRAY:
      return elements.every((element) => element instanceof Vector4) ? new PackedVector4Array(elements) : undefined;
    default:
      return undefined;
  }
}

/** The low bits of a truncated number. */
function integer(number: number | bigint, bits: number): number {
  return Number(BigInt.asIntN(bits, long(number)));
}

function long(number: number | bigint): bigint {
  if (typeof number === 'bigint') return number;
  return Number.isFinite(number) ? BigInt(Math.trunc(number)) : 0n;
}
