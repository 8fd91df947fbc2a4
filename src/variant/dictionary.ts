import { checkElementType, type ElementType } from './element-type.ts';
import { Float } from './float.ts';
import { StringName } from './string-name.ts';
import { isInt, type Variant, variantTypeOf } from './variant.ts';
import { VariantValue } from './variant-value.ts';

/** What a typed dictionary holds; null or left out: anything. */
export interface DictionaryTypes {
  readonly key?: ElementType | null;
  readonly value?: ElementType | null;
}

/**
 * A `Map` that tells keys apart as the engine does: by type and value. 1 and `new Float(1)` are two keys, 5 and 5n one,
 * `new Vector2(1, 2)` finds what was stored under another `new Vector2(1, 2)`, arrays and dictionaries are compared by what
 * they hold, and a `StringName` is the same key as the string. The first of several equal keys is the one that stays.
 *
 * As in the engine, an array that is a key must not be changed.
 */
export class Dictionary<K = Variant, V = Variant> extends Map<K, V> {
  /** The type of all keys, as in the engine's `Dictionary[int, String]`; null for any. As with `TypedArray`, it chooses the encoding. */
  readonly keyType: ElementType | null;
  /** The type of all values; null for any. */
  readonly valueType: ElementType | null;
  /** The keys that `Map` by itself would tell apart wrongly, by what they are made of. Null until there is one. */
  #standing: Map<string, K> | null = null;

  /** Throws `TypeError` for an element type that there is not. */
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
    // Nearly every key of nearly every dictionary.
    if (this.#standing === null && typeof key === 'string') return super.set(key, value);
    const found = this.#find(key);
    if (typeof found === 'object' && !super.has(found)) {
      const identity = identityOf(found);
      if (identity !== null) {
        this.#standing ??= new Map();
        this.#standing.set(identity, found);
      }
    }
    return super.set(found, value);
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

  /** The key of ours that equals `key`, or else the form in which it would be stored. */
  #find(key: K): K {
    if (this.#standing === null && typeof key === 'string') return key;
    const form = storedForm(key);
    const identity = identityOf(form);
    if (identity === null) return form as K;
    // A StringName is found under a string as well, and the other way about.
    if (form instanceof StringName && super.has(form.text as K)) return form.text as K;
    return this.#standing?.get(identity) ?? (form as K);
  }
}

/** The same key, as something that `Map` stores truly: it would make -0 an INT, and hold 5n apart from 5. */
function storedForm(key: unknown): unknown {
  if (typeof key === 'bigint') return isInt(Number(key)) ? Number(key) : key;
  if (Object.is(key, -0)) return new Float(-0);
  return key instanceof Float && !Number.isSafeInteger(key.value) ? key.value : key;
}

/** The text that equal keys have in common; null where `Map` is right by itself: primitives, objects that equal themselves alone. */
function identityOf(key: unknown): string | null {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key !== 'object' || key === null) return null;
  if (key instanceof StringName) return `s${key.text}`;
  const type = variantTypeOf(key);
  if (key instanceof VariantValue) return `${type}(${key.toArray().map(textOf)})`;
  if (Array.isArray(key)) return `${type}(${key.map(partOf)})`;
  if (ArrayBuffer.isView(key)) return `${type}(${key})`;
  if (type !== 27) return null;
  const entries: unknown[][] = Array.from(key instanceof Map ? key : Object.entries(key));
  return `${type}(${entries.map((entry) => `${entry.map(partOf)}`).sort()})`;
}

/** A part of a key: as `identityOf`, but of everything. */
function partOf(part: unknown): string {
  const stored = storedForm(part);
  if (stored instanceof StringName) return `&${textOf(stored.text)}`;
  return (typeof stored === 'object' && identityOf(stored)) || `${typeof stored} ${textOf(stored)}`;
}

/** Such that no two lists of parts look the same; -0 looks like 0. */
function textOf(part: unknown): string {
  return typeof part === 'string' ? `${part.length}:${part}` : `${part}`;
}
