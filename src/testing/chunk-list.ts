/** A queue of bytes that keeps the chunks in which they arrived. */
export class ChunkList {
  #chunks: Uint8Array[] = [];
  /** The first chunk that is not fully taken; its bytes before `#offset` are taken. */
  #head = 0;
  #offset = 0;
  size = 0;

  /** Appends `chunk`, which must not be changed afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.size += chunk.length;
  }

  /** Removes and returns the first `count` bytes, at most `size`, in memory of their own. */
  take(count: number): Uint8Array {
    const first = this.#chunks[this.#head]!;
    let taken: Uint8Array;
    if (first.length - this.#offset >= count) {
      taken = first.subarray(this.#offset, this.#offset + count);
      this.#skip(count);
    } else {
      taken = new Uint8Array(count);
      for (let filled = 0; filled < count; ) {
        const chunk = this.#chunks[this.#head]!;
        const part = chunk.subarray(this.#offset, this.#offset + count - filled);
        taken.set(part, filled);
        filled += part.length;
        this.#skip(part.length);
      }
    }
    this.size -= count;
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.#head = 0;
    this.#offset = 0;
    this.size = 0;
  }

  #skip(count: number): void {
    this.#offset += count;
    if (this.#offset < this.#chunks[this.#head]!.length) return;
    this.#offset = 0;
    this.#head++;
    if (this.#head === this.#chunks.length) {
      this.#chunks = [];
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#head);
      this.#head = 0;
    }
  }
}
