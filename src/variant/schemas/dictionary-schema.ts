import { ByteWriter } from '../codec/byte-writer.ts';
import type { Decoder } from '../codec/decoder.ts';
import type { VariantWriter } from '../codec/variant-writer.ts';
import { VariantType } from '../values/variant-type.ts';
import { dictionaryHeader } from './container-schemas.ts';
import { type Infer, insist, mismatch, otherThan, type Problem, readWithin, Schema, within } from './schema.ts';

/** A key that may be missing in a `dictionary({…})`. */
class OptionalSchema<T> extends Schema<T> {
  readonly inner: Schema<T>;
  /** Distinguishes the static type from that of a required key. */
  readonly isOptional: true = true;

  constructor(inner: Schema<T>) {
    super(inner.name, inner.elementType);
    this.inner = inner;
  }

  /** @internal */
  read(from: Decoder, depth: number): T {
    return this.inner.read(from, depth);
  }

  /** @internal */
  write(to: VariantWriter, value: T, depth: number): void {
    this.inner.write(to, value, depth);
  }

  /** @internal */
  problem(value: unknown): Problem | null {
    return this.inner.problem(value);
  }
}

export type { OptionalSchema };

/** A key of a `dictionary({…})` that may be missing. Its property is then `undefined`; an undefined property is not sent. */
export function optional<T>(schema: Schema<T>): OptionalSchema<T> {
  return new OptionalSchema(schema);
}

/** The keys of a `dictionary({…})`. */
export type Fields = Readonly<Record<string, Schema<unknown>>>;

type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends OptionalSchema<unknown> ? K : never }[keyof F];

/** The static type of a `dictionary({…})`: an object with these properties. */
export type FieldValues<F extends Fields> = {
  -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Infer<F[K]>;
} & { -readonly [K in OptionalKeys<F>]?: Infer<F[K]> | undefined } extends infer O
  ? { [K in keyof O]: O[K] }
  : never;

interface Field {
  readonly name: string;
  /** `.name`, for messages. */
  readonly place: string;
  readonly schema: Schema<unknown>;
  readonly isOptional: boolean;
  /** The encoded key, a String, as 32-bit words. */
  readonly key: Int32Array;
}

type Values = Record<string, unknown>;

class DictionarySchema extends Schema<Values> {
  readonly #fields: readonly Field[];
  readonly #byName: ReadonlyMap<string, Field>;

  constructor(fields: Fields) {
    const named = Object.entries(fields).map(([name, schema]) => toField(name, schema));
    super(
      `dictionary({ ${named.map(({ name, schema, isOptional }) => `${name}${isOptional ? '?' : ''}: ${schema.name}`).join(', ')} })`,
      27,
    );
    this.#fields = named;
    this.#byName = new Map(named.map((field) => [field.name, field]));
  }

  read(from: Decoder, depth: number): Values {
    const start = from.at;
    const fields = this.#fields;
    const count = dictionaryHeader(this, from);
    const inside = count === 0 ? depth : from.inside(depth);
    const values: Values = {};
    // Most senders use the order of the fields. Then no key is decoded or looked up.
    let next = 0;
    for (let i = 0; i < count; i++) {
      let field = fields[next];
      if (field !== undefined && skipKey(from, field.key)) next++;
      else field = this.#fieldAt(from, inside);
      if (field === undefined) from.variant(inside);
      else values[field.name] = readWithin(field.schema, from, inside, field.place);
    }
    if (next < fields.length) {
      for (const { name, isOptional } of fields) {
        if (!isOptional && !Object.hasOwn(values, name))
          throw mismatch(`expected ${this.name}, but ${name} is missing`, start);
      }
    }
    return values;
  }

  /** Reads the next key and returns its field; undefined for a key without a field. */
  #fieldAt(from: Decoder, depth: number): Field | undefined {
    const type = from.nextType();
    if (type !== VariantType.TYPE_STRING && type !== VariantType.TYPE_STRING_NAME) {
      from.variant(depth);
      return undefined;
    }
    from.header();
    return this.#byName.get(from.text());
  }

  write(to: VariantWriter, values: Values, depth: number): void {
    insist(typeof values === 'object' && values !== null, this);
    to.writeU32(VariantType.TYPE_DICTIONARY);
    to.writeU32(0);
    const countAt = to.size - 4;
    let count = 0;
    for (const field of this.#fields) {
      const value = values[field.name];
      if (value === undefined && field.isOptional) continue;
      writeKey(to, field.key);
      field.schema.write(to, value, depth + 1);
      count++;
    }
    to.view.setInt32(countAt, count, true);
  }

  problem(values: unknown): Problem | null {
    if (typeof values !== 'object' || values === null) return otherThan(this, values);
    for (const { name, place, schema, isOptional } of this.#fields) {
      const value = (values as Values)[name];
      if (value === undefined && isOptional) continue;
      const problem = schema.problem(value);
      if (problem !== null) return within(place, problem);
    }
    return null;
  }
}

/**
 * A plain object with these properties, sent as a dictionary with String keys in this order. Other keys are ignored when
 * decoding, and other properties when encoding.
 */
export function dictionary<const F extends Fields>(fields: F): Schema<FieldValues<F>> {
  // The cast: its properties have the types of FieldValues.
  return new DictionarySchema(fields) as Schema<unknown> as Schema<FieldValues<F>>;
}

function toField(name: string, schema: Schema<unknown>): Field {
  if (name === '__proto__') throw new TypeError('a property cannot be named __proto__');
  const writer = new ByteWriter();
  writer.writeU32(VariantType.TYPE_STRING);
  writer.writeText(name);
  const key = Int32Array.from({ length: writer.size / 4 }, (_, i) => writer.view.getInt32(4 * i, true));
  return { name, place: `.${name}`, schema, isOptional: schema instanceof OptionalSchema, key };
}

function writeKey(to: VariantWriter, key: Int32Array): void {
  const { length } = key;
  to.reserve(4 * length);
  const { view, size } = to;
  for (let i = 0; i < length; i++) view.setInt32(size + 4 * i, key[i]!, true);
  to.size = size + 4 * length;
}

/** Skips the next key if its bytes are those of `key`. Returns whether it did. */
function skipKey(from: Decoder, key: Int32Array): boolean {
  const { at, view } = from;
  if (from.end - at < 4 * key.length) return false;
  for (let i = 0; i < key.length; i++) if (view.getInt32(at + 4 * i, true) !== key[i]) return false;
  from.at = at + 4 * key.length;
  return true;
}
