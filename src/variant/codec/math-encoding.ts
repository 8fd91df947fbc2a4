import { isInteger } from '../values/math-type.ts';
import type { VariantType } from '../values/variant-type.ts';
import type { VariantValue } from '../values/variant-value.ts';
import type { Vector2, Vector3 } from '../values/vectors.ts';
import type { ByteWriter } from './byte-writer.ts';
import { WIDE } from './limits.ts';

/** A Projection of doubles. */
const LONGEST = 4 + 16 * 8;

/** Writes a value of the types 5 to 20, header and all; `wide`: with 64-bit components, where the type has such. */
export function encodeMath(to: ByteWriter, type: VariantType, value: VariantValue, wide: boolean): void {
  to.reserve(LONGEST);
  const isWide = wide && type !== 20 && !isInteger(type);
  to.writeU32(isWide ? type | WIDE : type);
  // The first two are the same as the last without an array: half of the values of most games. The casts follow the type.
  if (type === 5) {
    const { x, y } = value as Vector2;
    real(to, x, isWide);
    real(to, y, isWide);
  } else if (type === 9) {
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
