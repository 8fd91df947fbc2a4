import { isBytes, isMap } from '../../bytes.ts';
import { describe } from '../values/describe.ts';
import { Dictionary } from '../values/dictionary.ts';
import { type ElementType, elementTypeName, OBJECT_AS_ID } from '../values/element-type.ts';
import type { Float } from '../values/float.ts';
import { FullObject } from '../values/full-object.ts';
import type { EncodedObjectAsID, RID, Signal } from '../values/handles.ts';
import type { NodePath } from '../values/node-path.ts';
import type { PackedColorArray, PackedVector2Array } from '../values/packed-arrays.ts';
import { isPacked } from '../values/packed-type.ts';
import { StringName } from '../values/string-name.ts';
import { TypedArray } from '../values/typed-array.ts';
import { isInt, type VariantInput, variantTypeOf } from '../values/variant.ts';
import { VariantType } from '../values/variant-type.ts';
import type { VariantValue } from '../values/variant-value.ts';
import { toLittleEndian } from './byte-order.ts';
import { ByteWriter } from './byte-writer.ts';
import { ElementKind, Header, NodePathBits } from './header.ts';
import { KEY_ROOM, rememberKey, writeKnownKey } from './key-cache.ts';
import { MAX_DEPTH } from './limits.ts';
import { encodeMath } from './math-encoding.ts';

const hasOwn: (this: unknown, key: string) => boolean = Object.prototype.hasOwnProperty;

/** How values are encoded. */
export interface EncodeOptions {
  /**
   * Whether a `FullObject` may be encoded, and typed containers name the classes of their objects. Default: false, as in the
   * engine.
   */
  readonly fullObjects?: boolean;
  /**
   * Whether the components of vectors and transforms are sent as 64-bit floats, as a double-precision build of the engine
   * does; every build reads both. Default: false. A packed array of vectors keeps the width of its own numbers; colours
   * always have 32 bits.
   */
  readonly doublePrecision?: boolean;
}

/** The methods of a schema that a writer calls. */
interface ValueWriting<T> {
  /** Writes a value at nesting depth `depth`. Throws a `TypeError` when it does not match. @internal */
  write(to: VariantWriter, value: T, depth: number): void;
  /** Throws a `TypeError` that names the place when `value` does not match. @internal */
  demand(value: unknown): void;
}

/** Writes consecutive Variants and other parts of a packet, in memory that is reused (docs/engine/variant-format.md). */
export class VariantWriter extends ByteWriter {
  readonly #fullObjects: boolean;
  readonly #doublePrecision: boolean;

  constructor(options: EncodeOptions = {}) {
    super();
    this.#fullObjects = options.fullObjects === true;
    this.#doublePrecision = options.doublePrecision === true;
  }

  /** Whether no option is set. @internal */
  get isPlain(): boolean {
    return !this.#fullObjects && !this.#doublePrecision;
  }

  /** Writes one Variant. Encodes and throws as `varToBytes` does; when it throws, nothing of the Variant is kept. */
  writeVariant(value: VariantInput): void {
    const start = this.size;
    try {
      this.variant(value, 0);
    } catch (error) {
      this.size = start;
      throw error;
    }
  }

  /** Writes one value by a schema. Throws as `schema.encode` does; then nothing of the value is kept. */
  write<T>(schema: ValueWriting<T>, value: T): void {
    const start = this.size;
    try {
      schema.write(this, value, 0);
    } catch (error) {
      this.size = start;
      schema.demand(value);
      throw error;
    }
  }

