import type { VariantType } from './variant-type.ts';

/** How many type ids there are: the end marker of the engine's enum. */
export const TYPE_COUNT = 39;

// One string, because an array of 39 strings is twice its size in a bundle.
const NAMES: readonly string[] = /* @__PURE__ */ (
  'Nil bool int float String Vector2 Vector2i Rect2 Rect2i Vector3 Vector3i Transform2D Vector4 Vector4i Plane Quaternion ' +
  'AABB Basis Transform3D Projection Color StringName NodePath RID Object Callable Signal Dictionary Array PackedByteArray ' +
  'PackedInt32Array PackedInt64Array PackedFloat32Array PackedFloat64Array PackedStringArray PackedVector2Array ' +
  'PackedVector3Array PackedColorArray PackedVector4Array'
).split(' ');

/** The name of a type as scripts write it, `PackedByteArray`: the engine's `type_string`. */
export function typeName(type: VariantType): string {
  return NAMES[type] ?? `type ${type}`;
}
