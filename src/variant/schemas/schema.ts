import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { type Decoded, failureOf, open } from '../codec/bytes-to-var.ts';
import type { DecodeOptions } from '../codec/decode-options.ts';
import type { Decoder } from '../codec/decoder.ts';
import { Header } from '../codec/header.ts';
import { borrowWriter, returnWriter } from '../codec/var-to-bytes.ts';
import { Refusal, type VariantFailure } from '../codec/variant-failure.ts';
import type { EncodeOptions, VariantWriter } from '../codec/variant-writer.ts';
import { describe } from '../values/describe.ts';
import type { ElementType } from '../values/element-type.ts';
import { typeName } from '../values/type-name.ts';
import type { VariantType } from '../values/variant-type.ts';

/** Why a value does not match a schema. */
export interface SchemaMismatch extends Failure {
  readonly code: 'TICKPEER_UNEXPECTED_VARIANT';
  /** Where in the value, such as `players[3].hp`; empty for the value as a whole. */
  readonly path: string;
}

/** The static type of the values that a schema describes: `type Player = Infer<typeof player>`. */
export type Infer<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never;

/**
 * Describes values of a static type. It checks decoded values, so that bytes from an untrusted sender become values of that
 * type. It also chooses the encoding: `float` sends the number 1 as `1.0`.
 *
 * Schemas are combined from those that this module exports: `dictionary({ id: int, position: vector2 })`.
 */
export abstract class Schema<T> {
  /** Its name in messages: `array(int)`. */
  readonly name: string;
  /** The type as which every value is encoded; null when there are several. */
  readonly elementType: ElementType | null;

  constructor(name: string, elementType: ElementType | null) {
    this.name = name;
    this.elementType = elementType;
  }

  /** Reads the next value, at nesting depth `depth`. Throws `Refusal` when it does not match. @internal */
  abstract read(from: Decoder, depth: number): T;
  /**
   * Writes a value at nesting depth `depth`. Throws `TypeError` when it does not match; `demand` then throws one with
   * details. @internal
   */
  abstract write(to: VariantWriter, value: T, depth: number): void;
  /** Why `value` does not match; null when it does. @internal */
  abstract problem(value: unknown): Problem | null;

  /** Why `value` does not match this schema; null when it does. Nothing is converted. */
  check(value: unknown): SchemaMismatch | null {
    const problem = this.problem(value);
    if (problem === null) return null;
    const path = problem.path.replace(/^\./, '');
    return { code: 'TICKPEER_UNEXPECTED_VARIANT', message: `${path && `${path}: `}${problem.text}`, path };
  }

  /** Throws `TypeError`, with the path and the reason, when `value` does not match. @internal */
  demand(value: unknown): void {
    if (this.problem(value) !== null) throw new TypeError(this.check(value)?.message);
  }

  /**
   * Encodes a value. Throws a `TypeError` that names the place when the value does not match; otherwise throws as
   * `varToBytes` does.
   */
  encode(value: T, options: EncodeOptions = {}): Uint8Array<ArrayBuffer> {
    const writer = borrowWriter(options);
    try {
      this.write(writer, value, 0);
    } catch (error) {
      this.demand(value);
      throw error;
    }
    return returnWriter(writer);
  }

  /**
   * Decodes the value at the beginning of `bytes`. Returns a failure, which has a `code`, when the bytes are invalid or the
   * value does not match. Never throws because of the bytes.
   */
  decode(bytes: Uint8Array, options: DecodeOptions = {}): Decoded<T> | VariantFailure {
    const decoder = open(bytes, options);
    try {
      return { value: this.read(decoder, 0), size: decoder.at };
    } catch (error) {
      return failureOf(error, decoder);
    }
  }
}

/** Why a value does not match, and where in the value. */
export interface Problem {
  readonly path: string;
  readonly text: string;
}

/** Throws `TypeError` unless `fits`. For `write`. */
export function insist(fits: boolean, schema: Schema<unknown>): void {
  if (!fits) throw new TypeError(`a value is not ${schema.name}`);
}

/** The problem of a value that does not match as a whole. */
export function otherThan(schema: Schema<unknown>, value: unknown): Problem {
  return { path: '', text: `expected ${schema.name}, got ${describe(value)}` };
}

/** `problem` with the path segment in its container prepended. */
export function within(segment: string, problem: Problem | null): Problem | null {
  return problem === null ? null : { path: segment + problem.path, text: problem.text };
}

/** Reads the next header, and refuses it when it is not of `type`. */
export function headerOf(schema: Schema<unknown>, from: Decoder, type: VariantType): number {
  const header = from.header();
  return (header & Header.TYPE_MASK) === type ? header : unexpected(schema, from, typeName(header & Header.TYPE_MASK));
}

/** Refuses a value whose first `size` bytes, by default the header, were just read. */
export function unexpected(schema: Schema<unknown>, from: Decoder, found: string, size = 4): never {
  throw mismatch(`expected ${schema.name}, got ${found}`, from.at - size);
}

/** The refusal of valid bytes that do not match a schema. */
export function mismatch(problem: string, offset: number): Refusal {
  return new Refusal('TICKPEER_UNEXPECTED_VARIANT', ErrorCode.ERR_INVALID_DATA, problem, offset);
}

/** Reads a value in a container. `place` is its position there: an index, a key, or a text that begins with a dot. */
export function readWithin<T>(schema: Schema<T>, from: Decoder, depth: number, place: unknown): T {
  try {
    return schema.read(from, depth);
  } catch (error) {
    if (error instanceof Refusal) error.path = segmentOf(place) + error.path;
    throw error;
  }
}

/** A segment of a path: `.hp`, `[3]`, `["red"]`. */
export function segmentOf(place: unknown): string {
  if (typeof place === 'string' && place.startsWith('.')) return place;
  return `[${typeof place === 'string' ? JSON.stringify(place) : String(place)}]`;
}
