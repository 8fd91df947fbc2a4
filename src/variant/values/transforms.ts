import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';
import { Vector2, Vector3, Vector4 } from './vectors.ts';

/** A 2D transform: the columns of its matrix. The default is the identity. */
export class Transform2D extends VariantValue {
  readonly x: Vector2;
  readonly y: Vector2;
  readonly origin: Vector2;

  constructor(x: Vector2 = new Vector2(1, 0), y: Vector2 = new Vector2(0, 1), origin: Vector2 = new Vector2()) {
    super();
    this.x = x;
    this.y = y;
    this.origin = origin;
  }

  get variantType(): VariantType.TYPE_TRANSFORM2D {
    return VariantType.TYPE_TRANSFORM2D;
  }

  toArray(): number[] {
    return [...this.x.toArray(), ...this.y.toArray(), ...this.origin.toArray()];
  }
}

/** A 3D rotation and scale: the axes, which are the columns of the matrix. The default is the identity. */
export class Basis extends VariantValue {
  readonly x: Vector3;
  readonly y: Vector3;
  readonly z: Vector3;

  constructor(x: Vector3 = new Vector3(1, 0, 0), y: Vector3 = new Vector3(0, 1, 0), z: Vector3 = new Vector3(0, 0, 1)) {
    super();
    this.x = x;
    this.y = y;
    this.z = z;
  }

  get variantType(): VariantType.TYPE_BASIS {
    return VariantType.TYPE_BASIS;
  }

  /** The rows of the matrix, as the engine encodes and prints them; the axes are the columns. */
  toArray(): number[] {
    const { x, y, z } = this;
    return [x.x, y.x, z.x, x.y, y.y, z.y, x.z, y.z, z.z];
  }
}

/** A 3D transform. The default is the identity. */
export class Transform3D extends VariantValue {
  readonly basis: Basis;
  readonly origin: Vector3;

  constructor(basis: Basis = new Basis(), origin: Vector3 = new Vector3()) {
    super();
    this.basis = basis;
    this.origin = origin;
  }

  get variantType(): VariantType.TYPE_TRANSFORM3D {
    return VariantType.TYPE_TRANSFORM3D;
  }

  /** The rows of the basis, then the origin. */
  toArray(): number[] {
    return [...this.basis.toArray(), ...this.origin.toArray()];
  }
}

/** A 4×4 matrix: its columns. The default is the identity. */
export class Projection extends VariantValue {
  readonly x: Vector4;
  readonly y: Vector4;
  readonly z: Vector4;
  readonly w: Vector4;

  constructor(
    x: Vector4 = new Vector4(1, 0, 0, 0),
    y: Vector4 = new Vector4(0, 1, 0, 0),
    z: Vector4 = new Vector4(0, 0, 1, 0),
    w: Vector4 = new Vector4(0, 0, 0, 1),
  ) {
    super();
    this.x = x;
    this.y = y;
    this.z = z;
    this.w = w;
  }

  get variantType(): VariantType.TYPE_PROJECTION {
    return VariantType.TYPE_PROJECTION;
  }

  toArray(): number[] {
    return [...this.x.toArray(), ...this.y.toArray(), ...this.z.toArray(), ...this.w.toArray()];
  }
}
