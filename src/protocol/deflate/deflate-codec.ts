/**
 * The compressor for `permessage-deflate`, passed as an argument. Data is raw DEFLATE (RFC 1951), and every message is
 * flushed to a byte boundary (RFC 7692 7.2.1).
 */
export interface DeflateCodec {
  createDeflater(options: DeflaterOptions): Deflater;
  createInflater(options: InflaterOptions): Inflater;
}

export interface DeflaterOptions {
  /** The base-2 logarithm of the window, 9 to 15. */
  readonly windowBits: number;
  /** Whether a message may refer to earlier ones. */
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
  /** The message compressed, without the four bytes `00 00 ff ff` at the end. It is valid until the next call. */
  deflate(message: Uint8Array): Uint8Array;
  /** Frees the memory of this connection. */
  release(): void;
}

export interface Inflater {
  /**
   * Decompresses a message, which is without its last four bytes, into memory of its own. Stops when it is longer than
   * `limit` bytes.
   */
  inflate(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | InflateFault;
  /** Frees the memory of this connection. */
  release(): void;
}

/** Why a message could not be decompressed. After that the inflater must not be used. */
export type InflateFault = 'too big' | 'broken';
