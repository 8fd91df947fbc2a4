import { ErrorCode } from '../../error-code.ts';
import { Dictionary } from '../values/dictionary.ts';
import { type ElementType, elementTypeName, OBJECT_AS_ID } from '../values/element-type.ts';
import { Float } from '../values/float.ts';
import { FullObject } from '../values/full-object.ts';
import { Callable, EncodedObjectAsID, RID, Signal } from '../values/handles.ts';
import { componentsOf, isWidening } from '../values/math-type.ts';
import { NodePath } from '../values/node-path.ts';
import {
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
} from '../values/packed-arrays.ts';
import { isPacked, type PackedType } from '../values/packed-type.ts';
import { StringName } from '../values/string-name.ts';
import { TYPE_COUNT, typeName } from '../values/type-name.ts';
import { TypedArray } from '../values/typed-array.ts';
import { isInt, type Variant } from '../values/variant.ts';
import { VariantType } from '../values/variant-type.ts';
import { toLittleEndian } from './byte-order.ts';
import type { DecodeOptions } from './decode-options.ts';
import { ElementKind, Header, NodePathBits } from './header.ts';
import { FEWEST_KEYS, KeyCollisions } from './key-collisions.ts';
import { KEY_NESTING, MAX_DEPTH, MAX_KEY_DEPTH, MAX_KEY_LEVELS } from './limits.ts';
import { decodeMath } from './math-decoding.ts';
import { decodeText } from './text-decoding.ts';
import { Refusal } from './variant-failure.ts';

const setInMap: (this: Map<Variant, Variant>, key: Variant, value: Variant) => unknown = Map.prototype.set;

/**
 * Reads Variants from bytes (docs/engine/variant-format.md). Its methods advance `at` past what they read, and throw a
 * `Refusal` for invalid bytes. Memory is allocated only for bytes that are there.
 */
