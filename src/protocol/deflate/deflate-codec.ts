/**
 * The compressor that `permessage-deflate` works with, handed in from outside: `protocol/` has none of its own. Data is
 * raw DEFLATE (RFC 1951), every message flushed to a byte border (RFC 7692 7.2.1).
 */
export interface DeflateCodec {
  createDeflater(options: DeflaterOptions): Deflater;
  createInflater(options: InflaterOptions): Inflater;
}

export interface DeflaterOptions {
  /** The base-2 logarithm of the window, 9 to 15. */
  readonly windowBits: number;
  /** Whether a message may refer back to the ones before it. */
  readonly keepsContext: boolean;
  /** 0 (none) to 9 (best); -1 is zlib's default, 6. */
  readonly level: number;
  /** 1 to 9: memory against speed and ratio. */
  readonly memLevel: number;
}

export interface InflaterOptions {
  /** 8 to 15. */
  readonly windowBits: number;
  readonly keepsContext: boolean;
}

export interface Deflater {
  /** The message compressed, without the four bytes `00 00 ff ff` at the end. The memory is lent until the next call. */
  deflate(message: Uint8Array): Uint8Array;
  /** Gives back what belongs to this connection alone. */
  release(): void;
}

export interface Inflater {
  /**
   * What a compressed message (without its last four bytes) stands for, in memory of its own; or why not. Stops as soon as
   * it is longer than `limit` bytes.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | InflateFault;
  /** Gives back what belongs to this connection alone. */
  release(): void;
}

/** Why a message could not be decompressed. The inflater is of no use after that. */
export type InflateFault = 'too big' | 'broken';
