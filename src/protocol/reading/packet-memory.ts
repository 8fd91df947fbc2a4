/** Up to this many bytes, V8 allocates an array's memory in its own heap, which is fast. */
const ON_HEAP = 64;
/** The alignment of packets: that of the largest number type. */
const ALIGNMENT = 8;

/**
 * One ArrayBuffer for all packets of one chunk of received bytes, because allocating one costs several times as much as
 * filling it (bench/NOTES.md). The memory is not reused.
 */
export class PacketMemory {
  #bytes: Uint8Array<ArrayBuffer> | null = null;
  #used = 0;
  #limit = 0;

  /** Starts a new chunk, whose packets share up to `limit` bytes. Packets of earlier chunks keep their memory. */
  begin(limit: number): void {
    this.#bytes = null;
    this.#limit = limit;
  }

  /** A copy of `chunk[start, end)`, one packet of the chunk. */
  copy(chunk: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
    const size = end - start;
    if (size <= ON_HEAP) return chunk.slice(start, end);
    if (this.#bytes === null) {
      const left = Math.min(chunk.length - start, this.#limit);
      // No second packet of this size would fit; use its own buffer.
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
