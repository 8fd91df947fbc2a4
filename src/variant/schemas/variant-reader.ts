import { failureOf, open } from '../codec/bytes-to-var.ts';
import type { DecodeOptions } from '../codec/decode-options.ts';
import type { Decoder } from '../codec/decoder.ts';
import type { VariantFailure } from '../codec/variant-failure.ts';
import type { Variant } from '../values/variant.ts';
import { variant } from './choice-schemas.ts';
import type { Schema } from './schema.ts';

/** Reads consecutive Variants from a packet. Each may begin at any byte. */
export class VariantReader {
  readonly #decoder: Decoder;
  /** Why the last `readVariant` or `read` returned undefined; null when it succeeded. */
  failure: VariantFailure | null = null;

  /** Reads `bytes` from `offset` to their end. Pass a `subarray` to stop earlier. */
  constructor(bytes: Uint8Array, offset = 0, options: DecodeOptions = {}) {
    this.#decoder = open(bytes, options);
    this.offset = offset;
  }

  /**
   * Where the next value begins; after a failure, where the failed value begins. Setting it outside of the bytes throws
   * `RangeError`.
   */
  get offset(): number {
    return this.#decoder.at;
  }

  set offset(offset: number) {
    if (!(Number.isInteger(offset) && offset >= 0 && offset <= this.#decoder.end)) {
      throw new RangeError(`there is no byte ${offset} in ${this.#decoder.end}`);
    }
    this.#decoder.at = offset;
  }

  /** Sets the end of the bytes, for memory that is refilled. @internal */
  set end(end: number) {
    this.#decoder.end = end;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#decoder.end - this.#decoder.at;
  }

  /** Reads the next Variant. Returns undefined when its bytes are invalid; `failure` says why. */
  readVariant(): Variant | undefined {
    return this.read(variant);
  }

  /** Reads the next value by a schema. Returns undefined when it is invalid or does not match; `failure` says why. */
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
