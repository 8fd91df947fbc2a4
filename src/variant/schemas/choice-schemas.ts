import type { Decoder } from '../codec/decoder.ts';
import { Refusal } from '../codec/variant-failure.ts';
import type { VariantWriter } from '../codec/variant-writer.ts';
import { describe } from '../values/describe.ts';
import { Float } from '../values/float.ts';
import { StringName } from '../values/string-name.ts';
import { type Variant, variantTypeOf } from '../values/variant.ts';
import { VariantType } from '../values/variant-type.ts';
import { type Infer, insist, mismatch, otherThan, type Problem, Schema } from './schema.ts';

class VariantSchema extends Schema<Variant> {
  read(from: Decoder, depth: number): Variant {
    return from.variant(depth);
  }

  write(to: VariantWriter, value: Variant, depth: number): void {
    to.variant(value, depth);
  }

  problem(value: unknown): Problem | null {
    return variantTypeOf(value) === null ? otherThan(this, value) : null;
  }
}

/** Any Variant, as `bytesToVar` returns it and `varToBytes` accepts it. */
export const variant: Schema<Variant> = /* @__PURE__ */ new VariantSchema('Variant', null);

class NullableSchema<T> extends Schema<T | null> {
  readonly #inner: Schema<T>;

  constructor(inner: Schema<T>) {
    super(`nullable(${inner.name})`, null);
    this.#inner = inner;
  }

  read(from: Decoder, depth: number): T | null {
    if (from.nextType() !== VariantType.TYPE_NIL) return this.#inner.read(from, depth);
    from.header();
    return null;
  }

  write(to: VariantWriter, value: T | null, depth: number): void {
    if (value === null) to.writeU32(VariantType.TYPE_NIL);
    else this.#inner.write(to, value, depth);
  }

  problem(value: unknown): Problem | null {
    return value === null ? null : this.#inner.problem(value);
  }
}

/** A value of `schema`, or null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return new NullableSchema(schema);
}

/** The values that `literal` accepts. */
export type Literal = string | number | bigint | boolean | null;

class LiteralSchema<T extends Literal> extends Schema<T> {
  readonly #values: readonly T[];

  constructor(values: readonly T[]) {
    super(
      `literal(${values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : `${value}`)).join(', ')})`,
      null,
    );
    this.#values = values;
  }

  read(from: Decoder, depth: number): T {
    const start = from.at;
    const read = from.variant(depth);
    const plain = read instanceof Float ? read.value : read instanceof StringName ? read.text : read;
    const found = this.#values.find((value) => value === plain);
    if (found === undefined) throw mismatch(`expected ${this.name}, got ${describe(plain)}`, start);
    return found;
  }

  write(to: VariantWriter, value: T, depth: number): void {
    insist(this.#values.includes(value), this);
    to.variant(value, depth);
  }

  problem(value: unknown): Problem | null {
    return this.#values.some((known) => known === value) ? null : otherThan(this, value);
  }
}

/**
 * One of these values: `literal('red', 'blue')`, `literal(1, 2, 3)`. The number 1 is sent as INT and a text as String. When
 * decoding, the FLOAT `1.0` also matches 1, and a StringName matches its text.
 */
export function literal<const T extends readonly Literal[]>(...values: T): Schema<T[number]> {
  return new LiteralSchema(values);
}

class OneOfSchema<T> extends Schema<T> {
  readonly #schemas: readonly Schema<T>[];

  constructor(schemas: readonly Schema<T>[]) {
    super(`oneOf(${schemas.map((schema) => schema.name).join(', ')})`, null);
    this.#schemas = schemas;
  }

  read(from: Decoder, depth: number): T {
    const start = from.at;
    for (const schema of this.#schemas) {
      try {
        return schema.read(from, depth);
      } catch (error) {
        // Invalid bytes are invalid for every schema.
        if (!(error instanceof Refusal) || error.code === 'TICKPEER_INVALID_VARIANT') throw error;
        from.at = start;
      }
    }
    throw mismatch(`expected ${this.name}, got ${describe(from.variant(depth))}`, start);
  }

  write(to: VariantWriter, value: T, depth: number): void {
    const schema = this.#schemas.find((one) => one.problem(value) === null);
    insist(schema !== undefined, this);
    schema?.write(to, value, depth);
  }

  problem(value: unknown): Problem | null {
    return this.#schemas.some((schema) => schema.problem(value) === null) ? null : otherThan(this, value);
  }
}

/** A value of one of `schemas`. The first schema that matches is used, for encoding and for decoding. */
export function oneOf<const S extends readonly Schema<unknown>[]>(...schemas: S): Schema<Infer<S[number]>> {
  // The cast: each schema describes a part of the union.
  return new OneOfSchema(schemas as readonly Schema<Infer<S[number]>>[]);
}

class WhereSchema<T> extends Schema<T> {
  readonly #inner: Schema<T>;
  readonly #test: (value: T) => boolean;

  constructor(inner: Schema<T>, test: (value: T) => boolean, name: string) {
    super(name, inner.elementType);
    this.#inner = inner;
    this.#test = test;
  }

  read(from: Decoder, depth: number): T {
    const start = from.at;
    const value = this.#inner.read(from, depth);
    if (this.#test(value)) return value;
    throw mismatch(`expected ${this.name}, got ${describe(value)}`, start);
  }

  write(to: VariantWriter, value: T, depth: number): void {
    this.#inner.write(to, value, depth);
    insist(this.#test(value), this);
  }

  problem(value: unknown): Problem | null {
    // The cast: a value without a problem for the inner schema is a T.
    return this.#inner.problem(value) ?? (this.#test(value as T) ? null : otherThan(this, value));
  }
}

/**
 * A value of `schema` for which `test` returns true: `where(int, (hp) => hp >= 0 && hp <= 100, 'hit points')`. `name` is
 * used in messages. Errors that `test` throws are not caught.
 */
export function where<T>(schema: Schema<T>, test: (value: T) => boolean, name: string): Schema<T> {
  return new WhereSchema(schema, test, name);
}
