import type { VariantInput } from '../values/variant.ts';
import { type EncodeOptions, VariantWriter } from './variant-writer.ts';

/** A writer whose memory grew beyond this is not kept. Bytes. */
const KEPT_CAPACITY = 1_048_576;

const NO_OPTIONS: EncodeOptions = {};
let spare: VariantWriter | null = null;

/**
 * Encodes a Variant, byte for byte like the engine's `var_to_bytes`.
 *
 * Throws `TypeError` for a value that is not a Variant: undefined, a function, an instance of a foreign class, an element of
 * the wrong type in a typed container, a `FullObject` without `fullObjects`. Throws `RangeError` for values that nest more
 * than 1024 deep, which includes a value that contains itself, and for a bigint that does not fit into 64 bits.
 */
export function varToBytes(value: VariantInput, options: EncodeOptions = NO_OPTIONS): Uint8Array<ArrayBuffer> {
  const writer = borrowWriter(options);
  writer.variant(value, 0);
  return returnWriter(writer);
}

/**
 * Returns an empty writer, to be used at once and passed to `returnWriter`. Growing a new one costs more than encoding most
 * packets.
 */
export function borrowWriter(options: EncodeOptions): VariantWriter {
  // Not shared while in use, because a getter of the value may encode, too.
  const writer = spare;
  if (writer === null || options.fullObjects === true || options.doublePrecision === true) {
    return new VariantWriter(options);
  }
  spare = null;
  writer.size = 0;
  return writer;
}

/**
 * Returns a copy of what was written, and keeps the writer for the next call. A writer that is not returned is replaced by a
 * new one.
 */
export function returnWriter(writer: VariantWriter): Uint8Array<ArrayBuffer> {
  if (writer.isPlain && writer.bytes.length <= KEPT_CAPACITY) spare = writer;
  return writer.toBytes();
}
