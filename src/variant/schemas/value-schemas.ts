import type { Decoder } from '../codec/decoder.ts';
import { Header } from '../codec/header.ts';
import type { VariantWriter } from '../codec/variant-writer.ts';
import { OBJECT_AS_ID } from '../values/element-type.ts';
import { type Callable, EncodedObjectAsID, type RID, type Signal } from '../values/handles.ts';
import type { NodePath } from '../values/node-path.ts';
import {
  type PackedColorArray,
  PackedStringArray,
  type PackedVector2Array,
  type PackedVector3Array,
  type PackedVector4Array,
} from '../values/packed-arrays.ts';
import type { AABB, Plane, Rect2, Rect2i } from '../values/shapes.ts';
import type { Basis, Projection, Transform2D, Transform3D } from '../values/transforms.ts';
import { typeName } from '../values/type-name.ts';
import { type Variant, variantTypeOf } from '../values/variant.ts';
import { VariantType } from '../values/variant-type.ts';
import type { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from '../values/vectors.ts';
import { headerOf, insist, otherThan, type Problem, Schema, unexpected, within } from './schema.ts';

/** All values of a Variant type that has a single form in JavaScript. */
class TypeSchema<T extends Variant> extends Schema<T> {
  readonly #type: VariantType;

  constructor(type: VariantType) {
    super(typeName(type), type);
    this.#type = type;
  }

  read(from: Decoder, depth: number): T {
    // The cast: the constants below name the type that the payload decodes to; their tests check it.
    return from.payload(headerOf(this, from, this.#type), depth) as T;
  }

  write(to: VariantWriter, value: T, depth: number): void {
    const start = to.size;
    to.variant(value, depth);
    // The written type is the type of the value.
    insist(to.bytes[start] === this.#type, this);
  }

  problem(value: unknown): Problem | null {
    return variantTypeOf(value) === this.#type ? null : otherThan(this, value);
  }
}

class ObjectIdSchema extends Schema<EncodedObjectAsID | null> {
  read(from: Decoder, depth: number): EncodedObjectAsID | null {
    const header = from.header();
    const value = from.payload(header, depth);
    return value === null || value instanceof EncodedObjectAsID
      ? value
      : unexpected(this, from, typeName(header & Header.TYPE_MASK), 0);
  }

  write(to: VariantWriter, value: EncodedObjectAsID | null, depth: number): void {
    insist(this.problem(value) === null, this);
    to.variant(value, depth);
  }

  problem(value: unknown): Problem | null {
    return value === null || value instanceof EncodedObjectAsID ? null : otherThan(this, value);
  }
}

class StringsSchema extends Schema<string[]> {
  read(from: Decoder, depth: number): string[] {
    // The cast: the payload of a PACKED_STRING_ARRAY is decoded as a PackedStringArray.
    return [...(from.payload(headerOf(this, from, VariantType.TYPE_PACKED_STRING_ARRAY), depth) as PackedStringArray)];
  }

  write(to: VariantWriter, value: string[], depth: number): void {
    insist(this.problem(value) === null, this);
    to.variant(value instanceof PackedStringArray ? value : new PackedStringArray(value), depth);
  }

  problem(value: unknown): Problem | null {
    if (!Array.isArray(value)) return otherThan(this, value);
    const wrong = value.findIndex((text) => typeof text !== 'string');
    return wrong < 0 ? null : within(`[${wrong}]`, otherThan(this, value[wrong]));
  }
}

export const bool: Schema<boolean> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_BOOL);
export const vector2: Schema<Vector2> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_VECTOR2);
export const vector2i: Schema<Vector2i> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_VECTOR2I);
export const rect2: Schema<Rect2> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_RECT2);
export const rect2i: Schema<Rect2i> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_RECT2I);
export const vector3: Schema<Vector3> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_VECTOR3);
export const vector3i: Schema<Vector3i> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_VECTOR3I);
export const transform2D: Schema<Transform2D> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_TRANSFORM2D);
export const vector4: Schema<Vector4> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_VECTOR4);
export const vector4i: Schema<Vector4i> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_VECTOR4I);
export const plane: Schema<Plane> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_PLANE);
export const quaternion: Schema<Quaternion> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_QUATERNION);
export const aabb: Schema<AABB> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_AABB);
export const basis: Schema<Basis> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_BASIS);
export const transform3D: Schema<Transform3D> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_TRANSFORM3D);
export const projection: Schema<Projection> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_PROJECTION);
export const color: Schema<Color> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_COLOR);
export const nodePath: Schema<NodePath> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_NODE_PATH);
export const rid: Schema<RID> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_RID);
/** The instance id of an object, or null. A full object is always refused. */
export const objectId: Schema<EncodedObjectAsID | null> = /* @__PURE__ */ new ObjectIdSchema('Object', OBJECT_AS_ID);
export const callable: Schema<Callable> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_CALLABLE);
export const signal: Schema<Signal> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_SIGNAL);
export const packedByteArray: Schema<Uint8Array> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_PACKED_BYTE_ARRAY);
export const packedInt32Array: Schema<Int32Array> = /* @__PURE__ */ new TypeSchema(VariantType.TYPE_PACKED_INT32_ARRAY);
export const packedInt64Array: Schema<BigInt64Array> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_INT64_ARRAY,
);
export const packedFloat32Array: Schema<Float32Array> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_FLOAT32_ARRAY,
);
export const packedFloat64Array: Schema<Float64Array> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_FLOAT64_ARRAY,
);
/** A plain array of strings, sent as PackedStringArray. */
export const packedStringArray: Schema<string[]> = /* @__PURE__ */ new StringsSchema(
  'PackedStringArray',
  VariantType.TYPE_PACKED_STRING_ARRAY,
);
export const packedVector2Array: Schema<PackedVector2Array> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_VECTOR2_ARRAY,
);
export const packedVector3Array: Schema<PackedVector3Array> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_VECTOR3_ARRAY,
);
export const packedColorArray: Schema<PackedColorArray> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_COLOR_ARRAY,
);
export const packedVector4Array: Schema<PackedVector4Array> = /* @__PURE__ */ new TypeSchema(
  VariantType.TYPE_PACKED_VECTOR4_ARRAY,
);
