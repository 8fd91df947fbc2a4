/**
 * What the protocol needs of the machine it runs on, handed to it as an argument: chance, a digest and the platform's
 * own UTF-8. `protocol/` itself touches no global, so a test can pass a seeded one.
 */
export interface Platform {
  /** Fills `bytes` from a cryptographic source: masking keys and `Sec-WebSocket-Key` (RFC 6455 5.3, 4.1). */
  fillRandom(bytes: Uint8Array): void;
  /** The 20-byte SHA-1 digest, for `Sec-WebSocket-Accept` (RFC 6455 4.2.2). */
  sha1(bytes: Uint8Array): Uint8Array;
  /** Whether `bytes` is well-formed UTF-8 (RFC 3629), checked whole and fast. */
  isUtf8(bytes: Uint8Array): boolean;
  /** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
  encodeUtf8(text: string): Uint8Array;
  /** The text of well-formed UTF-8, byte order mark kept; what is not well-formed becomes U+FFFD. */
  decodeUtf8(bytes: Uint8Array): string;
  /** Memory for `size` bytes, whatever they are: all of them are written before they are read. Absent: `new Uint8Array`. */
  allocate?(size: number): Uint8Array<ArrayBuffer>;
  /**
   * A faster `applyMask` for what has just arrived: XORs `bytes[start, end)` with a masking key, whose first byte is the
   * lowest, or answers false and leaves the bytes alone. Absent: there is none.
   */
  unmask?(bytes: Uint8Array, start: number, end: number, key: number): boolean;
}
