import { ErrorCode } from '../../error-code.ts';
import { fromHalfBits, toHalfBits } from './half-float.ts';

/**
 * Numbers and strings on top of bytes: the typed half of `StreamPeer` (docs/engine/streams.md#streampeer).
 *
 * Getters never wait. While some bytes of a value are missing, a numeric getter returns 0 (`0n`), a string getter returns
 * `''`, and **nothing is consumed**. Check `getAvailableBytes()` first, since 0 and `''` are also values. Putters return
 * what `putData` returns and wrap around as in Godot: `put8(255)` and `put8(-1)` write the same byte.
 */
export abstract class TypedStream {
  /** Byte order of numbers and of the lengths before strings. Default: false, little-endian, as in the engine. */
  bigEndian = false;

  abstract putData(data: Uint8Array): ErrorCode;
  abstract getData(bytes: number): [ErrorCode, Uint8Array<ArrayBuffer>];

  /** The next `bytes` bytes, which stay where they are, or null when fewer have arrived. Valid until the next read. */
  protected abstract peekData(bytes: number): Uint8Array | null;

  put8(value: number): ErrorCode {
    return this.putData(Uint8Array.of(value));
  }

  putU8(value: number): ErrorCode {
    return this.putData(Uint8Array.of(value));
  }

  put16(value: number): ErrorCode {
    return this.#put(2, (view) => view.setInt16(0, value, !this.bigEndian));
  }

  putU16(value: number): ErrorCode {
    return this.#put(2, (view) => view.setUint16(0, value, !this.bigEndian));
  }

  put32(value: number): ErrorCode {
    return this.#put(4, (view) => view.setInt32(0, value, !this.bigEndian));
  }

  putU32(value: number): ErrorCode {
    return this.#put(4, (view) => view.setUint32(0, value, !this.bigEndian));
  }

  put64(value: bigint): ErrorCode {
    return this.#put(8, (view) => view.setBigInt64(0, value, !this.bigEndian));
  }

  putU64(value: bigint): ErrorCode {
    return this.#put(8, (view) => view.setBigUint64(0, value, !this.bigEndian));
  }

  /** Half precision (binary16), rounded to the nearest, ties to even. */
  putHalf(value: number): ErrorCode {
    return this.putU16(toHalfBits(value));
  }

  putFloat(value: number): ErrorCode {
    return this.#put(4, (view) => view.setFloat32(0, value, !this.bigEndian));
  }

  putDouble(value: number): ErrorCode {
    return this.#put(8, (view) => view.setFloat64(0, value, !this.bigEndian));
  }

  /** A u32 length and ASCII bytes; a character outside ASCII is written as `?`. */
  putString(value: string): ErrorCode {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
    return this.#putText(encoder.encode(value.replace(/[^\x00-\x7f]/gu, '?')));
  }

  /** A u32 length in bytes and UTF-8. A lone surrogate is written as U+FFFD. */
  putUtf8String(value: string): ErrorCode {
    return this.#putText(encoder.encode(value));
  }

  get8(): number {
    return this.#get(1, (view) => view.getInt8(0), 0);
  }

  getU8(): number {
    return this.#get(1, (view) => view.getUint8(0), 0);
  }

  get16(): number {
    return this.#get(2, (view) => view.getInt16(0, !this.bigEndian), 0);
  }

  getU16(): number {
    return this.#get(2, (view) => view.getUint16(0, !this.bigEndian), 0);
  }

  get32(): number {
    return this.#get(4, (view) => view.getInt32(0, !this.bigEndian), 0);
  }

  getU32(): number {
    return this.#get(4, (view) => view.getUint32(0, !this.bigEndian), 0);
  }

  get64(): bigint {
    return this.#get(8, (view) => view.getBigInt64(0, !this.bigEndian), 0n);
  }

  getU64(): bigint {
    return this.#get(8, (view) => view.getBigUint64(0, !this.bigEndian), 0n);
  }

  getHalf(): number {
    return fromHalfBits(this.getU16());
  }

  getFloat(): number {
    return this.#get(4, (view) => view.getFloat32(0, !this.bigEndian), 0);
  }

  getDouble(): number {
    return this.#get(8, (view) => view.getFloat64(0, !this.bigEndian), 0);
  }

  /**
   * `bytes` bytes as Latin-1 text; -1, the default, reads the u32 length that `putString` wrote. A string that is longer
   * than the receive buffer (64 KiB) never becomes readable this way.
   */
  getString(bytes = -1): string {
    return this.#getText(bytes, 'latin1');
  }

  /** As `getString`, as UTF-8; invalid bytes become U+FFFD. */
  getUtf8String(bytes = -1): string {
    return this.#getText(bytes, 'utf8');
  }

  #put(size: number, fill: (view: DataView) => void): ErrorCode {
    const view = new DataView(new ArrayBuffer(size));
    fill(view);
    return this.putData(new Uint8Array(view.buffer));
  }

  #putText(text: Uint8Array): ErrorCode {
    const framed = new Uint8Array(4 + text.length);
    new DataView(framed.buffer).setUint32(0, text.length, !this.bigEndian);
    framed.set(text, 4);
    return this.putData(framed);
  }

  #get<T>(size: number, read: (view: DataView) => T, nothing: T): T {
    const [status, data] = this.getData(size);
    if (status !== ErrorCode.OK) return nothing;
    return read(new DataView(data.buffer, data.byteOffset, data.byteLength));
  }

  #getText(bytes: number, encoding: 'latin1' | 'utf8'): string {
    let skip = 0;
    let length = bytes;
    if (bytes === -1) {
      const prefix = this.peekData(4);
      if (prefix === null) return '';
      skip = 4;
      length = new DataView(prefix.buffer, prefix.byteOffset, 4).getUint32(0, !this.bigEndian);
    }
    if (skip + length === 0) return '';
    const [status, data] = this.getData(skip + length);
    if (status !== ErrorCode.OK) return '';
    const text = data.subarray(skip);
    return encoding === 'utf8' ? decoder.decode(text) : fromLatin1(text);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Every byte is the character of that number; a `TextDecoder` of that name decodes Windows-1252. */
function fromLatin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
