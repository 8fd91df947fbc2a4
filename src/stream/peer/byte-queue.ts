/** A first-in, first-out queue of bytes, in one growing buffer that is reused from its start when it is empty. */
export class ByteQueue {
  #bytes = new Uint8Array(1024);
  #start = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#start;
  }

  /** Copies `chunk` to the end. */
  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Removes the first `count` bytes and returns a copy of them. `count` is at most `size`. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.slice(this.#start, this.#start + count);
    this.#start += taken.length;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    return taken;
  }

  /** The first `count` bytes, in place: valid until the next call that changes the queue. `count` is at most `size`. */
  peek(count: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#start, this.#start + count);
  }

  #makeRoom(needed: number): void {
    const waiting = this.#bytes.subarray(this.#start, this.#end);
    let capacity = this.#bytes.length;
    while (capacity < waiting.length + needed) capacity *= 2;
    const target = capacity === this.#bytes.length ? this.#bytes : new Uint8Array(capacity);
    if (target === this.#bytes) target.copyWithin(0, this.#start, this.#end);
    else target.set(waiting);
    this.#bytes = target;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
