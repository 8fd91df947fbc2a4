import { checkElementType, type ElementType } from './element-type.ts';
import type { Variant } from './variant.ts';

/**
 * The engine's `Array[int]`: an array with an element type. `map`, `filter`, `slice` and similar methods return plain
 * arrays.
 *
 * The elements are checked when the array is encoded. The type also determines their encoding: in an `Array[float]` the
 * number 1 is encoded as `1.0`, and decoded FLOATs are always numbers. An `Array[StringName]` may contain strings.
 */
export class TypedArray<T = Variant> extends Array<T> {
  readonly elementType: ElementType;

  /** Throws `TypeError` for an invalid element type. */
  constructor(elementType: ElementType, elements: Iterable<T> = []) {
    super();
    this.elementType = checkElementType(elementType);
    for (const element of elements) this.push(element);
  }

  // Not a getter: with one, V8 stores the class as a dictionary, and `instanceof` takes 30 ns instead of 2.
  static override readonly [Symbol.species]: ArrayConstructor = Array;
}
