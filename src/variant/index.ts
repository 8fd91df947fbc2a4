/**
 * Encodes and decodes Godot's Variants: `varToBytes` and `bytesToVar`, the value types that JavaScript lacks, and schemas.
 *
 * @module
 */

export { bytesToVar, type Decoded, decodeVariant } from './codec/bytes-to-var.ts';
export type { DecodeOptions } from './codec/decode-options.ts';
export { varToBytes } from './codec/var-to-bytes.ts';
export type { VariantFailure } from './codec/variant-failure.ts';
export { type EncodeOptions, VariantWriter } from './codec/variant-writer.ts';
export { type Literal, literal, nullable, oneOf, variant, where } from './schemas/choice-schemas.ts';
export {
  array,
  dictionaryOf,
  type TupleValue,
  tuple,
  typedArray,
  typedDictionary,
} from './schemas/container-schemas.ts';
export {
  dictionary,
  type Fields,
  type FieldValues,
  type OptionalSchema,
  optional,
} from './schemas/dictionary-schema.ts';
export { float, int, int64, number, string, stringName } from './schemas/scalar-schemas.ts';
export { type Infer, Schema, type SchemaMismatch } from './schemas/schema.ts';
export {
  aabb,
  basis,
  bool,
  callable,
  color,
  nodePath,
  objectId,
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
  quaternion,
  rect2,
  rect2i,
  rid,
  signal,
  transform2D,
  transform3D,
  vector2,
  vector2i,
  vector3,
  vector3i,
  vector4,
  vector4i,
} from './schemas/value-schemas.ts';
export { VariantReader } from './schemas/variant-reader.ts';
export { variantText } from './text/variant-text.ts';
export { Dictionary, type DictionaryTypes } from './values/dictionary.ts';
export type { ElementType, ObjectType } from './values/element-type.ts';
export { Float } from './values/float.ts';
export { FullObject } from './values/full-object.ts';
export { Callable, EncodedObjectAsID, RID, Signal } from './values/handles.ts';
export { NodePath } from './values/node-path.ts';
export {
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
} from './values/packed-arrays.ts';
export { AABB, Plane, Rect2, Rect2i } from './values/shapes.ts';
export { StringName } from './values/string-name.ts';
export { Basis, Projection, Transform2D, Transform3D } from './values/transforms.ts';
export { typeName } from './values/type-name.ts';
export { TypedArray } from './values/typed-array.ts';
export { type Variant, type VariantInput, variantTypeOf } from './values/variant.ts';
export { VariantType } from './values/variant-type.ts';
export { VariantValue } from './values/variant-value.ts';
export { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from './values/vectors.ts';
