import { isFloat32Array, isFloat64Array } from '../../bytes.ts';
import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';
import { Color, Vector2, Vector3, Vector4 } from './vectors.ts';

// The other packed arrays are JavaScript's own: Uint8Array, Int32Array, BigInt64Array, Float32Array, Float64Array.

/** The engine's `PackedStringArray`: `new PackedStringArray(['a', 'b'])`. A plain array of strings is an `Array`. */
export class PackedStringArray extends Array<string> {
  constructor(strings: Iterable<string> = []) {
    super();
    // `Array.of` and `Array.from` pass the length to the constructor, and then set the elements.
    if (typeof strings === 'number') this.length = strings;
    else for (const text of strings) this.push(text);
  }

  // Not a getter: with one, V8 stores the class as a dictionary, and `instanceof` takes 30 ns instead of 2.
  static override readonly [Symbol.species]: ArrayConstructor = Array;
}

/**
 * 32-bit floats, or 64-bit floats as in a double-precision build of the engine. The type of the array determines how it is
 * sent.
 */
type Reals = Float32Array | Float64Array;

/** Makes a value of up to four components. It ignores those that it does not have. */
type FromComponents<T> = new (a?: number, b?: number, c?: number, d?: number) => T;

/** Consecutive numbers, `size` for each value: the base of the packed arrays of vectors and colours. */
abstract class PackedValues<
  T extends VariantValue & { toArray(): number[] },
  D extends Reals = Reals,
> extends VariantValue {
  /** The components of all values, one after the other. Writing to it changes the values. */
  readonly data: D;
  /** Components per value. */
  readonly size: number;
  readonly #Value: FromComponents<T>;

  constructor(data: D, size: number, Value: FromComponents<T>) {
    super();
    if (data.length % size !== 0) throw new RangeError(`${data.length} numbers are not a multiple of ${size}`);
    this.data = data;
    this.size = size;
    this.#Value = Value;
  }

  /** How many values there are. */
  get length(): number {
    return this.data.length / this.size;
  }

  /** A copy of the value at `index`. Throws `RangeError` when there is none. */
  get(index: number): T {
    const { data, size } = this;
    const at = index * size;
    if (!Number.isInteger(index) || index < 0 || at >= data.length)
      throw new RangeError(`there is no element ${index}`);
    return new this.#Value(data[at], data[at + 1], data[at + 2], data[at + 3]);
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.length; i++) yield this.get(i);
  }

  toArray(): number[] {
    return [...this.data];
  }
}

/** The engine's `PackedVector2Array`. Throws `RangeError` when the number of components is not a multiple of 2. */
export class PackedVector2Array extends PackedValues<Vector2> {
  constructor(values: Iterable<Vector2> | Reals = []) {
    super(flatten(values), 2, Vector2);
  }

  get variantType(): VariantType.TYPE_PACKED_VECTOR2_ARRAY {
    return VariantType.TYPE_PACKED_VECTOR2_ARRAY;
  }
}

/** The engine's `PackedVector3Array`. Throws `RangeError` when the number of components is not a multiple of 3. */
export class PackedVector3Array extends PackedValues<Vector3> {
  constructor(values: Iterable<Vector3> | Reals = []) {
    super(flatten(values), 3, Vector3);
  }

  get variantType(): VariantType.TYPE_PACKED_VECTOR3_ARRAY {
    return VariantType.TYPE_PACKED_VECTOR3_ARRAY;
  }
}

/**
 * The engine's `PackedVector4Array` (4.3 and newer). Throws `RangeError` when the number of components is not a multiple of
 * 4.
 */
export class PackedVector4Array extends PackedValues<Vector4> {
  constructor(values: Iterable<Vector4> | Reals = []) {
    super(flatten(values), 4, Vector4);
  }

  get variantType(): VariantType.TYPE_PACKED_VECTOR4_ARRAY {
    return VariantType.TYPE_PACKED_VECTOR4_ARRAY;
  }
}

/**
 * The engine's `PackedColorArray`: always 32-bit floats. Throws `RangeError` when the number of components is not a multiple
 * of 4.
 */
export class PackedColorArray extends PackedValues<Color, Float32Array> {
  constructor(values: Iterable<Color> | Float32Array = []) {
    super(isFloat32Array(values) ? values : flat32(values), 4, Color);
  }

  get variantType(): VariantType.TYPE_PACKED_COLOR_ARRAY {
    return VariantType.TYPE_PACKED_COLOR_ARRAY;
  }
}

type Flat = Iterable<{ toArray(): number[] }>;

function flatten(values: Flat | Reals): Reals {
  return isFloat32Array(values) || isFloat64Array(values) ? values : flat32(values);
}

function flat32(values: Flat): Float32Array {
  return Float32Array.from([...values].flatMap((value) => value.toArray()));
}
