import { isMap } from '../../bytes.ts';
import { checkElementType, type ElementType } from './element-type.ts';
import { identityOf, storedForm } from './key-identity.ts';
import { StringName } from './string-name.ts';
import type { Variant } from './variant.ts';

/** The types of a typed dictionary; null or left out: any type. */
export interface DictionaryTypes {
  readonly key?: ElementType | null;
  readonly value?: ElementType | null;
}

/**
 * A `Map` that compares keys as the engine does, by type and value. 1 and `new Float(1)` are two keys; 5 and 5n are one. Two
 * `new Vector2(1, 2)` are one key. Arrays and dictionaries are compared by their contents. A `StringName` is the same key as
 * the string. Of several equal keys the first is kept.
 *
 * As in the engine, an array that is a key must not be changed.
 */
export class Dictionary<K = Variant, V = Variant> extends Map<K, V> {
  /**
   * The type of all keys, as in the engine's `Dictionary[int, String]`; null for any. As in a `TypedArray`, it determines
   * the encoding.
   */
  readonly keyType: ElementType | null;
  /** The type of all values; null for any. */
  readonly valueType: ElementType | null;
  /** The keys that a `Map` alone would not compare correctly, by their identity. Null until there is one. */
  #standing: Map<string, K> | null = null;

  /** Throws `TypeError` for an invalid element type. */
  constructor(entries: Iterable<readonly [K, V]> | null = null, types: DictionaryTypes | null = null) {
    super();
    this.keyType = types?.key == null ? null : checkElementType(types.key);
    this.valueType = types?.value == null ? null : checkElementType(types.value);
    if (entries !== null) for (const [key, value] of entries) this.set(key, value);
  }

  override get(key: K): V | undefined {
    return super.get(this.#find(key));
  }

  override has(key: K): boolean {
    return super.has(this.#find(key));
  }

  override set(key: K, value: V): this {
    // The fast path: nearly all keys are strings.
    if (this.#standing === null && typeof key === 'string') return super.set(key, value);
    const form = storedForm(key) as K;
    const identity = identityOf(form);
    if (identity === null) return super.set(form, value);
    const found = this.#equal(form, identity);
    if (found !== undefined) return super.set(found, value);
    if (typeof form === 'object') {
      this.#standing ??= new Map();
      this.#standing.set(identity, form);
    }
    return super.set(form, value);
  }

  override delete(key: K): boolean {
    const found = this.#find(key);
    if (typeof found === 'object') this.#standing?.delete(identityOf(found) ?? '');
    return super.delete(found);
  }

  override clear(): void {
    this.#standing = null;
    super.clear();
  }

  /**
   * For `JSON.stringify`: a plain object when all keys are Strings or StringNames, otherwise an array of `[key, value]`. In
   * its contents, integers beyond 2^53, which JSON cannot represent, become strings, and packed arrays become arrays.
   */
  toJSON(): Record<string, unknown> | [unknown, unknown][] {
    return jsonOfMap(this);
  }

  /** The stored key that equals `key`, or else the form in which `key` would be stored. */
  #find(key: K): K {
    if (this.#standing === null && typeof key === 'string') return key;
    const form = storedForm(key);
    const identity = identityOf(form);
    return (identity === null ? undefined : this.#equal(form, identity)) ?? (form as K);
  }

  /** The stored key that has this identity. */
  #equal(form: unknown, identity: string): K | undefined {
    // A StringName and the string with its text are the same key.
    if (form instanceof StringName && super.has(form.text as K)) return form.text as K;
    return this.#standing?.get(identity);
  }
}

function jsonOfMap(map: ReadonlyMap<unknown, unknown>): Record<string, unknown> | [unknown, unknown][] {
  const isPlain = Array.from(map.keys()).every((key) => typeof key === 'string' || key instanceof StringName);
  if (isPlain) return Object.fromEntries(Array.from(map, ([key, value]) => [`${key}`, jsonOf(value)]));
  return Array.from(map, ([key, value]): [unknown, unknown] => [jsonOf(key), jsonOf(value)]);
}

function jsonOf(part: unknown): unknown {
  if (typeof part === 'bigint') return Number.isSafeInteger(Number(part)) ? Number(part) : `${part}`;
  if (typeof part !== 'object' || part === null || 'toJSON' in part) return part;
  if (isMap(part)) return jsonOfMap(part);
  if (Symbol.iterator in part) return Array.from(part as Iterable<unknown>, jsonOf); // arrays, also packed ones
  return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, jsonOf(value)]));
}
