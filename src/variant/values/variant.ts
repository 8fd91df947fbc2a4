import { isMap } from '../../bytes.ts';
import type { Dictionary } from './dictionary.ts';
import type { Float } from './float.ts';
import { FullObject } from './full-object.ts';
import type { Callable, EncodedObjectAsID, RID, Signal } from './handles.ts';
import type { NodePath } from './node-path.ts';
import {
  type PackedColorArray,
  PackedStringArray,
  type PackedVector2Array,
  type PackedVector3Array,
  type PackedVector4Array,
} from './packed-arrays.ts';
import type { AABB, Plane, Rect2, Rect2i } from './shapes.ts';
import type { StringName } from './string-name.ts';
import type { Basis, Projection, Transform2D, Transform3D } from './transforms.ts';
import type { TypedArray } from './typed-array.ts';
import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';
import type { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from './vectors.ts';

/** All types of decoded Variants (docs/variant.md has the table). */
export type Variant =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | Vector2
  | Vector2i
  | Rect2
  | Rect2i
  | Vector3
  | Vector3i
  | Transform2D
  | Vector4
  | Vector4i
  | Plane
  | Quaternion
  | AABB
  | Basis
  | Transform3D
  | Projection
  | Color
  | StringName
  | NodePath
  | RID
  | EncodedObjectAsID
  | FullObject
  | Callable
  | Signal
  | Dictionary
  | Variant[]
  | TypedArray
  | Uint8Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | PackedStringArray
  | PackedVector2Array
  | PackedVector3Array
  | PackedColorArray
  | PackedVector4Array;

/**
 * The values that can be encoded: every `Variant`, any `Map`, and plain objects, which become dictionaries with String keys.
 * The contents of an object are checked while encoding; a value in it that is not a Variant throws `TypeError`.
 */
export type VariantInput = null | boolean | number | bigint | string | object;

const PACKED_TYPES: Readonly<Record<string, VariantType>> = {
  Uint8Array: VariantType.TYPE_PACKED_BYTE_ARRAY,
  Int32Array: VariantType.TYPE_PACKED_INT32_ARRAY,
  BigInt64Array: VariantType.TYPE_PACKED_INT64_ARRAY,
  Float32Array: VariantType.TYPE_PACKED_FLOAT32_ARRAY,
  Float64Array: VariantType.TYPE_PACKED_FLOAT64_ARRAY,
};

/**
 * The type as which `value` is encoded, like the engine's `typeof`. Null when it is not a Variant: undefined, a symbol, a
 * function, a bigint that does not fit into 64 bits, an instance of a foreign class. The contents of containers are not
 * checked.
 */
export function variantTypeOf(value: unknown): VariantType | null {
  switch (typeof value) {
    case 'string':
      return VariantType.TYPE_STRING;
    case 'number':
      return isInt(value) ? VariantType.TYPE_INT : VariantType.TYPE_FLOAT;
    case 'boolean':
      return VariantType.TYPE_BOOL;
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? VariantType.TYPE_INT : null;
    case 'object':
      if (value === null) return VariantType.TYPE_NIL;
      if (value instanceof VariantValue) return value.variantType;
      if (Array.isArray(value))
        return value instanceof PackedStringArray ? VariantType.TYPE_PACKED_STRING_ARRAY : VariantType.TYPE_ARRAY;
      if (isMap(value) || isPlain(value)) return VariantType.TYPE_DICTIONARY;
      if (ArrayBuffer.isView(value)) return PACKED_TYPES[(value as Uint8Array)[Symbol.toStringTag]] ?? null;
      return value instanceof FullObject ? VariantType.TYPE_OBJECT : null;
    default:
      return null;
  }
}

/**
 * Whether a number is encoded as INT where no other type is declared. Every other number is a FLOAT: fractions, NaN, the
 * infinities, -0, 2^53 and above.
 */
export function isInt(value: number): boolean {
  return Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0);
}

/** Whether it is `{}` or an object without a prototype, of this or another realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}
