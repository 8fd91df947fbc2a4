import { typeName } from './type-name.ts';
import type { VariantType } from './variant-type.ts';

/** What the engine has and JavaScript has not: the base of every class of this room that stands for one value. */
export abstract class VariantValue {
  /** The type id of this class. */
  abstract get variantType(): VariantType;

  /** What the value is made of, flat, in the order of the wire. Two values of one type are equal when these are. */
  abstract toArray(): readonly (number | bigint | string)[];

  /** Whether `other` is of the same type and has the same parts. As for keys of a `Dictionary`, NaN equals NaN and 0 equals -0. */
  equals(other: unknown): boolean {
    if (!(other instanceof VariantValue) || other.variantType !== this.variantType) return false;
    const mine = this.toArray();
    const theirs = other.toArray();
    return mine.length === theirs.length && mine.every((part, i) => part === theirs[i] || Object.is(part, theirs[i]));
  }

  /** For people: `Vector2(1, -2)`. */
  toString(): string {
    return `${typeName(this.variantType)}(${this.toArray().join(', ')})`;
  }
}

/** `value` if it is a number. */
export function real(value: number): number {
  if (typeof value !== 'number') throw new TypeError(`a number was expected, not ${typeof value}`);
  return value;
}

/** `value` if it is a whole number of 32 bits; -0 becomes 0. */
export function int32(value: number): number {
  if ((value | 0) !== value) throw new RangeError(`${value} is not an integer from -2147483648 to 2147483647`);
  return value | 0;
}
