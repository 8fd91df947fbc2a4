/** Up to so many bytes, JavaScript's own heap holds the memory of an array, and nothing is to be gained. */
const ON_HEAP = 64;
/** Where a packet may begin: views of all number types fit. */
const ALIGNMENT = 8;

/**
 * Memory for the packets of one stretch of received bytes: one ArrayBuffer for all of them, since making one costs several
 * times as much as filling it (bench/NOTES.md). It is never used again for others.
 */
export class PacketMemory {
  #bytes: Uint8Array<ArrayBuffer> | null = null;
  #used = 0;
  #limit = 0;

  /** Another stretch of bytes begins, whose packets share up to `limit` bytes: what was given out so far stays as it is. */
  begin(limit: number): void {
    this.#bytes = null;
    this.#limit = limit;
  }

  /** A copy of `chunk[start, end)`, one packet of the stretch. */
  copy(chunk: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
    const size = end - start;
    if (size <= ON_HEAP) return chunk.slice(start, end);
    if (this.#bytes === null) {
      const left = Math.min(chunk.length - start, this.#limit);
      // A packet that nothing as long can follow has nobody to share with.
      if (left < 2 * size) return chunk.slice(start, end);
      this.#bytes = new Uint8Array(left);
      this.#used = 0;
    }
    const bytes = this.#bytes;
    const at = this.#used;
    if (at + size > bytes.length) return chunk.slice(start, end);
    this.#used = (at + size + ALIGNMENT - 1) & -ALIGNMENT;
    const packet = new Uint8Array(bytes.buffer, at, size);
    packet.set(chunk.subarray(start, end));
    return packet;
  }
}
