import { isInteger, isWidening, type MathType } from '../values/math-type.ts';
import { VariantType } from '../values/variant-type.ts';
import type { VariantValue } from '../values/variant-value.ts';
import type { Vector2, Vector3 } from '../values/vectors.ts';
import type { ByteWriter } from './byte-writer.ts';
import { Header } from './header.ts';

/** The size of the longest value, a Projection of doubles. Bytes. */
const LONGEST = 4 + 16 * 8;

/** Writes a value with its header. `wide`: reals have 64 bits; integers and colours never do. */
export function encodeMath(to: ByteWriter, type: MathType, value: VariantValue, wide: boolean): void {
  to.reserve(LONGEST);
  const isWide = wide && isWidening(type);
  to.writeU32(isWide ? type | Header.WIDE : type);
  // Vector2 and Vector3 are half of the values of most games. Without `toArray` they need no array. The casts follow from
  // the type.
  if (type === VariantType.TYPE_VECTOR2) {
    const { x, y } = value as Vector2;
    real(to, x, isWide);
    real(to, y, isWide);
  } else if (type === VariantType.TYPE_VECTOR3) {
    const { x, y, z } = value as Vector3;
    real(to, x, isWide);
    real(to, y, isWide);
    real(to, z, isWide);
  } else if (isInteger(type)) {
    for (const part of value.toArray()) to.writeU32(Number(part));
  } else {
    for (const part of value.toArray()) real(to, Number(part), isWide);
  }
}

function real(to: ByteWriter, value: number, isWide: boolean): void {
  if (isWide) {
    to.view.setFloat64(to.size, value, true);
    to.size += 8;
  } else {
    to.view.setFloat32(to.size, value, true);
    to.size += 4;
  }
}
