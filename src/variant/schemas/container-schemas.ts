import { isMap } from '../../bytes.ts';
import type { Decoder } from '../codec/decoder.ts';
import { Header } from '../codec/header.ts';
import type { VariantWriter } from '../codec/variant-writer.ts';
import { Dictionary } from '../values/dictionary.ts';
import type { ElementType } from '../values/element-type.ts';
import { VariantType } from '../values/variant-type.ts';
import {
  headerOf,
  type Infer,
  insist,
  mismatch,
  otherThan,
  type Problem,
  readWithin,
  Schema,
  segmentOf,
  within,
} from './schema.ts';

class ArraySchema<T> extends Schema<T[]> {
  readonly #item: Schema<T>;
  readonly #type: ElementType | null;

  constructor(name: string, item: Schema<T>, type: ElementType | null) {
    super(`${name}(${item.name})`, VariantType.TYPE_ARRAY);
    this.#item = item;
    this.#type = type;
  }

  read(from: Decoder, depth: number): T[] {
    const item = this.#item;
    const count = arrayHeader(this, from);
    const inside = count === 0 ? depth : from.inside(depth);
    const values: T[] = [];
    for (let i = 0; i < count; i++) values.push(readWithin(item, from, inside, i));
    return values;
  }

  write(to: VariantWriter, value: readonly T[], depth: number): void {
    const item = this.#item;
    insist(Array.isArray(value), this);
    to.writeU32(VariantType.TYPE_ARRAY | (to.kindOf(this.#type) << Header.KIND_SHIFT));
    to.elementType(this.#type);
    to.writeU32(value.length);
    for (const element of value) item.write(to, element, depth + 1);
  }

  problem(value: unknown): Problem | null {
    if (!Array.isArray(value)) return otherThan(this, value);
    for (let i = 0; i < value.length; i++) {
      const problem = this.#item.problem(value[i]);
      if (problem !== null) return within(`[${i}]`, problem);
    }
    return null;
  }
}

/** A plain array whose elements `item` describes, sent as `Array`. A typed array is also accepted when decoding. */
export function array<T>(item: Schema<T>): Schema<T[]> {
  return new ArraySchema('array', item, null);
}

/**
 * A plain array whose elements `item` describes, sent as a typed array such as `Array[int]`, for scripts that declare one.
 * An untyped array is also accepted when decoding. Throws `TypeError` when `item` describes values of several types.
 */
export function typedArray<T>(item: Schema<T>): Schema<T[]> {
  return new ArraySchema('typedArray', item, typeOf(item));
}

/** The static type of a tuple. */
export type TupleValue<S extends readonly Schema<unknown>[]> = { -readonly [I in keyof S]: Infer<S[I]> };

class TupleSchema extends Schema<unknown[]> {
  readonly #items: readonly Schema<unknown>[];

  constructor(items: readonly Schema<unknown>[]) {
    super(`tuple(${items.map((item) => item.name).join(', ')})`, VariantType.TYPE_ARRAY);
    this.#items = items;
  }

  read(from: Decoder, depth: number): unknown[] {
    const start = from.at;
    const count = arrayHeader(this, from);
    if (count !== this.#items.length) throw mismatch(`expected ${this.name}, got ${count} elements`, start);
    const inside = count === 0 ? depth : from.inside(depth);
    return this.#items.map((item, i) => readWithin(item, from, inside, i));
  }

  write(to: VariantWriter, value: unknown[], depth: number): void {
    insist(Array.isArray(value) && value.length === this.#items.length, this);
    to.writeU32(VariantType.TYPE_ARRAY);
    to.writeU32(value.length);
    this.#items.forEach((item, i) => {
      item.write(to, value[i], depth + 1);
    });
  }

  problem(value: unknown): Problem | null {
    if (!Array.isArray(value) || value.length !== this.#items.length) return otherThan(this, value);
    for (const [i, item] of this.#items.entries()) {
      const problem = item.problem(value[i]);
      if (problem !== null) return within(`[${i}]`, problem);
    }
    return null;
  }
}

/** An array of exactly these elements, in this order: `tuple(string, int)`. */
export function tuple<const S extends readonly Schema<unknown>[]>(...items: S): Schema<TupleValue<S>> {
  // The cast: its elements have the types of TupleValue.
  return new TupleSchema(items) as Schema<unknown> as Schema<TupleValue<S>>;
}

/** Path segment of a key that does not match. */
const KEY = '.key';

class MapSchema<K, V> extends Schema<Map<K, V>> {
  readonly #key: Schema<K>;
  readonly #value: Schema<V>;
  readonly #isTyped: boolean;

  constructor(name: string, key: Schema<K>, value: Schema<V>, isTyped: boolean) {
    super(`${name}(${key.name}, ${value.name})`, VariantType.TYPE_DICTIONARY);
    this.#key = key;
    this.#value = value;
    this.#isTyped = isTyped;
  }

  read(from: Decoder, depth: number): Map<K, V> {
    const count = dictionaryHeader(this, from);
    const inside = count === 0 ? depth : from.inside(depth);
    const map = new Dictionary<K, V>();
    const collisions = from.watchKeys(count);
    for (let i = 0; i < count; i++) {
      const key = this.#readKey(from, inside);
      if (collisions !== null) from.checkKey(collisions, key);
      map.set(key, readWithin(this.#value, from, inside, key));
    }
    return map;
  }

  #readKey(from: Decoder, depth: number): K {
    if (!from.isNextContainer()) return readWithin(this.#key, from, depth, KEY);
    from.enterKey(depth);
    try {
      return readWithin(this.#key, from, depth, KEY);
    } finally {
      from.leaveKey();
    }
  }

  write(to: VariantWriter, value: ReadonlyMap<K, V>, depth: number): void {
    insist(isMap(value), this);
    const keyType = this.#isTyped ? this.#key.elementType : null;
    const valueType = this.#isTyped ? this.#value.elementType : null;
    to.writeU32(
      VariantType.TYPE_DICTIONARY |
        (to.kindOf(keyType) << Header.KIND_SHIFT) |
        (to.kindOf(valueType) << Header.VALUE_KIND_SHIFT),
    );
    to.elementType(keyType);
    to.elementType(valueType);
    to.writeU32(value.size);
    for (const [key, element] of value) {
      this.#key.write(to, key, depth + 1);
      this.#value.write(to, element, depth + 1);
    }
  }

  problem(value: unknown): Problem | null {
    if (!isMap(value)) return otherThan(this, value);
    for (const [key, element] of value) {
      const problem = within(KEY, this.#key.problem(key)) ?? this.#value.problem(element);
      if (problem !== null) return problem.path.startsWith(KEY) ? problem : within(segmentOf(key), problem);
    }
    return null;
  }
}

/**
 * A `Map` whose keys `key` describes and whose values `value` describes. Decoding returns a `Dictionary`, which is a `Map`.
 */
export function dictionaryOf<K, V>(key: Schema<K>, value: Schema<V>): Schema<Map<K, V>> {
  return new MapSchema('dictionaryOf', key, value, false);
}

/**
 * As `dictionaryOf`, but sent as a typed dictionary such as `Dictionary[String, int]` (Godot 4.4 and newer). If a schema
 * describes values of several types, the keys or values are untyped, like `Variant` in a script.
 */
export function typedDictionary<K, V>(key: Schema<K>, value: Schema<V>): Schema<Map<K, V>> {
  return new MapSchema('typedDictionary', key, value, true);
}

function typeOf(item: Schema<unknown>): ElementType {
  if (item.elementType === null) throw new TypeError(`${item.name} has no one type, which a typed array needs`);
  return item.elementType;
}

/** Reads the header of an array; returns how many elements follow. */
function arrayHeader(schema: Schema<unknown>, from: Decoder): number {
  const header = headerOf(schema, from, VariantType.TYPE_ARRAY);
  from.elementType((header >> Header.KIND_SHIFT) & Header.KIND_MASK);
  return from.count(4);
}

/** Reads the header of a dictionary; returns how many entries follow. */
export function dictionaryHeader(schema: Schema<unknown>, from: Decoder): number {
  const header = headerOf(schema, from, VariantType.TYPE_DICTIONARY);
  from.elementType((header >> Header.KIND_SHIFT) & Header.KIND_MASK);
  from.elementType((header >> Header.VALUE_KIND_SHIFT) & Header.KIND_MASK);
  return from.count(8);
}
