const utf8 = /* @__PURE__ */ new TextEncoder();

/**
 * Texts up to this length are written in a loop, unless they contain surrogates or NULs. A loop takes 70 ns, TextEncoder
 * 200.
 */
const SHORT = 32;

/**
 * A buffer that grows as numbers, texts and bytes are written to it. All numbers are little-endian. It can be reused:
 * `size = 0` empties it and keeps the memory.
 */
export class ByteWriter {
  /** The memory, of which the first `size` bytes are written. Replaced when it has to grow. */
  bytes: Uint8Array<ArrayBuffer>;
  /** A view of `bytes`. */
  view: DataView<ArrayBuffer>;
  /** How many bytes are written. Setting a lower number discards the bytes after it. */
  size = 0;

  /** `capacity`: how many bytes fit before the memory has to grow. */
  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** A copy of what is written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.size);
  }

  /** Makes room for `size` more bytes. Bytes that are written directly to `bytes` or `view` have to be added to `size`. */
  reserve(size: number): void {
    const needed = this.size + size;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    grown.set(this.bytes.subarray(0, this.size));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  /** Writes one byte. Of a number that does not fit, the low bits are written, as in the following methods. */
  writeU8(value: number): void {
    this.reserve(1);
    this.bytes[this.size++] = value;
  }

  /** Writes two bytes. A negative number is written as two's complement, as in the following methods. */
  writeU16(value: number): void {
    this.reserve(2);
    this.view.setInt16(this.size, value, true);
    this.size += 2;
  }

  /** Writes four bytes. */
  writeU32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.size, value, true);
    this.size += 4;
  }

  /** Writes eight bytes: a bigint, or an exact integer (`Number.isSafeInteger`). */
  writeU64(value: number | bigint): void {
    this.reserve(8);
    if (typeof value === 'bigint') {
      this.view.setBigInt64(this.size, value, true);
    } else {
      this.view.setInt32(this.size, value, true);
      this.view.setInt32(this.size + 4, Math.floor(value / 0x1_0000_0000), true);
    }
    this.size += 8;
  }

  /** Writes bytes unchanged. */
  writeBytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.size);
    this.size += bytes.length;
  }

  /**
   * Writes a string block (docs/engine/variant-format.md#string-block): the number of bytes, the text as UTF-8, zeros up to
   * a multiple of 4. `nuls` zeros after the text count as part of it. Unpaired surrogates become U+FFFD, and so does NUL, at
   * which a receiver would stop.
   */
  writeText(text: string, nuls = 0): void {
    const length = text.length;
    this.reserve(3 * length + 8);
    const { bytes } = this;
    const start = this.size + 4;
    let at = start;
    let i = 0;
    if (length <= SHORT) {
      for (; i < length; i++) {
        const unit = text.charCodeAt(i);
        if ((unit - 1) >>> 0 < 127) bytes[at++] = unit;
        else if (unit > 0 && (unit & 0xf800) !== 0xd800) at = writeWide(bytes, at, unit);
        else break;
      }
    }
    if (i < length) {
      const sendable = text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
      at = start + utf8.encodeInto(sendable, bytes.subarray(start)).written;
    }
    const counted = at - start + nuls;
    this.view.setInt32(start - 4, counted, true);
    this.size = start + ((counted + 3) & ~3);
    while (at < this.size) bytes[at++] = 0;
  }
}

/** Writes the UTF-8 of a UTF-16 unit that takes two or three bytes. Returns where it ends. */
function writeWide(bytes: Uint8Array, at: number, unit: number): number {
  if (unit < 0x800) {
    bytes[at++] = 0xc0 | (unit >> 6);
  } else {
    bytes[at++] = 0xe0 | (unit >> 12);
    bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
  }
  bytes[at++] = 0x80 | (unit & 0x3f);
  return at;
}
