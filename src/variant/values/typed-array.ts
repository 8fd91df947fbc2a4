import { checkElementType, type ElementType } from './element-type.ts';
import type { Variant } from './variant.ts';

/**
 * The engine's `Array[int]`: an array that knows what it holds. `map`, `filter`, `slice` … give plain arrays.
 *
 * The type is checked when it is encoded, and chooses how: in an `Array[float]` the number 1 is `1.0`, and decoded FLOATs are
 * always numbers; in an `Array[StringName]` strings will do.
 */
export class TypedArray<T = Variant> extends Array<T> {
  readonly elementType: ElementType;

  /** Throws `TypeError` for an element type that there is not. */
  constructor(elementType: ElementType, elements: Iterable<T> = []) {
    super();
    this.elementType = checkElementType(elementType);
    for (const element of elements) this.push(element);
  }

  // No getter: with one, V8 keeps the class as a dictionary, and `instanceof` costs 30 ns instead of 2.
  static override readonly [Symbol.species]: ArrayConstructor = Array;
}
