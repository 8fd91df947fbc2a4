import type { VariantInput } from '../values/variant.ts';
import { type EncodeOptions, VariantWriter } from './variant-writer.ts';

/** A writer whose memory grew beyond this is not kept. */
const KEPT_CAPACITY = 1_048_576;

const NO_OPTIONS: EncodeOptions = {};
let spare: VariantWriter | null = null;

/**
 * The bytes of a Variant: the engine's `var_to_bytes`, byte for byte.
 *
 * Throws `TypeError` for what is no Variant (undefined, a function, a foreign class, what a typed container cannot hold, a
 * `FullObject` without `fullObjects`) and `RangeError` for what is too large: nested more than 1024 deep, which includes what
 * contains itself, or a bigint that 64 bits do not hold.
 */
export function varToBytes(value: VariantInput, options: EncodeOptions = NO_OPTIONS): Uint8Array<ArrayBuffer> {
  const writer = borrowWriter(options);
  writer.variant(value, 0);
  return returnWriter(writer);
}

/** An empty writer, to be used at once and returned. Growing a new one costs more than encoding most packets. */
export function borrowWriter(options: EncodeOptions): VariantWriter {
  // Not shared while in use: a getter of the value may encode, too.
  const writer = spare;
  if (writer === null || options.fullObjects === true || options.doublePrecision === true) {
    return new VariantWriter(options);
  }
  spare = null;
  writer.size = 0;
  return writer;
}

/** A copy of what was written; the writer is kept for the next call. A writer that is not returned is replaced by a new one. */
export function returnWriter(writer: VariantWriter): Uint8Array<ArrayBuffer> {
  if (writer.isPlain && writer.bytes.length <= KEPT_CAPACITY) spare = writer;
  return writer.toBytes();
}
