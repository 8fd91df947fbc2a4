import { isFailure } from '../../failure.ts';
import {
  bool,
  float,
  int,
  type Schema,
  type Variant,
  VariantReader,
  VariantType,
  type VariantWriter,
  variant,
} from '../../variant/index.ts';
/** Converts `value` to the type of `schema`, and reads the result; null when it cannot be converted. */
export type ArgumentConversion = <T>(schema: Schema<T>, value: Variant) => { readonly value: T } | null;

/**
 * The first byte: the type in the low bits, the mode in the high bits (docs/engine/multiplayer-wire.md#compressed-variants).
 */
const TYPE_MASK = 0x3f;
const MODE_SHIFT = 6;
const TRUE = 0x80;
/** In a header: the value has 64 bits. */
const WIDE = 1;

const NIL = new Uint8Array(4);
const TRUE_VARIANT = Uint8Array.of(VariantType.TYPE_BOOL, 0, 0, 0, 1, 0, 0, 0);
const FALSE_VARIANT = Uint8Array.of(VariantType.TYPE_BOOL, 0, 0, 0, 0, 0, 0, 0);

/** Writes a value as an argument: as a Variant, except that bools take one byte and integers as few bytes as they need. */
export function writeCompressed<T>(writer: VariantWriter, schema: Schema<T>, value: T): void {
  if (isSame(schema, int) && typeof value === 'number' && value === (value | 0)) {
    writeInt32(writer, value);
    return;
  }
  const start = writer.size;
  writer.write(schema, value);
  const { bytes, view } = writer;
  const type = bytes[start];
  if (type === VariantType.TYPE_BOOL) {
    bytes[start] = bytes[start + 4] === 0 ? VariantType.TYPE_BOOL : VariantType.TYPE_BOOL | TRUE;
    writer.size = start + 1;
  } else if (type === VariantType.TYPE_INT && bytes[start + 2] === WIDE) {
    bytes[start] = VariantType.TYPE_INT | (3 << MODE_SHIFT);
    bytes.copyWithin(start + 1, start + 4, start + 12);
    writer.size = start + 9;
  } else if (type === VariantType.TYPE_INT) {
    writer.size = start;
    writeInt32(writer, view.getInt32(start + 4, true));
  }
}

function writeInt32(writer: VariantWriter, value: number): void {
  writer.reserve(5);
  const { bytes, size } = writer;
  const mode = (value << 24) >> 24 === value ? 0 : (value << 16) >> 16 === value ? 1 : 2;
  bytes[size] = VariantType.TYPE_INT | (mode << MODE_SHIFT);
  bytes[size + 1] = value;
  if (mode > 0) bytes[size + 2] = value >> 8;
  if (mode > 1) {
    bytes[size + 3] = value >> 16;
    bytes[size + 4] = value >> 24;
  }
  writer.size = size + 1 + (1 << mode);
}

/**
 * Calls of up to this many bytes are copied and read from the copy. That takes 20 ns; a new DataView for each call takes 60
 * to 500 ns.
 */
const SHORT = 512;

/** Reads consecutive arguments. One reader is reused for all calls. */
export class CompressedReader {
  #bytes: Uint8Array = NIL;
  #end = 0;
  #allowsObjects = false;
  /** Reads the bytes, or their copy; null until a value needs it. */
  #reader: VariantReader | null = null;
  readonly #copy = new Uint8Array(SHORT);
  readonly #copyReader = new VariantReader(this.#copy);
  at = 0;
  /** Why the last `read` returned undefined; null when it succeeded. A field, to avoid a result object for each argument. */
  failure: string | null = null;

  readonly #convertArgument: ArgumentConversion | null;

  /** `convertArgument`: called for values of another type than that of the schema. */
  constructor(convertArgument: ArgumentConversion | null = null) {
    this.#convertArgument = convertArgument;
  }

  /** Starts to read other bytes, from `start` to `end`. */
  begin(bytes: Uint8Array, start: number, end: number, allowsObjects: boolean): void {
    this.#bytes = bytes;
    this.at = start;
    this.#end = end;
    this.#allowsObjects = allowsObjects;
    this.#reader = null;
  }

  /**
   * Reads the next value. It must match `schema`, if necessary after the conversion that a call in a script does. Otherwise
   * returns undefined, and `failure` says why.
   */
  read<T>(schema: Schema<T>): T | undefined {
    const { at } = this;
    const value = this.#read(schema);
    return this.failure === null ? value : this.#readConverted(schema, at);
  }

