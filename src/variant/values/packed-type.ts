import { VariantType } from './variant-type.ts';

/** The types of packed arrays. */
export type PackedType =
  | VariantType.TYPE_PACKED_BYTE_ARRAY
  | VariantType.TYPE_PACKED_INT32_ARRAY
  | VariantType.TYPE_PACKED_INT64_ARRAY
  | VariantType.TYPE_PACKED_FLOAT32_ARRAY
  | VariantType.TYPE_PACKED_FLOAT64_ARRAY
  | VariantType.TYPE_PACKED_STRING_ARRAY
  | VariantType.TYPE_PACKED_VECTOR2_ARRAY
  | VariantType.TYPE_PACKED_VECTOR3_ARRAY
  | VariantType.TYPE_PACKED_COLOR_ARRAY
  | VariantType.TYPE_PACKED_VECTOR4_ARRAY;

/** Whether `type` is that of a packed array. Their ids are consecutive. */
export function isPacked(type: VariantType): type is PackedType {
  return type >= VariantType.TYPE_PACKED_BYTE_ARRAY && type <= VariantType.TYPE_PACKED_VECTOR4_ARRAY;
}
