import type { MathType, MathValue } from '../values/math-type.ts';
import { AABB, Plane, Rect2, Rect2i } from '../values/shapes.ts';
import { Basis, Projection, Transform2D, Transform3D } from '../values/transforms.ts';
import { VariantType } from '../values/variant-type.ts';
import { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from '../values/vectors.ts';

/** The source of components. The bounds have been checked. */
export interface Components {
  readonly view: DataView;
  at: number;
}

/** Reads a value of `type`. */
export function decodeMath(from: Components, type: MathType, isWide: boolean): MathValue {
  switch (type) {
    case VariantType.TYPE_VECTOR2:
      return vector2(from, isWide);
    case VariantType.TYPE_VECTOR2I:
      return vector2i(from);
    case VariantType.TYPE_RECT2:
      return new Rect2(vector2(from, isWide), vector2(from, isWide));
    case VariantType.TYPE_RECT2I:
      return new Rect2i(vector2i(from), vector2i(from));
    case VariantType.TYPE_VECTOR3:
      return vector3(from, isWide);
    case VariantType.TYPE_VECTOR3I:
      return new Vector3i(int(from), int(from), int(from));
    case VariantType.TYPE_TRANSFORM2D:
      return new Transform2D(vector2(from, isWide), vector2(from, isWide), vector2(from, isWide));
    case VariantType.TYPE_VECTOR4:
      return vector4(from, isWide);
    case VariantType.TYPE_VECTOR4I:
      return new Vector4i(int(from), int(from), int(from), int(from));
    case VariantType.TYPE_PLANE:
      return new Plane(vector3(from, isWide), real(from, isWide));
    case VariantType.TYPE_QUATERNION:
      return new Quaternion(real(from, isWide), real(from, isWide), real(from, isWide), real(from, isWide));
    case VariantType.TYPE_AABB:
      return new AABB(vector3(from, isWide), vector3(from, isWide));
    case VariantType.TYPE_BASIS:
      return basis(from, isWide);
    case VariantType.TYPE_TRANSFORM3D:
      return new Transform3D(basis(from, isWide), vector3(from, isWide));
    case VariantType.TYPE_PROJECTION:
      return new Projection(vector4(from, isWide), vector4(from, isWide), vector4(from, isWide), vector4(from, isWide));
    case VariantType.TYPE_COLOR:
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

/** Reads the rows of a basis; its axes are the columns. */
function basis(from: Components, isWide: boolean): Basis {
  const a = vector3(from, isWide);
  const b = vector3(from, isWide);
  const c = vector3(from, isWide);
  return new Basis(new Vector3(a.x, b.x, c.x), new Vector3(a.y, b.y, c.y), new Vector3(a.z, b.z, c.z));
}