  /** Writes a Variant at nesting depth `depth`. @internal */
  variant(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.writeU32(VariantType.TYPE_STRING);
        this.writeText(value);
        break;
      case 'number':
        // The fast path for most numbers: integers of 32 bits.
        if ((value | 0) === value && (value !== 0 || 1 / value > 0)) this.#words(VariantType.TYPE_INT, value);
        else if (isInt(value)) this.int(value);
        else this.float(value);
        break;
      case 'boolean':
        this.#words(VariantType.TYPE_BOOL, value ? 1 : 0);
        break;
      case 'bigint':
        this.int(value);
        break;
      default:
        this.#object(value, depth);
        break;
    }
  }

  /** Writes an integer as INT. @internal */
  int(value: number | bigint): void {
    if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
      throw new RangeError(`${value} does not fit into 64 bits`);
    }
    const narrow = Number(value) | 0;
    if (narrow === value || (typeof value === 'bigint' && BigInt(narrow) === value)) {
      this.#words(VariantType.TYPE_INT, narrow);
    } else {
      this.writeU32(VariantType.TYPE_INT | Header.WIDE);
      this.writeU64(value);
    }
  }

  /**
   * Writes a number as FLOAT, with 32 bits when that is exact. NaN takes 64 bits, because it does not equal itself, as in
   * the engine. @internal
   */
  float(value: number): void {
    this.reserve(12);
    const at = this.size;
    if (Math.fround(value) === value) {
      this.view.setInt32(at, VariantType.TYPE_FLOAT, true);
      this.view.setFloat32(at + 4, value, true);
      this.size = at + 8;
    } else {
      this.view.setInt32(at, VariantType.TYPE_FLOAT | Header.WIDE, true);
      this.view.setFloat64(at + 4, value, true);
      this.size = at + 12;
    }
  }

  #words(first: number, second: number): void {
    this.reserve(8);
    this.view.setInt32(this.size, first, true);
    this.view.setInt32(this.size + 4, second, true);
    this.size += 8;
  }

  // The casts follow from the type that variantTypeOf returned.
  #object(value: unknown, depth: number): void {
    const type = variantTypeOf(value);
    switch (type) {
      case null:
      // Primitive values have these types; `variant` writes them.
      case VariantType.TYPE_BOOL:
      case VariantType.TYPE_INT:
      case VariantType.TYPE_STRING:
        throw new TypeError(`${describe(value)} is no Variant`);
      case VariantType.TYPE_NIL:
        this.writeU32(VariantType.TYPE_NIL);
        break;
      case VariantType.TYPE_FLOAT:
        this.float((value as Float).value);
        break;
      case VariantType.TYPE_STRING_NAME:
        this.writeU32(VariantType.TYPE_STRING_NAME);
        this.writeText((value as StringName).text);
        break;
      case VariantType.TYPE_NODE_PATH:
        this.#nodePath(value as NodePath);
        break;
      case VariantType.TYPE_RID:
        this.writeU32(VariantType.TYPE_RID);
        this.writeU64((value as RID).id);
        break;
      case VariantType.TYPE_OBJECT:
        this.#instance(value as EncodedObjectAsID | FullObject, depth);
        break;
      case VariantType.TYPE_CALLABLE:
        this.writeU32(VariantType.TYPE_CALLABLE);
        break;
      case VariantType.TYPE_SIGNAL:
        this.writeU32(VariantType.TYPE_SIGNAL);
        this.writeText((value as Signal).name);
        this.writeU64((value as Signal).objectId);
        break;
      case VariantType.TYPE_DICTIONARY:
        if (isMap(value)) this.#map(value, depth);
        else this.#record(value as Record<string, unknown>, depth);
        break;
      case VariantType.TYPE_ARRAY:
        this.#array(value as unknown[], depth);
        break;
      case VariantType.TYPE_PACKED_STRING_ARRAY:
        this.#words(VariantType.TYPE_PACKED_STRING_ARRAY, (value as string[]).length);
        for (const text of value as string[]) this.writeText(text, 1);
        break;
      case VariantType.TYPE_PACKED_VECTOR2_ARRAY:
      case VariantType.TYPE_PACKED_VECTOR3_ARRAY:
      case VariantType.TYPE_PACKED_COLOR_ARRAY:
      case VariantType.TYPE_PACKED_VECTOR4_ARRAY: {
        const { data } = value as PackedVector2Array | PackedColorArray;
        const isWide = data.BYTES_PER_ELEMENT === 8;
        this.#packed(isWide ? type | Header.WIDE : type, data, (value as PackedVector2Array).length);
        break;
      }
      default:
        if (isPacked(type)) this.#packed(type, value as Float64Array, (value as Float64Array).length);
        else encodeMath(this, type, value as VariantValue, this.#doublePrecision);
    }
  }

  #array(values: readonly unknown[], depth: number): void {
    const type = values instanceof TypedArray ? values.elementType : null;
    const { length } = values;
    const inside = length === 0 ? depth : deeper(depth);
    if (type === null) {
      this.#words(VariantType.TYPE_ARRAY, length);
      for (let i = 0; i < length; i++) this.variant(values[i], inside);
      return;
    }
    this.writeU32(VariantType.TYPE_ARRAY | (this.kindOf(type) << Header.KIND_SHIFT));
    this.elementType(type);
    this.writeU32(length);
    for (let i = 0; i < length; i++) this.#element(values[i], type, inside);
  }

  #map(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    const keyType = map instanceof Dictionary ? map.keyType : null;
    const valueType = map instanceof Dictionary ? map.valueType : null;
    this.writeU32(
      VariantType.TYPE_DICTIONARY |
        (this.kindOf(keyType) << Header.KIND_SHIFT) |
        (this.kindOf(valueType) << Header.VALUE_KIND_SHIFT),
    );
    this.elementType(keyType);
    this.elementType(valueType);
    this.writeU32(map.size);
    if (map.size === 0) return;
    const inside = deeper(depth);
    if (keyType === null && valueType === null) {
      for (const [key, value] of map) {
        this.variant(key, inside);
        this.variant(value, inside);
      }
    } else {
      for (const [key, value] of map) {
        this.#element(key, keyType, inside);
        this.#element(value, valueType, inside);
      }
    }
  }

  /** Writes a plain object. Undefined properties are left out, as in JSON. */
  #record(record: Readonly<Record<string, unknown>>, depth: number): void {
    this.#words(VariantType.TYPE_DICTIONARY, 0);
    const countAt = this.size - 4;
    let count = 0;
    // In V8, for-in with hasOwn.call takes half the time of Object.keys: 17 instead of 35 ns for a small object.
    for (const key in record) {
      if (!hasOwn.call(record, key)) continue;
      const value = record[key];
      if (value === undefined) continue;
      this.#key(key);
      this.variant(value, deeper(depth));
      count++;
    }
    this.view.setInt32(countAt, count, true);
  }

  #key(key: string): void {
    this.writeU32(VariantType.TYPE_STRING);
    this.reserve(KEY_ROOM);
    const start = this.size;
    const end = writeKnownKey(this.view, start, key);
    if (end >= 0) {
      this.size = end;
    } else {
      this.writeText(key);
      rememberKey(this.view, start, key);
    }
  }

  /**
   * Writes an element of a container. The type of a typed container selects FLOAT for numbers, and String or StringName for
   * texts; other elements must be of that type.
   */
  #element(value: unknown, type: ElementType | null, depth: number): void {
    const isText = typeof value === 'string' || value instanceof StringName;
    if (type === VariantType.TYPE_FLOAT && typeof value === 'number') {
      this.float(value);
    } else if (isText && (type === VariantType.TYPE_STRING || type === VariantType.TYPE_STRING_NAME)) {
      this.writeU32(type);
      this.writeText(`${value}`);
    } else {
      if (type !== null) checkElement(value, type);
      this.variant(value, depth);
    }
  }

  /** The kind of `type` in the header of a container. @internal */
  kindOf(type: ElementType | null): ElementKind {
    if (typeof type !== 'object') return ElementKind.BUILT_IN;
    if (type === null) return ElementKind.ANY;
    return type.kind === 'script' && this.#fullObjects ? ElementKind.SCRIPT : ElementKind.CLASS;
  }

  /** Writes the element type, which follows the header. @internal */
  elementType(type: ElementType | null): void {
    if (typeof type === 'number') this.writeU32(type);
    else if (type !== null) this.writeText((this.#fullObjects ? type : OBJECT_AS_ID).name);
  }

  #packed(header: number, values: Uint8Array | Float64Array | Float32Array, count: number): void {
    this.#words(header, count);
    const start = this.size;
    this.writeBytes(isBytes(values) ? values : new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    toLittleEndian(this.bytes, start, this.size, values.BYTES_PER_ELEMENT);
    // Padding counts from `start`, because a Variant may begin at any byte of a packet.
    while ((this.size - start) & 3) this.writeU8(0);
  }

  /** Padding is zeros; older engines leave those bytes unset. */
  #nodePath({ names, subnames, isAbsolute }: NodePath): void {
    this.#words(VariantType.TYPE_NODE_PATH, names.length | NodePathBits.FORMAT);
    this.writeU32(subnames.length);
    this.writeU32(isAbsolute ? NodePathBits.ABSOLUTE : 0);
    for (const name of names) this.writeText(name);
    for (const name of subnames) this.writeText(name);
  }

  #instance(value: EncodedObjectAsID | FullObject, depth: number): void {
    if (!(value instanceof FullObject)) {
      this.writeU32(VariantType.TYPE_OBJECT | Header.WIDE);
      this.writeU64(value.objectId);
      return;
    }
    if (!this.#fullObjects) throw new TypeError(`a ${value.className} is a full object: encode with fullObjects`);
    this.writeU32(VariantType.TYPE_OBJECT);
    this.writeText(value.className);
    this.writeU32(value.properties.size);
    for (const [name, property] of value.properties) {
      this.writeText(name);
      this.variant(property, deeper(depth));
    }
  }
}

function deeper(depth: number): number {
  if (depth >= MAX_DEPTH) throw new RangeError(`a Variant holds others at most ${MAX_DEPTH} deep, and never itself`);
  return depth + 1;
}

function checkElement(value: unknown, type: ElementType): void {
  const holdsObjects = type === VariantType.TYPE_OBJECT || typeof type === 'object';
  if (variantTypeOf(value) === (holdsObjects ? VariantType.TYPE_OBJECT : type) || (holdsObjects && value === null))
    return;
  throw new TypeError(`${describe(value)} is no ${elementTypeName(type)}, which the container holds`);
}
