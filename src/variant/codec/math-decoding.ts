import { AABB, Plane, Rect2, Rect2i } from '../values/shapes.ts';
import { Basis, Projection, Transform2D, Transform3D } from '../values/transforms.ts';
import type { VariantType } from '../values/variant-type.ts';
import { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from '../values/vectors.ts';

/** Where components come from. The bounds have been checked. */
export interface Components {
  readonly view: DataView;
  at: number;
}

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

/** Reads a value of the types 5 to 20. */
export function decodeMath(from: Components, type: VariantType, isWide: boolean): MathValue {
  switch (type) {
    case 5:
      return vector2(from, isWide);
    case 6:
      return vector2i(from);
    case 7:
      return new Rect2(vector2(from, isWide), vector2(from, isWide));
    case 8:
      return new Rect2i(vector2i(from), vector2i(from));
    case 9:
      return vector3(from, isWide);
    case 10:
      return new Vector3i(int(from), int(from), int(from));
    case 11:
      return new Transform2D(vector2(from, isWide), vector2(from, isWide), vector2(from, isWide));
    case 12:
      return vector4(from, isWide);
    case 13:
      return new Vector4i(int(from), int(from), int(from), int(from));
    case 14:
      return new Plane(vector3(from, isWide), real(from, isWide));
    case 15:
      return new Quaternion(real(from, isWide), real(from, isWide), real(from, isWide), real(from, isWide));
    case 16:
      return new AABB(vector3(from, isWide), vector3(from, isWide));
    case 17:
      return basis(from, isWide);
    case 18:
      return new Transform3D(basis(from, isWide), vector3(from, isWide));
    case 19:
      return new Projection(vector4(from, isWide), vector4(from, isWide), vector4(from, isWide), vector4(from, isWide));
    default:
      return new Color(real(from, isWide), real(from, isWide), real(from, isWide), real(from, isWide));
  }
}

function int(from: Components): number {
  const { at } = from;
  from.at = at + 4;
  return from.view.getInt32(at, true);
}

function real(from: Components, isWide: boolean): number {
  const { at } = from;
  if (isWide) {
    from.at = at + 8;
    return from.view.getFloat64(at, true);
  }
  from.at = at + 4;
  return from.view.getFloat32(at, true);
}

function vector2(from: Components, isWide: boolean): Vector2 {
  return new Vector2(real(from, isWide), real(from, isWide));
}

function vector2i(from: Components): Vector2i {
  return new Vector2i(int(from), int(from));
}

function vector3(from: Components, isWide: boolean): Vector3 {
  return new Vector3(real(from, isWide), real(from, isWide), real(from, isWide));
}

function vector4(from: Components, isWide: boolean): Vector4 {
  return new Vector4(real(from, isWide), real(from, isWide), real(from, isWide), real(from, isWide));
}

/** Row by row: the axes are the columns. */
function basis(from: Components, isWide: boolean): Basis {
  const a = vector3(from, isWide);
  const b = vector3(from, isWide);
  const c = vector3(from, isWide);
  return new Basis(new Vector3(a.x, b.x, c.x), new Vector3(a.y, b.y, c.y), new Vector3(a.z, b.z, c.z));
}
