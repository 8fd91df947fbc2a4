import { failureOf, open } from '../codec/bytes-to-var.ts';
import type { DecodeOptions } from '../codec/decode-options.ts';
import type { Decoder } from '../codec/decoder.ts';
import type { VariantFailure } from '../codec/refusal.ts';
import type { Variant } from '../values/variant.ts';
import { variant } from './choice-schemas.ts';
import type { Schema } from './schema.ts';

/** Reads Variants one after the other from a packet; each may begin at any byte. */
export class VariantReader {
  readonly #decoder: Decoder;
  /** Why the last `readVariant` or `read` gave nothing; null when it did. */
  failure: VariantFailure | null = null;

  /** Reads `bytes` from `offset` on; to end before their end, give a `subarray`. */
  constructor(bytes: Uint8Array, offset = 0, options: DecodeOptions = {}) {
    this.#decoder = open(bytes, options);
    this.offset = offset;
  }

  /** Where the next value begins. After a failure, where the failed one begins. Setting it outside of the bytes throws `RangeError`. */
  get offset(): number {
    return this.#decoder.at;
  }

  set offset(offset: number) {
    if (!(Number.isInteger(offset) && offset >= 0 && offset <= this.#decoder.end)) {
      throw new RangeError(`there is no byte ${offset} in ${this.#decoder.end}`);
    }
    this.#decoder.at = offset;
  }

  /** Where the bytes end for the values that follow: for memory that is filled again and again. @internal */
  set end(end: number) {
    this.#decoder.end = end;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#decoder.end - this.#decoder.at;
  }

  /** The next Variant; undefined, and `failure` says why, when it is unsound. */
  readVariant(): Variant | undefined {
    return this.read(variant);
  }

  /** The next value by a schema; undefined, and `failure` says why, when it is another one. */
  read<T>(schema: Schema<T>): T | undefined {
    const start = this.#decoder.at;
    this.failure = null;
    try {
      return schema.read(this.#decoder, 0);
    } catch (error) {
      this.failure = failureOf(error, this.#decoder);
      this.#decoder.at = start;
      return undefined;
    }
  }
}
