/**
 * The platform's functions that the protocol needs: random bytes, a digest and UTF-8. It is passed as an argument, and
 * `protocol/` uses no globals, so that a test can pass a seeded one.
 */
export interface Platform {
  /** Fills `bytes` from a cryptographic source: masking keys and `Sec-WebSocket-Key` (RFC 6455 5.3, 4.1). */
  fillRandom(bytes: Uint8Array): void;
  /** The 20-byte SHA-1 digest, for `Sec-WebSocket-Accept` (RFC 6455 4.2.2). */
  sha1(bytes: Uint8Array): Uint8Array;
  /** The same digest of an ASCII text, in Base64. Optional, faster than `sha1` and an encoder. */
  sha1Base64?(text: string): string;
  /** Whether `bytes` is well-formed UTF-8 (RFC 3629). */
  isUtf8(bytes: Uint8Array): boolean;
  /** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
  encodeUtf8(text: string): Uint8Array;
  /** The text of UTF-8, with its byte order mark; malformed bytes become U+FFFD. */
  decodeUtf8(bytes: Uint8Array): string;
  /** Memory for `size` bytes. It need not be cleared, because it is written before it is read. Default: `new Uint8Array`. */
  allocate?(size: number): Uint8Array<ArrayBuffer>;
  /**
   * A faster `applyMask` for bytes that have just arrived: XORs `bytes[start, end)` with a masking key, whose first byte is
   * the lowest, or returns false and changes nothing. Optional.
   */
  unmask?(bytes: Uint8Array, start: number, end: number, key: number): boolean;
}
