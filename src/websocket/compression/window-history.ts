/** The last window of plain data. It ends the used part of a buffer; a full buffer is compacted or replaced by a larger one. */
export class WindowHistory {
  readonly #size: number;
  #buffer = new Uint8Array(1024);
  #end = 0;

  constructor(windowBits: number) {
    this.#size = 1 << windowBits;
  }

  /** Undefined while it is empty, since zlib takes no empty dictionary. A view, valid until the next `append`. */
  get bytes(): Uint8Array | undefined {
    return this.#end === 0 ? undefined : this.#buffer.subarray(Math.max(0, this.#end - this.#size), this.#end);
  }

  append(message: Uint8Array): void {
    const last = message.length > this.#size ? message.subarray(message.length - this.#size) : message;
    if (this.#end + last.length > this.#buffer.length) this.#makeRoom(last.length);
    this.#buffer.set(last, this.#end);
    this.#end += last.length;
  }

  #makeRoom(needed: number): void {
    const kept = this.bytes ?? this.#buffer.subarray(0, 0);
    let capacity = this.#buffer.length;
    while (capacity < kept.length + needed) capacity *= 2;
    const moved = capacity === this.#buffer.length ? this.#buffer : new Uint8Array(capacity);
    moved.set(kept);
    this.#buffer = moved;
    this.#end = kept.length;
  }
}