  /** Reads a value that did not match once more, as any type, and converts it. */
  #readConverted<T>(schema: Schema<T>, at: number): T | undefined {
    const { failure } = this;
    const type = this.#bytes[at]! & TYPE_MASK;
    if (at < this.#end && type !== schema.elementType) {
      this.at = at;
      const found = this.#read(variant);
      const converted = found === undefined ? null : this.#convertArgument?.(schema, found);
      if (converted) return converted.value;
    }
    this.failure = failure;
    return undefined;
  }

  #read<T>(schema: Schema<T>): T | undefined {
    this.failure = null;
    if (this.at >= this.#end) return this.#fail('it is missing');
    const first = this.#bytes[this.at]!;
    const type = first & TYPE_MASK;
    const mode = first >> MODE_SHIFT;
    if (type === VariantType.TYPE_BOOL) return this.#bool(schema, first);
    if (type === VariantType.TYPE_INT) return this.#int(schema, mode);
    if (mode !== 0) return this.#fail(`the first byte ${first} is no Variant type`);
    if (type === VariantType.TYPE_OBJECT && !this.#allowsObjects && this.#isNullObject())
      return this.#convert(schema, NIL, 4);
    return this.#variant(schema);
  }

  #bool<T>(schema: Schema<T>, first: number): T | undefined {
    if ((first & ~TRUE) !== VariantType.TYPE_BOOL) return this.#fail(`the first byte ${first} is no Variant type`);
    const isTrue = (first & TRUE) !== 0;
    if (!isSame(schema, bool)) return this.#convert(schema, isTrue ? TRUE_VARIANT : FALSE_VARIANT, 1);
    this.at += 1;
    return isTrue as T; // the schema is that of booleans
  }

  #int<T>(schema: Schema<T>, mode: number): T | undefined {
    const size = 1 << mode;
    const at = this.at + 1;
    if (at + size > this.#end) return this.#fail('an integer is cut off');
    const bytes = this.#bytes;
    if (mode < 3) {
      const shift = 32 - 8 * size;
      let number = 0;
      for (let index = 0; index < size; index++) number |= bytes[at + index]! << (8 * index);
      number = (number << shift) >> shift;
      if (isSame(schema, int) || isSame(schema, float)) {
        this.at += 1 + size;
        return number as T; // the schema is that of numbers
      }
      const variant = new DataView(new ArrayBuffer(8));
      variant.setInt32(0, VariantType.TYPE_INT, true);
      variant.setInt32(4, number, true);
      return this.#convert(schema, new Uint8Array(variant.buffer), 1 + size);
    }
    const variant = new Uint8Array(12);
    variant[0] = VariantType.TYPE_INT;
    variant[2] = WIDE;
    variant.set(bytes.subarray(at, at + 8), 4);
    return this.#convert(schema, variant, 9);
  }

  /** Decodes the uncompressed form by the schema, and moves on by the `size` bytes of the compressed form. */
  #convert<T>(schema: Schema<T>, variant: Uint8Array, size: number): T | undefined {
    const result = schema.decode(variant);
    if (isFailure(result)) return this.#fail(result.message);
    this.at += size;
    return result.value;
  }

  #variant<T>(schema: Schema<T>): T | undefined {
    this.#reader ??= this.#open();
    const reader = this.#reader;
    reader.offset = this.at;
    const value = reader.read(schema);
    if (reader.failure !== null) return this.#fail(reader.failure.message);
    this.at = reader.offset;
    return value;
  }

  #open(): VariantReader {
    const bytes = this.#bytes;
    if (this.#allowsObjects || bytes.length > SHORT) {
      return new VariantReader(bytes.subarray(0, this.#end), 0, { allowObjects: this.#allowsObjects });
    }
    this.#copy.set(bytes);
    this.#copyReader.end = this.#end;
    return this.#copyReader;
  }

  /** Whether the next bytes are what the engine sends for a freed object (docs/engine/multiplayer-wire.md#the-null-of-an-object-type). */
  #isNullObject(): boolean {
    const { at } = this;
    const bytes = this.#bytes;
    return at + 4 <= this.#end && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
  }

  #fail(failure: string): undefined {
    this.failure = failure;
  }
}

function isSame(schema: Schema<unknown>, other: Schema<unknown>): boolean {
  return schema === other;
}