export class Decoder {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The offset of the next byte, and the end of the bytes. */
  at = 0;
  end: number;
  readonly #keepsFloats: boolean;
  readonly #allowObjects: boolean;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    // Loops are faster with a single class of arrays, and `slice` of a Buffer does not copy.
    this.bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = bytes.length;
    this.#keepsFloats = options.floats !== 'number';
    this.#allowObjects = options.allowObjects === true;
  }

  /** Reads the next Variant, at nesting depth `depth`. */
  variant(depth: number): Variant {
    return this.payload(this.header(), depth);
  }

  /** The type of the next Variant, without reading it; -1 when fewer than four bytes are left. */
  nextType(): number {
    return this.end - this.at < 4 ? -1 : this.bytes[this.at]!;
  }

  /** Reads the next Variant's header. */
  header(): number {
    const header = this.word();
    if ((header & Header.TYPE_MASK) >= TYPE_COUNT)
      this.refuse(`there is no type ${header & Header.TYPE_MASK}`, this.at - 4);
    return header;
  }

  /** Reads what follows a header. */
  payload(header: number, depth: number): Variant {
    const type: VariantType = header & Header.TYPE_MASK;
    switch (type) {
      case VariantType.TYPE_NIL:
        return null;
      case VariantType.TYPE_BOOL:
        return this.word() !== 0;
      case VariantType.TYPE_INT:
        return this.int(header);
      case VariantType.TYPE_FLOAT: {
        const value = this.float(header);
        return this.#keepsFloats && isInt(value) ? new Float(value) : value;
      }
      case VariantType.TYPE_STRING:
        return this.text();
      case VariantType.TYPE_STRING_NAME:
        return new StringName(this.text());
      case VariantType.TYPE_NODE_PATH:
        return this.#nodePath();
      case VariantType.TYPE_RID:
        return new RID(this.#u64());
      case VariantType.TYPE_OBJECT:
        return this.#object(header, depth);
      case VariantType.TYPE_CALLABLE:
        return new Callable();
      case VariantType.TYPE_SIGNAL:
        return new Signal(this.text(), this.#u64());
      case VariantType.TYPE_DICTIONARY:
        return this.#dictionary(header, depth);
      case VariantType.TYPE_ARRAY:
        return this.#array(header, depth);
      default: {
        if (isPacked(type)) return this.#packed(type, header);
        const isWide = (header & Header.WIDE) !== 0 && isWidening(type);
        this.need(componentsOf(type) * (isWide ? 8 : 4));
        return decodeMath(this, type, isWide);
      }
    }
  }

  /** Reads the payload of an INT. */
  int(header: number): number | bigint {
    if ((header & Header.WIDE) === 0) return this.word();
    this.need(8);
    const { at } = this;
    this.at = at + 8;
    const value = this.view.getInt32(at + 4, true) * 0x1_0000_0000 + this.view.getUint32(at, true);
    return Number.isSafeInteger(value) ? value : this.view.getBigInt64(at, true);
  }

  /** Reads the payload of a FLOAT. */
  float(header: number): number {
    const { at } = this;
    const size = (header & Header.WIDE) === 0 ? 4 : 8;
    this.need(size);
    this.at = at + size;
    return size === 4 ? this.view.getFloat32(at, true) : this.view.getFloat64(at, true);
  }

  /** Reads a string block: the payload of a String and a StringName. */
  text(): string {
    const length = this.word();
    const start = this.at;
    if (length < 0 || ((length + 3) & ~3) > this.end - start || length > 0x7fff_fffc) {
      this.refuse(`a text of ${length >>> 0} bytes does not fit`, start - 4, ErrorCode.ERR_FILE_EOF);
    }
    this.at = start + ((length + 3) & ~3);
    const last = start + length - 1;
    const text = decodeText(this.bytes, this.view, start, length > 0 && this.bytes[last] === 0 ? last : start + length);
    return text ?? this.refuse('a text is no UTF-8', start);
  }

  /** Reads the number of elements that follow, each at least `size` bytes long; bit 31 is ignored. */
  count(size: number): number {
    return this.#fitting(this.word() & 0x7fff_ffff, size);
  }

  /**
   * The element type for the `kind` in a container's header (docs/engine/variant-format.md#typed-containers); null for any.
   */
  elementType(kind: ElementKind): ElementType | null {
    if (kind === ElementKind.ANY) return null;
    if (kind === ElementKind.BUILT_IN) {
      const type = this.word();
      if (type < 0 || type >= TYPE_COUNT) this.refuse(`there is no type ${type >>> 0}`, this.at - 4);
      if (type === VariantType.TYPE_NIL) return null;
      return type === VariantType.TYPE_OBJECT && !this.#allowObjects ? OBJECT_AS_ID : type;
    }
    const start = this.at;
    const name = this.text();
    if (!this.#allowObjects) return OBJECT_AS_ID;
    if (kind === ElementKind.SCRIPT) this.#checkScript(name, start);
    return { kind: kind === ElementKind.CLASS ? 'class' : 'script', name };
  }

  /** The number of containers around the next value that are keys. */
  #keyLevel = 0;

  /** The depth of the elements of a container at `depth`. */
  inside(depth: number): number {
    const deepest = this.#keyLevel === 0 ? MAX_DEPTH : MAX_KEY_DEPTH + KEY_NESTING;
    if (depth >= deepest) {
      this.refuse(`a value lies more than ${deepest} deep`, this.at, ErrorCode.ERR_OUT_OF_MEMORY);
    }
    return depth + 1;
  }

  /** Whether the next value is an array or a dictionary; as a key it needs `enterKey` and `leaveKey`. */
  isNextContainer(): boolean {
    const type = this.nextType();
    return type === VariantType.TYPE_DICTIONARY || type === VariantType.TYPE_ARRAY;
  }

  /** Begins a container that is a key. Keys are compared by everything in them, so nesting is limited. */
  enterKey(depth: number): void {
    if (depth > MAX_KEY_DEPTH) this.refuse(`a key is a container, ${depth} deep`);
    if (this.#keyLevel === MAX_KEY_LEVELS) this.refuse('a key of a key of a key is a container');
    this.#keyLevel++;
  }

  leaveKey(): void {
    this.#keyLevel--;
  }

  /** Reads the next four bytes, signed. */
  word(): number {
    const { at } = this;
    if (this.end - at < 4) this.need(4);
    this.at = at + 4;
    return this.view.getInt32(at, true);
  }

  /** Refuses unless `size` bytes are left. */
  need(size: number): void {
    const left = this.end - this.at;
    if (left < size) this.refuse(`${size} bytes are needed and ${left} are left`);
  }

  refuse(problem: string, offset: number = this.at, error: ErrorCode = ErrorCode.ERR_INVALID_DATA): never {
    throw new Refusal('TICKPEER_INVALID_VARIANT', error, problem, offset);
  }

  #fitting(count: number, size: number): number {
    const left = this.end - this.at;
    if (count * size > left)
      this.refuse(`${count} elements do not fit into the ${left} bytes that are left`, this.at - 4);
    return count;
  }

  #array(header: number, depth: number): Variant[] {
    const type = this.elementType((header >> Header.KIND_SHIFT) & Header.KIND_MASK);
    const count = this.count(4);
    const values: Variant[] = type === null ? [] : new TypedArray(type);
    const inside = count === 0 ? depth : this.inside(depth);
    if (type === null) for (let i = 0; i < count; i++) values.push(this.payload(this.header(), inside));
    else for (let i = 0; i < count; i++) values.push(this.#element(this.header(), type, inside));
    return values;
  }

  #dictionary(header: number, depth: number): Dictionary {
    const key = this.elementType((header >> Header.KIND_SHIFT) & Header.KIND_MASK);
    const value = this.elementType((header >> Header.VALUE_KIND_SHIFT) & Header.KIND_MASK);
    const count = this.count(8);
    const dictionary = new Dictionary(null, key === null && value === null ? null : { key, value });
    const inside = count === 0 ? depth : this.inside(depth);
    const takesText = key === null || key === VariantType.TYPE_STRING;
    const collisions = this.watchKeys(count);
    let i = 0;
    // Nearly all keys are Strings. As long as they are, `Map.prototype.set` suffices: it saves 10 ns an entry.
    for (; i < count && takesText && this.nextType() === VariantType.TYPE_STRING; i++) {
      this.at += 4;
      const text = this.text();
      if (collisions !== null) this.checkKey(collisions, text);
      setInMap.call(dictionary, text, this.#element(this.header(), value, inside));
    }
    for (; i < count; i++) {
      const found = this.#key(key, inside);
      if (collisions !== null) this.checkKey(collisions, found);
      dictionary.set(found, this.#element(this.header(), value, inside));
    }
    return dictionary;
  }

  /** Returns a counter of colliding keys for a dictionary of `count` entries; null for a small one. */
  watchKeys(count: number): KeyCollisions | null {
    return count > FEWEST_KEYS ? new KeyCollisions(count) : null;
  }

  /** Refuses a key when too many keys collide. */
  checkKey(collisions: KeyCollisions, key: unknown): void {
    if (!collisions.allows(key)) this.refuse('keys of a dictionary were chosen to collide in its table');
  }

  #key(keyType: ElementType | null, depth: number): Variant {
    if (!this.isNextContainer()) return this.#element(this.header(), keyType, depth);
    this.enterKey(depth);
    try {
      return this.#element(this.header(), keyType, depth);
    } finally {
      this.leaveKey();
    }
  }

  /**
   * An element of a container. The engine drops one of the wrong type in a typed container; here the container is refused.
   */
  #element(header: number, type: ElementType | null, depth: number): Variant {
    if (type === null) return this.payload(header, depth);
    const actual = header & Header.TYPE_MASK;
    // The engine's conversions.
    if (type === VariantType.TYPE_FLOAT && actual === VariantType.TYPE_FLOAT) return this.float(header);
    if (type === VariantType.TYPE_FLOAT && actual === VariantType.TYPE_INT) return Number(this.int(header));
    if (type === VariantType.TYPE_STRING && actual === VariantType.TYPE_STRING_NAME) return this.text();
    if (type === VariantType.TYPE_STRING_NAME && actual === VariantType.TYPE_STRING) return new StringName(this.text());
    const fits = actual === (typeof type === 'number' ? type : VariantType.TYPE_OBJECT);
    if (!fits && !(actual === VariantType.TYPE_NIL && (type === VariantType.TYPE_OBJECT || typeof type === 'object'))) {
      this.refuse(`a value of type ${typeName(actual)} lies in a container of ${elementTypeName(type)}`, this.at - 4);
    }
    return this.payload(header, depth);
  }

  #packed(type: PackedType, header: number): Variant {
    const count = this.word() >>> 0;
    switch (type) {
      case VariantType.TYPE_PACKED_BYTE_ARRAY: {
        const values = this.#copy(count, 1);
        // The padding may be missing at the end of the bytes.
        this.at = Math.min(this.end, this.at + (-count & 3));
        return values;
      }
      case VariantType.TYPE_PACKED_INT32_ARRAY:
        return new Int32Array(this.#copy(count, 4).buffer);
      case VariantType.TYPE_PACKED_INT64_ARRAY:
        return new BigInt64Array(this.#copy(count, 8).buffer);
      case VariantType.TYPE_PACKED_FLOAT32_ARRAY:
        return new Float32Array(this.#copy(count, 4).buffer);
      case VariantType.TYPE_PACKED_FLOAT64_ARRAY:
        return new Float64Array(this.#copy(count, 8).buffer);
      case VariantType.TYPE_PACKED_STRING_ARRAY: {
        const texts = new PackedStringArray();
        this.#fitting(count, 4);
        for (let i = 0; i < count; i++) texts.push(this.text());
        return texts;
      }
      case VariantType.TYPE_PACKED_COLOR_ARRAY:
        return new PackedColorArray(new Float32Array(this.#copy(count, 4, 4).buffer));
      case VariantType.TYPE_PACKED_VECTOR2_ARRAY:
        return new PackedVector2Array(this.#reals(header, count, 2));
      case VariantType.TYPE_PACKED_VECTOR3_ARRAY:
        return new PackedVector3Array(this.#reals(header, count, 3));
      case VariantType.TYPE_PACKED_VECTOR4_ARRAY:
        return new PackedVector4Array(this.#reals(header, count, 4));
    }
  }

  /** Copies `count` times `parts` reals. */
  #reals(header: number, count: number, parts: number): Float32Array | Float64Array {
    const Reals = (header & Header.WIDE) === 0 ? Float32Array : Float64Array;
    return new Reals(this.#copy(count, Reals.BYTES_PER_ELEMENT, parts).buffer);
  }

  /** Copies `count` times `parts` numbers of `width` bytes, as bytes in the machine's order. */
  #copy(count: number, width: number, parts = 1): Uint8Array<ArrayBuffer> {
    const size = this.#fitting(count, width * parts) * width * parts;
    const copy = this.bytes.slice(this.at, this.at + size);
    this.at += size;
    toLittleEndian(copy, 0, size, width);
    return copy;
  }

  #u64(): bigint {
    this.need(8);
    this.at += 8;
    return this.view.getBigInt64(this.at - 8, true);
  }

  #nodePath(): NodePath {
    const names = this.word();
    if (names >= 0) this.refuse('a NodePath has the form of old', this.at - 4);
    const subnames = this.word() >>> 0;
    const flags = this.word();
    const all = this.#fitting(
      (names & NodePathBits.COUNT_MASK) + subnames + ((flags & NodePathBits.MORE_SUBNAMES) === 0 ? 0 : 1),
      4,
    );
    const texts: string[] = [];
    for (let i = 0; i < all; i++) texts.push(this.text());
    return NodePath.of(
      texts.slice(0, names & NodePathBits.COUNT_MASK),
      texts.slice(names & NodePathBits.COUNT_MASK),
      (flags & NodePathBits.ABSOLUTE) !== 0,
    );
  }

  #object(header: number, depth: number): EncodedObjectAsID | FullObject | null {
    if ((header & Header.WIDE) !== 0) {
      const id = this.#u64();
      return id === 0n ? null : new EncodedObjectAsID(id);
    }
    if (!this.#allowObjects) {
      this.refuse('a full object, and allowObjects is off', this.at - 4, ErrorCode.ERR_UNAUTHORIZED);
    }
    const className = this.text();
    if (className === '') return null;
    const object = new FullObject(className);
    const count = this.count(8);
    const inside = count === 0 ? depth : this.inside(depth);
    for (let i = 0; i < count; i++) {
      const name = this.text();
      const start = this.at;
      const value = this.variant(inside);
      if (name === 'script' && value !== null) this.#checkScript(value, start);
      object.properties.set(name, value);
    }
    return object;
  }

  #checkScript(path: Variant, start: number): void {
    if (typeof path === 'string' && path.startsWith('res://')) return;
    this.refuse('the path of a script does not begin with res://', start);
  }
}
