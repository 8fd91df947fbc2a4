import { MAX_HEADER_SIZE } from '../frames/frame-header.ts';

/** The start of a frame header whose rest is in a later chunk. */
export class CutHeader {
  readonly bytes: Uint8Array = new Uint8Array(MAX_HEADER_SIZE);
  size = 0;

  /** Starts with `chunk[at, end)`, which is shorter than a header. */
  begin(chunk: Uint8Array, at: number, end: number): void {
    this.bytes.set(chunk.subarray(at, end));
    this.size = end - at;
  }

  append(byte: number): void {
    this.bytes[this.size++] = byte;
  }

  /** The header and `chunk[at, end)`, in memory of their own. */
  joinedWith(chunk: Uint8Array, at: number, end: number): Uint8Array {
    const joined = new Uint8Array(this.size + end - at);
    joined.set(this.bytes.subarray(0, this.size));
    joined.set(chunk.subarray(at, end), this.size);
    return joined;
  }
}
