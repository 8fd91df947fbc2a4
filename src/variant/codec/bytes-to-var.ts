import { isBytes } from '../../bytes.ts';
import { ErrorCode } from '../../error-code.ts';
import { isFailure } from '../../failure.ts';
import type { Variant } from '../values/variant.ts';
import type { DecodeOptions } from './decode-options.ts';
import { Decoder } from './decoder.ts';
import { Refusal, type VariantFailure } from './variant-failure.ts';

/** A decoded value, and how many bytes it took. */
export interface Decoded<T> {
  readonly value: T;
  readonly size: number;
}

/**
 * Decodes the Variant at the beginning of `bytes`, like the engine's `bytes_to_var`. Bytes after it are ignored.
 *
 * Returns undefined, which is not a Variant, for invalid bytes; `decodeVariant` says why. Never throws because of the bytes.
 */
export function bytesToVar(bytes: Uint8Array, options: DecodeOptions = {}): Variant | undefined {
  const decoded = decodeVariant(bytes, options);
  return isFailure(decoded) ? undefined : decoded.value;
}

/** Decodes the Variant at the beginning of `bytes`. Returns a failure, which has a `code`, for invalid bytes. */
export function decodeVariant(bytes: Uint8Array, options: DecodeOptions = {}): Decoded<Variant> | VariantFailure {
  const decoder = open(bytes, options);
  try {
    return { value: decoder.variant(0), size: decoder.at };
  } catch (error) {
    return failureOf(error, decoder);
  }
}

/** A decoder at the first byte. */
export function open(bytes: Uint8Array, options: DecodeOptions): Decoder {
  if (!isBytes(bytes)) throw new TypeError('bytes are a Uint8Array');
  return new Decoder(bytes, options);
}

/**
 * The failure for what a decoder threw. A RangeError comes from the JavaScript engine: the stack or a Map is full. Other
 * errors are rethrown.
 */
export function failureOf(error: unknown, decoder: Decoder): VariantFailure {
  if (error instanceof Refusal) return error.toFailure();
  if (!(error instanceof RangeError)) throw error;
  return new Refusal(
    'TICKPEER_INVALID_VARIANT',
    ErrorCode.ERR_OUT_OF_MEMORY,
    `too much: ${error.message}`,
    decoder.at,
  ).toFailure();
}
