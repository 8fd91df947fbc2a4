import type { Decoder } from '../codec/decoder.ts';
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
import type { VariantType } from '../values/variant-type.ts';
import type { Color, Quaternion, Vector2, Vector2i, Vector3, Vector3i, Vector4, Vector4i } from '../values/vectors.ts';
import { headerOf, insist, otherThan, type Problem, Schema, unexpected, within } from './schema.ts';

/** Every value of one type of which there is one form in JavaScript. */
class TypeSchema<T extends Variant> extends Schema<T> {
  readonly #type: VariantType;

  constructor(type: VariantType) {
    super(typeName(type), type);
    this.#type = type;
  }

  read(from: Decoder, depth: number): T {
    // T is what a payload of this type decodes to: said by the constants below, and checked by their tests.
    return from.payload(headerOf(this, from, this.#type), depth) as T;
  }

  write(to: VariantWriter, value: T, depth: number): void {
    const start = to.size;
    to.variant(value, depth);
    // What was written says what the value was.
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
      : unexpected(this, from, typeName(header & 0xff), 0);
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
    // The payload of a PACKED_STRING_ARRAY.
    return [...(from.payload(headerOf(this, from, 34), depth) as PackedStringArray)];
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

export const bool: Schema<boolean> = /* @__PURE__ */ new TypeSchema(1);
export const vector2: Schema<Vector2> = /* @__PURE__ */ new TypeSchema(5);
export const vector2i: Schema<Vector2i> = /* @__PURE__ */ new TypeSchema(6);
export const rect2: Schema<Rect2> = /* @__PURE__ */ new TypeSchema(7);
export const rect2i: Schema<Rect2i> = /* @__PURE__ */ new TypeSchema(8);
export const vector3: Schema<Vector3> = /* @__PURE__ */ new TypeSchema(9);
export const vector3i: Schema<Vector3i> = /* @__PURE__ */ new TypeSchema(10);
export const transform2D: Schema<Transform2D> = /* @__PURE__ */ new TypeSchema(11);
export const vector4: Schema<Vector4> = /* @__PURE__ */ new TypeSchema(12);
export const vector4i: Schema<Vector4i> = /* @__PURE__ */ new TypeSchema(13);
export const plane: Schema<Plane> = /* @__PURE__ */ new TypeSchema(14);
export const quaternion: Schema<Quaternion> = /* @__PURE__ */ new TypeSchema(15);
export const aabb: Schema<AABB> = /* @__PURE__ */ new TypeSchema(16);
export const basis: Schema<Basis> = /* @__PURE__ */ new TypeSchema(17);
export const transform3D: Schema<Transform3D> = /* @__PURE__ */ new TypeSchema(18);
export const projection: Schema<Projection> = /* @__PURE__ */ new TypeSchema(19);
export const color: Schema<Color> = /* @__PURE__ */ new TypeSchema(20);
export const nodePath: Schema<NodePath> = /* @__PURE__ */ new TypeSchema(22);
export const rid: Schema<RID> = /* @__PURE__ */ new TypeSchema(23);
/** An object by its instance id, or null. A full object is refused whatever the options say. */
export const objectId: Schema<EncodedObjectAsID | null> = /* @__PURE__ */ new ObjectIdSchema('Object', OBJECT_AS_ID);
export const callable: Schema<Callable> = /* @__PURE__ */ new TypeSchema(25);
export const signal: Schema<Signal> = /* @__PURE__ */ new TypeSchema(26);
export const packedByteArray: Schema<Uint8Array> = /* @__PURE__ */ new TypeSchema(29);
export const packedInt32Array: Schema<Int32Array> = /* @__PURE__ */ new TypeSchema(30);
export const packedInt64Array: Schema<BigInt64Array> = /* @__PURE__ */ new TypeSchema(31);
export const packedFloat32Array: Schema<Float32Array> = /* @__PURE__ */ new TypeSchema(32);
export const packedFloat64Array: Schema<Float64Array> = /* @__PURE__ */ new TypeSchema(33);
/** Strings as a plain array, sent as PackedStringArray. */
export const packedStringArray: Schema<string[]> = /* @__PURE__ */ new StringsSchema('PackedStringArray', 34);
export const packedVector2Array: Schema<PackedVector2Array> = /* @__PURE__ */ new TypeSchema(35);
export const packedVector3Array: Schema<PackedVector3Array> = /* @__PURE__ */ new TypeSchema(36);
export const packedColorArray: Schema<PackedColorArray> = /* @__PURE__ */ new TypeSchema(37);
export const packedVector4Array: Schema<PackedVector4Array> = /* @__PURE__ */ new TypeSchema(38);
