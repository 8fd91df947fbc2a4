import { ErrorCode } from '../../error-code.ts';
import { Dictionary } from '../values/dictionary.ts';
import { type ElementType, elementTypeName, OBJECT_AS_ID } from '../values/element-type.ts';
import { Float } from '../values/float.ts';
import { FullObject } from '../values/full-object.ts';
import { Callable, EncodedObjectAsID, RID, Signal } from '../values/handles.ts';
import { componentsOf, isInteger } from '../values/math-type.ts';
import { NodePath } from '../values/node-path.ts';
import {
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
} from '../values/packed-arrays.ts';
import { StringName } from '../values/string-name.ts';
import { TYPE_COUNT, typeName } from '../values/type-name.ts';
import { TypedArray } from '../values/typed-array.ts';
import { isInt, type Variant } from '../values/variant.ts';
import type { VariantType } from '../values/variant-type.ts';
import { toLittleEndian } from './byte-order.ts';
import { FEWEST_KEYS, KeyCollisions } from './key-collisions.ts';
import { KEY_NESTING, MAX_DEPTH, MAX_KEY_DEPTH, MAX_KEY_LEVELS, WIDE } from './limits.ts';
import { decodeMath } from './math-decoding.ts';
import { Refusal } from './refusal.ts';
import { decodeText } from './text-decoding.ts';

const setInMap: (this: Map<Variant, Variant>, key: Variant, value: Variant) => unknown = Map.prototype.set;

/** How bytes are decoded. */
export interface DecodeOptions {
  /**
   * What becomes of a FLOAT that is a whole number. `'exact'`, the default: a `Float`, so that it goes back out as FLOAT.
   * `'number'`: a number like any other, which goes back out as INT. All other FLOATs are numbers either way.
   */
  readonly floats?: 'exact' | 'number';
  /** Whether full objects are taken, as `FullObject`; a trusted sender only. Default: false: `ERR_UNAUTHORIZED`. */
  readonly allowObjects?: boolean;
}

/**
 * Reads Variants from bytes (spec/variant-binary.md). Its methods move on over what they read and throw a `Refusal` where
 * that is unsound; nothing is allocated before the bytes that fill it are known to be there.
 */
export class Decoder {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Where the next thing begins, and behind which byte everything ends. */
  at = 0;
  end: number;
  readonly #keepsFloats: boolean;
  readonly #allowObjects: boolean;

  constructor(bytes: Uint8Array, options: DecodeOptions) {
    // One class of arrays keeps the loops fast; and a Buffer's slice is no copy.
    this.bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.end = bytes.length;
    this.#keepsFloats = options.floats !== 'number';
    this.#allowObjects = options.allowObjects === true;
  }

  /** The next Variant, which lies `depth` deep in others. */
  variant(depth: number): Variant {
    return this.payload(this.header(), depth);
  }

  /** The type of the next Variant, which stays where it is; -1 when it has no whole header. */
  nextType(): number {
    return this.end - this.at < 4 ? -1 : this.bytes[this.at]!;
  }

  /** The next Variant's header: the type is in the low byte. */
  header(): number {
    const header = this.word();
    if ((header & 0xff) >= TYPE_COUNT) this.refuse(`there is no type ${header & 0xff}`, this.at - 4);
    return header;
  }

