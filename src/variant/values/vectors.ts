import { VariantType } from './variant-type.ts';
import { int32, real, VariantValue } from './variant-value.ts';

// The components of the classes without an i are the engine's `real_t`: a standard build reads and writes them as 32-bit
// floats, so that 0.1 arrives as 0.10000000149011612.

/** Two floats. */
export class Vector2 extends VariantValue {
  readonly x: number;
  readonly y: number;

  constructor(x = 0, y = 0) {
    super();
    this.x = real(x);
    this.y = real(y);
  }

  get variantType(): VariantType.TYPE_VECTOR2 {
    return VariantType.TYPE_VECTOR2;
  }

  toArray(): number[] {
    return [this.x, this.y];
  }
}

/** Two 32-bit integers; anything else throws `RangeError`. */
export class Vector2i extends VariantValue {
  readonly x: number;
  readonly y: number;

  constructor(x = 0, y = 0) {
    super();
    this.x = int32(x);
    this.y = int32(y);
  }

  get variantType(): VariantType.TYPE_VECTOR2I {
    return VariantType.TYPE_VECTOR2I;
  }

  toArray(): number[] {
    return [this.x, this.y];
  }
}

/** Three floats. */
export class Vector3 extends VariantValue {
  readonly x: number;
  readonly y: number;
  readonly z: number;

  constructor(x = 0, y = 0, z = 0) {
    super();
    this.x = real(x);
    this.y = real(y);
    this.z = real(z);
  }

  get variantType(): VariantType.TYPE_VECTOR3 {
    return VariantType.TYPE_VECTOR3;
  }

  toArray(): number[] {
    return [this.x, this.y, this.z];
  }
}

/** Three 32-bit integers; anything else throws `RangeError`. */
export class Vector3i extends VariantValue {
  readonly x: number;
  readonly y: number;
  readonly z: number;

  constructor(x = 0, y = 0, z = 0) {
    super();
    this.x = int32(x);
    this.y = int32(y);
    this.z = int32(z);
  }

  get variantType(): VariantType.TYPE_VECTOR3I {
    return VariantType.TYPE_VECTOR3I;
  }

  toArray(): number[] {
    return [this.x, this.y, this.z];
  }
}

/** Four floats. */
export class Vector4 extends VariantValue {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly w: number;

  constructor(x = 0, y = 0, z = 0, w = 0) {
    super();
    this.x = real(x);
    this.y = real(y);
    this.z = real(z);
    this.w = real(w);
  }

  get variantType(): VariantType.TYPE_VECTOR4 {
    return VariantType.TYPE_VECTOR4;
  }

  toArray(): number[] {
    return [this.x, this.y, this.z, this.w];
  }
}

/** Four 32-bit integers; anything else throws `RangeError`. */
export class Vector4i extends VariantValue {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly w: number;

  constructor(x = 0, y = 0, z = 0, w = 0) {
    super();
    this.x = int32(x);
    this.y = int32(y);
    this.z = int32(z);
    this.w = int32(w);
  }

  get variantType(): VariantType.TYPE_VECTOR4I {
    return VariantType.TYPE_VECTOR4I;
  }

  toArray(): number[] {
    return [this.x, this.y, this.z, this.w];
  }
}

/** A 3D rotation. The default is no rotation: (0, 0, 0, 1). */
export class Quaternion extends VariantValue {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly w: number;

  constructor(x = 0, y = 0, z = 0, w = 1) {
    super();
    this.x = real(x);
    this.y = real(y);
    this.z = real(z);
    this.w = real(w);
  }

  get variantType(): VariantType.TYPE_QUATERNION {
    return VariantType.TYPE_QUATERNION;
  }

  toArray(): number[] {
    return [this.x, this.y, this.z, this.w];
  }
}

/**
 * Red, green, blue, alpha; 0 to 1, and above 1 for overbright colours. Always 32-bit floats on the wire. The default is
 * opaque black.
 */
export class Color extends VariantValue {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly a: number;

  constructor(r = 0, g = 0, b = 0, a = 1) {
    super();
    this.r = real(r);
    this.g = real(g);
    this.b = real(b);
    this.a = real(a);
  }

  get variantType(): VariantType.TYPE_COLOR {
    return VariantType.TYPE_COLOR;
  }

  toArray(): number[] {
    return [this.r, this.g, this.b, this.a];
  }
}
