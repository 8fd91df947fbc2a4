import { VariantType } from './variant-type.ts';
import { real, VariantValue } from './variant-value.ts';
import { Vector2, Vector2i, Vector3 } from './vectors.ts';

/** A rectangle. */
export class Rect2 extends VariantValue {
  readonly position: Vector2;
  readonly size: Vector2;

  constructor(position: Vector2 = new Vector2(), size: Vector2 = new Vector2()) {
    super();
    this.position = position;
    this.size = size;
  }

  get variantType(): VariantType.TYPE_RECT2 {
    return VariantType.TYPE_RECT2;
  }

  toArray(): number[] {
    return [...this.position.toArray(), ...this.size.toArray()];
  }
}

/** A rectangle of 32-bit integers. */
export class Rect2i extends VariantValue {
  readonly position: Vector2i;
  readonly size: Vector2i;

  constructor(position: Vector2i = new Vector2i(), size: Vector2i = new Vector2i()) {
    super();
    this.position = position;
    this.size = size;
  }

  get variantType(): VariantType.TYPE_RECT2I {
    return VariantType.TYPE_RECT2I;
  }

  toArray(): number[] {
    return [...this.position.toArray(), ...this.size.toArray()];
  }
}

/** A plane: its normal, and its distance from the origin along the normal. */
export class Plane extends VariantValue {
  readonly normal: Vector3;
  readonly d: number;

  constructor(normal: Vector3 = new Vector3(), d = 0) {
    super();
    this.normal = normal;
    this.d = real(d);
  }

  get variantType(): VariantType.TYPE_PLANE {
    return VariantType.TYPE_PLANE;
  }

  toArray(): number[] {
    return [...this.normal.toArray(), this.d];
  }
}

/** An axis-aligned box. */
export class AABB extends VariantValue {
  readonly position: Vector3;
  readonly size: Vector3;

  constructor(position: Vector3 = new Vector3(), size: Vector3 = new Vector3()) {
    super();
    this.position = position;
    this.size = size;
  }

  get variantType(): VariantType.TYPE_AABB {
    return VariantType.TYPE_AABB;
  }

  toArray(): number[] {
    return [...this.position.toArray(), ...this.size.toArray()];
  }
}
