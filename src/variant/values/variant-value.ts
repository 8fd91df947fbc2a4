import { typeName } from './type-name.ts';
import type { VariantType } from './variant-type.ts';

/** The base of the classes for values that the engine has and JavaScript lacks. */
export abstract class VariantValue {
  /** The type id of this class. */
  abstract get variantType(): VariantType;

  /**
   * The components of the value as a flat list, in the order of the encoding. Two values of one type are equal when their
   * lists are equal.
   */
  abstract toArray(): readonly (number | bigint | string)[];

  /**
   * Whether `other` is of the same type and has the same components. As in keys of a `Dictionary`, NaN equals NaN and 0
   * equals -0.
   */
  equals(other: unknown): boolean {
    if (!(other instanceof VariantValue) || other.variantType !== this.variantType) return false;
    const mine = this.toArray();
    const theirs = other.toArray();
    return mine.length === theirs.length && mine.every((part, i) => part === theirs[i] || Object.is(part, theirs[i]));
  }

  /** For messages: `Vector2(1, -2)`. */
  toString(): string {
    return `${typeName(this.variantType)}(${this.toArray().join(', ')})`;
  }
}

/** Returns `value`. Throws `TypeError` when it is not a number. */
export function real(value: number): number {
  if (typeof value !== 'number') throw new TypeError(`a number was expected, not ${typeof value}`);
  return value;
}

/** Returns `value`; -0 becomes 0. Throws `RangeError` when it is not a 32-bit integer. */
export function int32(value: number): number {
  if ((value | 0) !== value) throw new RangeError(`${value} is not an integer from -2147483648 to 2147483647`);
  return value | 0;
}
