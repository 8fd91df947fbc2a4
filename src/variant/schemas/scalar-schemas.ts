import type { Decoder } from '../codec/decoder.ts';
import { Header } from '../codec/header.ts';
import type { VariantWriter } from '../codec/variant-writer.ts';
import { typeName } from '../values/type-name.ts';
import { VariantType } from '../values/variant-type.ts';
import { headerOf, insist, otherThan, type Problem, Schema, unexpected } from './schema.ts';

class IntSchema extends Schema<number> {
  read(from: Decoder): number {
    const value = from.int(headerOf(this, from, VariantType.TYPE_INT));
    return typeof value === 'number' ? value : unexpected(this, from, `int ${value}, beyond 2^53`, 12);
  }

  write(to: VariantWriter, value: number): void {
    insist(Number.isSafeInteger(value), this);
    to.int(value);
  }

  problem(value: unknown): Problem | null {
    return Number.isSafeInteger(value) ? null : otherThan(this, value);
  }
}

class Int64Schema extends Schema<bigint> {
  read(from: Decoder): bigint {
    return BigInt(from.int(headerOf(this, from, VariantType.TYPE_INT)));
  }

  write(to: VariantWriter, value: bigint): void {
    insist(typeof value === 'bigint', this);
    to.int(value);
  }

  problem(value: unknown): Problem | null {
    return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? null : otherThan(this, value);
  }
}

class FloatSchema extends Schema<number> {
  read(from: Decoder): number {
    const header = from.header();
    const type: VariantType = header & Header.TYPE_MASK;
    if (type === VariantType.TYPE_FLOAT) return from.float(header);
    return type === VariantType.TYPE_INT ? Number(from.int(header)) : unexpected(this, from, typeName(type));
  }

  write(to: VariantWriter, value: number): void {
    insist(typeof value === 'number', this);
    if (this.elementType === null) to.variant(value, 0);
    else to.float(value);
  }

  problem(value: unknown): Problem | null {
    return typeof value === 'number' ? null : otherThan(this, value);
  }
}

/** Decoding accepts STRING and STRING_NAME for each other, as the engine does. */
class TextSchema extends Schema<string> {
  read(from: Decoder): string {
    const type = from.header() & Header.TYPE_MASK;
    return type === VariantType.TYPE_STRING || type === VariantType.TYPE_STRING_NAME
      ? from.text()
      : unexpected(this, from, typeName(type));
  }

  write(to: VariantWriter, value: string): void {
    insist(typeof value === 'string', this);
    to.writeU32(this.elementType === VariantType.TYPE_STRING ? VariantType.TYPE_STRING : VariantType.TYPE_STRING_NAME);
    to.writeText(value);
  }

  problem(value: unknown): Problem | null {
    return typeof value === 'string' ? null : otherThan(this, value);
  }
}

/** An integer from -(2^53 - 1) to 2^53 - 1; -0 is sent as 0. */
export const int: Schema<number> = /* @__PURE__ */ new IntSchema('int', VariantType.TYPE_INT);

/** A 64-bit integer, always as a bigint. */
export const int64: Schema<bigint> = /* @__PURE__ */ new Int64Schema('int64', VariantType.TYPE_INT);

/** Any number, sent as FLOAT. An INT is also accepted when decoding, because scripts write `5` for `5.0`. */
export const float: Schema<number> = /* @__PURE__ */ new FloatSchema('float', VariantType.TYPE_FLOAT);

/**
 * Any number, sent as INT when it is an integer and as FLOAT otherwise. For values without a declared type in the script.
 */
export const number: Schema<number> = /* @__PURE__ */ new FloatSchema('number', null);

/** A string, sent as String. A StringName is also accepted when decoding. */
export const string: Schema<string> = /* @__PURE__ */ new TextSchema('String', VariantType.TYPE_STRING);

/** A string, sent as StringName. A String is also accepted when decoding. */
export const stringName: Schema<string> = /* @__PURE__ */ new TextSchema('StringName', VariantType.TYPE_STRING_NAME);
