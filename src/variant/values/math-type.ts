import type { AABB, Plane, Rect2, Rect2i } from './shapes.ts';
import type { Basis, Projection, Transform2D, Transform3D } from './transforms.ts';
import { VariantType } from './variant-type.ts';
import type { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from './vectors.ts';

/** Vectors, rectangles, transforms, colours and similar values, which consist of a fixed number of numbers. */
export type MathValue =
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
  | Color;

/** The types of these values. */
export type MathType = MathValue['variantType'];

/** Whether the components of a type are 32-bit integers, as in `Vector2i`. */
export function isInteger(type: MathType): boolean {
  return (
    type === VariantType.TYPE_VECTOR2I ||
    type === VariantType.TYPE_RECT2I ||
    type === VariantType.TYPE_VECTOR3I ||
    type === VariantType.TYPE_VECTOR4I
  );
}

/** Whether the components of a type may have 64 bits. */
export function isWidening(type: MathType): boolean {
  return type !== VariantType.TYPE_COLOR && !isInteger(type);
}

/** How many numbers one value of a mathematical type has. */
export function componentsOf(type: MathType): number {
  return COUNTS[type - VariantType.TYPE_VECTOR2]!;
}

/** The counts by type, from Vector2 to Color. */
const COUNTS: readonly number[] = [2, 2, 4, 4, 3, 3, 6, 4, 4, 4, 4, 6, 9, 12, 16, 4];