  /** What follows a header. */
  payload(header: number, depth: number): Variant {
    const type: VariantType = header & 0xff;
    switch (type) {
      case 0:
        return null;
      case 1:
        return this.word() !== 0;
      case 2:
        return this.int(header);
      case 3: {
        const value = this.float(header);
        return this.#keepsFloats && isInt(value) ? new Float(value) : value;
      }
      case 4:
        return this.text();
      case 21:
        return new StringName(this.text());
      case 22:
        return this.#nodePath();
      case 23:
        return new RID(this.#u64());
      case 24:
        return this.#object(header, depth);
      case 25:
        return new Callable();
      case 26:
        return new Signal(this.text(), this.#u64());
      case 27:
        return this.#dictionary(header, depth);
      case 28:
        return this.#array(header, depth);
      default: {
        if (type > 28) return this.#packed(type, header);
        const isWide = (header & WIDE) !== 0 && type !== 20 && !isInteger(type);
        this.need(componentsOf(type) * (isWide ? 8 : 4));
        return decodeMath(this, type, isWide);
      }
    }
  }

  /** The payload of an INT. */
  int(header: number): number | bigint {
    if ((header & WIDE) === 0) return this.word();
    this.need(8);
    const { at } = this;
    this.at = at + 8;
    const value = this.view.getInt32(at + 4, true) * 0x1_0000_0000 + this.view.getUint32(at, true);
    return Number.isSafeInteger(value) ? value : this.view.getBigInt64(at, true);
  }

  /** The payload of a FLOAT. */
  float(header: number): number {
    const { at } = this;
    const size = (header & WIDE) === 0 ? 4 : 8;
    this.need(size);
    this.at = at + size;
    return size === 4 ? this.view.getFloat32(at, true) : this.view.getFloat64(at, true);
  }

  /** A string block: the payload of a String and a StringName. */
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

  /** The number of elements that follow, each at least `size` bytes long; bit 31 means nothing. */
  count(size: number): number {
    return this.#fitting(this.word() & 0x7fff_ffff, size);
  }

  /** What a typed container says that it holds; `kind` is what its header says of that (section 6). Null: anything. */
  elementType(kind: number): ElementType | null {
    if (kind === 0) return null;
    if (kind === 1) {
      const type = this.word();
      if (type < 0 || type >= TYPE_COUNT) this.refuse(`there is no type ${type >>> 0}`, this.at - 4);
      if (type === 0) return null;
      return type === 24 && !this.#allowObjects ? OBJECT_AS_ID : type;
    }
    const start = this.at;
    const name = this.text();
    if (!this.#allowObjects) return OBJECT_AS_ID;
    if (kind === 3) this.#checkScript(name, start);
    return { kind: kind === 2 ? 'class' : 'script', name };
  }

  /** How many containers that are keys the next value lies in, one in the other. */
  #keyLevel = 0;

  /** How deep what lies in a container is, `depth` being the container's own. */
  inside(depth: number): number {
    const deepest = this.#keyLevel === 0 ? MAX_DEPTH : MAX_KEY_DEPTH + KEY_NESTING;
    if (depth >= deepest) {
      this.refuse(`a value lies more than ${deepest} deep`, this.at, ErrorCode.ERR_OUT_OF_MEMORY);
    }
    return depth + 1;
  }

  /** Whether the next value is an array or a dictionary, which `enterKey` has to be told of. */
  isNextContainer(): boolean {
    const type = this.nextType();
    return type === 27 || type === 28;
  }

  /** A container begins that is a key: it may not hold much that lies deep, since keys are compared by all they hold. */
  enterKey(depth: number): void {
    if (depth > MAX_KEY_DEPTH) this.refuse(`a key is a container, ${depth} deep`);
    if (this.#keyLevel === MAX_KEY_LEVELS) this.refuse('a key of a key of a key is a container');
    this.#keyLevel++;
  }

  leaveKey(): void {
    this.#keyLevel--;
  }

  /** The next four bytes, signed. */
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
    const type = this.elementType((header >> 16) & 3);
    const count = this.count(4);
    const values: Variant[] = type === null ? [] : new TypedArray(type);
    const inside = count === 0 ? depth : this.inside(depth);
    if (type === null) for (let i = 0; i < count; i++) values.push(this.payload(this.header(), inside));
    else for (let i = 0; i < count; i++) values.push(this.#element(this.header(), type, inside));
    return values;
  }

  #dictionary(header: number, depth: number): Dictionary {
    const key = this.elementType((header >> 16) & 3);
    const value = this.elementType((header >> 18) & 3);
    const count = this.count(8);
    const dictionary = new Dictionary(null, header >> 16 === 0 ? null : { key, value });
    const inside = count === 0 ? depth : this.inside(depth);
    const takesText = key === null || key === 4;
    const collisions = this.watchKeys(count);
    let i = 0;
    // Keys are nearly always Strings, and while they are, there is nothing for the Dictionary to find out: 10 ns an entry.
    for (; i < count && takesText && this.nextType() === 4; i++) {
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

  /** What the keys of a dictionary of `count` are counted with; null when that is not worth while. */
  watchKeys(count: number): KeyCollisions | null {
    return count > FEWEST_KEYS ? new KeyCollisions(count) : null;
  }

  /** Refuses a key that is one of too many that were chosen to collide. */
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

  /** What lies in a container. The engine drops what does not fit a typed one; we refuse the whole: nobody sends such. */
  #element(header: number, type: ElementType | null, depth: number): Variant {
    if (type === null) return this.payload(header, depth);
    const actual = header & 0xff;
    // The conversions that the engine makes there.
    if (type === 3 && actual === 3) return this.float(header);
    if (type === 3 && actual === 2) return Number(this.int(header));
    if (type === 4 && actual === 21) return this.text();
    if (type === 21 && actual === 4) return new StringName(this.text());
    const fits = actual === (typeof type === 'number' ? type : 24);
    if (!fits && !(actual === 0 && (type === 24 || typeof type === 'object'))) {
      this.refuse(`a value of type ${typeName(actual)} lies in a container of ${elementTypeName(type)}`, this.at - 4);
    }
    return this.payload(header, depth);
  }

  #packed(type: VariantType, header: number): Variant {
    const count = this.word() >>> 0;
    switch (type) {
      case 29: {
        const values = this.#copy(count, 1);
        // At the very end the padding may be missing.
        this.at = Math.min(this.end, this.at + (-count & 3));
        return values;
      }
      case 30:
        return new Int32Array(this.#copy(count, 4).buffer);
      case 31:
        return new BigInt64Array(this.#copy(count, 8).buffer);
      case 32:
        return new Float32Array(this.#copy(count, 4).buffer);
      case 33:
        return new Float64Array(this.#copy(count, 8).buffer);
      case 34: {
        const texts = new PackedStringArray();
        this.#fitting(count, 4);
        for (let i = 0; i < count; i++) texts.push(this.text());
        return texts;
      }
      case 37:
        return new PackedColorArray(new Float32Array(this.#copy(count, 4, 4).buffer));
      default: {
        const Values = type === 35 ? PackedVector2Array : type === 36 ? PackedVector3Array : PackedVector4Array;
        const parts = componentsOf(type);
        if ((header & WIDE) !== 0) return new Values(new Float64Array(this.#copy(count, 8, parts).buffer));
        return new Values(new Float32Array(this.#copy(count, 4, parts).buffer));
      }
    }
  }

  /** `count` times `parts` numbers of `width` bytes, as bytes in the machine's order. */
  #copy(count: number, width: number, parts = 1): Uint8Array {
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
    // Bit 1, of old: one more sub-name.
    const all = this.#fitting((names & 0x7fff_ffff) + subnames + ((flags >> 1) & 1), 4);
    const texts: string[] = [];
    for (let i = 0; i < all; i++) texts.push(this.text());
    return NodePath.of(texts.slice(0, names & 0x7fff_ffff), texts.slice(names & 0x7fff_ffff), (flags & 1) !== 0);
  }

  #object(header: number, depth: number): EncodedObjectAsID | FullObject | null {
    if ((header & WIDE) !== 0) {
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
