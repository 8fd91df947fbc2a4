/**
 * Godot's Variants as bytes, both ways: `varToBytes` and `bytesToVar`, the value types that JavaScript lacks, and schemas.
 *
 * @module
 */

export { ByteWriter } from './byte-writer.ts';
export { bytesToVar, type Decoded, decodeVariant } from './bytes-to-var.ts';
export { type Literal, literal, nullable, oneOf, variant, where } from './choice-schemas.ts';
export { array, dictionaryOf, type TupleValue, tuple, typedArray, typedDictionary } from './container-schemas.ts';
export type { DecodeOptions } from './decoder.ts';
export { Dictionary, type DictionaryTypes } from './dictionary.ts';
export {
  dictionary,
  type Fields,
  type FieldValues,
  type OptionalSchema,
  optional,
} from './dictionary-schema.ts';
export type { ElementType, ObjectType } from './element-type.ts';
export { Float } from './float.ts';
export { FullObject } from './full-object.ts';
export { Callable, EncodedObjectAsID, RID, Signal } from './handles.ts';
export { NodePath } from './node-path.ts';
export {
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
} from './packed-arrays.ts';
export type { VariantFailure } from './refusal.ts';
export { float, int, int64, number, string, stringName } from './scalar-schemas.ts';
export { type Infer, Schema, type SchemaMismatch } from './schema.ts';
export { AABB, Plane, Rect2, Rect2i } from './shapes.ts';
export { StringName } from './string-name.ts';
export { Basis, Projection, Transform2D, Transform3D } from './transforms.ts';
export { typeName } from './type-name.ts';
export { TypedArray } from './typed-array.ts';
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
} from './value-schemas.ts';
export { varToBytes } from './var-to-bytes.ts';
export { type Variant, type VariantInput, variantTypeOf } from './variant.ts';
export { VariantReader } from './variant-reader.ts';
export { VariantType } from './variant-type.ts';
export { VariantValue } from './variant-value.ts';
export { type EncodeOptions, VariantWriter } from './variant-writer.ts';
export { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from './vectors.ts';
