import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { type Decoded, failureOf, open } from '../codec/bytes-to-var.ts';
import type { DecodeOptions } from '../codec/decode-options.ts';
import type { Decoder } from '../codec/decoder.ts';
import { Header } from '../codec/header.ts';
import { Refusal, type VariantFailure } from '../codec/refusal.ts';
import { borrowWriter, returnWriter } from '../codec/var-to-bytes.ts';
import type { EncodeOptions, VariantWriter } from '../codec/variant-writer.ts';
import { describe } from '../values/describe.ts';
import type { ElementType } from '../values/element-type.ts';
import { typeName } from '../values/type-name.ts';
import type { VariantType } from '../values/variant-type.ts';

/** Why a value is not what a schema describes. */
export interface SchemaMismatch extends Failure {
  readonly code: 'TICKPEER_UNEXPECTED_VARIANT';
  /** Where in the value: `players[3].hp`; empty at the top. */
  readonly path: string;
}

/** The static type of what a schema describes: `type Player = Infer<typeof player>`. */
export type Infer<S extends Schema<unknown>> = S extends Schema<infer T> ? T : never;

/**
 * Describes values, and is the way to TypeScript from bytes of unknown origin: it checks what arrives, gives it a static
 * type, and chooses the encoding of what leaves, so that `float` sends `1.0` for the number 1.
 *
 * Schemas are made of those that this room exports: `dictionary({ id: int, position: vector2 })`.
 */
export abstract class Schema<T> {
  /** As it is written: `array(int)`. */
  readonly name: string;
  /** The type that every value is encoded as; null when there are several. */
  readonly elementType: ElementType | null;

  constructor(name: string, elementType: ElementType | null) {
    this.name = name;
    this.elementType = elementType;
  }

  /** The next value, which lies `depth` deep in others; throws `Refusal` when it is another one. @internal */
  abstract read(from: Decoder, depth: number): T;
  /** Writes a value; throws `TypeError` when it is another one, of which `demand` then says more. @internal */
  abstract write(to: VariantWriter, value: T, depth: number): void;
  /** What keeps `value` from being written; null for nothing. @internal */
  abstract problem(value: unknown): Problem | null;

  /** Why `value` is not what this describes; null when it is. Nothing is converted. */
  check(value: unknown): SchemaMismatch | null {
    const problem = this.problem(value);
    if (problem === null) return null;
    const path = problem.path.replace(/^\./, '');
    return { code: 'TICKPEER_UNEXPECTED_VARIANT', message: `${path && `${path}: `}${problem.text}`, path };
  }

  /** Throws `TypeError` when `value` is not what this describes. @internal */
  demand(value: unknown): void {
    if (this.problem(value) !== null) throw new TypeError(this.check(value)?.message);
  }

  /** The bytes of a value. Throws `TypeError`, which names the place, when it is not what this describes, and as `varToBytes` does. */
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

  /** The value at the beginning of `bytes`, or why there is none (told apart by its `code`). Throws for nothing that bytes can hold. */
  decode(bytes: Uint8Array, options: DecodeOptions = {}): Decoded<T> | VariantFailure {
    const decoder = open(bytes, options);
    try {
      return { value: this.read(decoder, 0), size: decoder.at };
    } catch (error) {
      return failureOf(error, decoder);
    }
  }
}

/** What is wrong with a value, and where in it. */
export interface Problem {
  readonly path: string;
  readonly text: string;
}

/** Goes on when `fits`, and throws otherwise: for `write`. */
export function insist(fits: boolean, schema: Schema<unknown>): void {
  if (!fits) throw new TypeError(`a value is not ${schema.name}`);
}

/** The value as a whole is another one. */
export function otherThan(schema: Schema<unknown>, value: unknown): Problem {
  return { path: '', text: `expected ${schema.name}, got ${describe(value)}` };
}

/** The same problem, seen from a container. */
export function within(segment: string, problem: Problem | null): Problem | null {
  return problem === null ? null : { path: segment + problem.path, text: problem.text };
}

/** The next header, which has to be one of `type`. */
export function headerOf(schema: Schema<unknown>, from: Decoder, type: VariantType): number {
  const header = from.header();
  return (header & Header.TYPE_MASK) === type ? header : unexpected(schema, from, typeName(header & Header.TYPE_MASK));
}

/** Refuses the value whose header, or other beginning of `size` bytes, was just read. */
export function unexpected(schema: Schema<unknown>, from: Decoder, found: string, size = 4): never {
  throw mismatch(`expected ${schema.name}, got ${found}`, from.at - size);
}

/** Sound bytes, but not those that a schema describes. */
export function mismatch(problem: string, offset: number): Refusal {
  return new Refusal('TICKPEER_UNEXPECTED_VARIANT', ErrorCode.ERR_INVALID_DATA, problem, offset);
}

/** What `schema` reads; `place` is where that lies in its container: an index, a key, or a text that begins with a dot. */
export function readWithin<T>(schema: Schema<T>, from: Decoder, depth: number, place: unknown): T {
  try {
    return schema.read(from, depth);
  } catch (error) {
    if (error instanceof Refusal) error.path = segmentOf(place) + error.path;
    throw error;
  }
}

/** A step in a path: `.hp`, `[3]`, `["red"]`. */
export function segmentOf(place: unknown): string {
  if (typeof place === 'string' && place.startsWith('.')) return place;
  return `[${typeof place === 'string' ? JSON.stringify(place) : String(place)}]`;
}
