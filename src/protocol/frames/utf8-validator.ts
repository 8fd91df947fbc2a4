/**
 * Checks UTF-8 that comes in pieces (RFC 3629, RFC 6455 8.1). It fails at the first byte that cannot be part of valid UTF-8,
 * also inside a code point. Overlong forms, surrogates and code points above U+10FFFF are refused.
 */
export class Utf8Validator {
  /** Continuation bytes that the current code point still needs. */
  #needed = 0;
  /** The bounds of the next continuation byte: narrower than 80-BF right after E0, ED, F0 and F4. */
  #lower = 0x80;
  #upper = 0xbf;

  /** Checks `bytes[start, end)`. Returns false at the first bad byte; after that the validator must not be used. */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    let needed = this.#needed;
    let lower = this.#lower;
    let upper = this.#upper;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (needed > 0) {
        if (byte < lower || byte > upper) return false;
        lower = 0x80;
        upper = 0xbf;
        needed--;
      } else if (byte >= 0x80) {
        if (byte < 0xc2 || byte > 0xf4) return false;
        if (byte < 0xe0) {
          needed = 1;
        } else if (byte < 0xf0) {
          needed = 2;
          if (byte === 0xe0) lower = 0xa0;
          else if (byte === 0xed) upper = 0x9f;
        } else {
          needed = 3;
          if (byte === 0xf0) lower = 0x90;
          else if (byte === 0xf4) upper = 0x8f;
        }
      }
    }
    this.#needed = needed;
    this.#lower = lower;
    this.#upper = upper;
    return true;
  }

  /** Whether the bytes so far end with a whole code point. */
  get isComplete(): boolean {
    return this.#needed === 0;
  }
}
