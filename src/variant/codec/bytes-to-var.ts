import { isBytes } from '../../bytes.ts';
import { ErrorCode } from '../../error-code.ts';
import { isFailure } from '../../failure.ts';
import type { Variant } from '../values/variant.ts';
import type { DecodeOptions } from './decode-options.ts';
import { Decoder } from './decoder.ts';
import { Refusal, type VariantFailure } from './refusal.ts';

/** A value, and how many of the bytes it took. */
export interface Decoded<T> {
  readonly value: T;
  readonly size: number;
}

/**
 * The Variant at the beginning of `bytes`: the engine's `bytes_to_var`. Bytes after it are ignored.
 *
 * Returns undefined, which no Variant is, for invalid bytes; `decodeVariant` says why. Never throws for any bytes.
 */
export function bytesToVar(bytes: Uint8Array, options: DecodeOptions = {}): Variant | undefined {
  const decoded = decodeVariant(bytes, options);
  return isFailure(decoded) ? undefined : decoded.value;
}

/** The Variant at the beginning of `bytes`, or why there is none (told apart by its `code`). */
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

/** The failure for what a decoder threw. A RangeError comes from the engine: the stack or a Map is full. Others are rethrown. */
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
