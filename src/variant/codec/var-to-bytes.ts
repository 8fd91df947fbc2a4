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

/** An empty writer, to be used at once and given back. Growing a new one costs more than most packets. */
export function borrowWriter(options: EncodeOptions): VariantWriter {
  // Taken out while in use: a getter of the value may encode as well.
  const writer = spare;
  if (writer === null || options.fullObjects === true || options.doublePrecision === true) {
    return new VariantWriter(options);
  }
  spare = null;
  writer.size = 0;
  return writer;
}

/** What was written, in memory of its own. A writer that is not given back, because the value threw, is not missed. */
export function returnWriter(writer: VariantWriter): Uint8Array<ArrayBuffer> {
  if (writer.isPlain && writer.bytes.length <= KEPT_CAPACITY) spare = writer;
  return writer.toBytes();
}
