/** Runs up to this long are copied in a loop, which is faster than a call of `set`. Bytes. */
const SHORT_RUN = 48;

/** Puts a packet together from parts of a buffer. Parts that lie behind each other are copied at once. */
export class StatePacket {
  #bytes = new Uint8Array(2048);
  #header = 0;
  /** With the run that is not copied yet. */
  #size = 0;
  /** Where the next run is copied to. */
  #copied = 0;
  /** The run that is not copied yet. */
  #source: Uint8Array = this.#bytes;
  #start = 0;
  #end = 0;

  /** Begins a packet with `header` bytes, which are written after `take`. */
  begin(header: number): void {
    this.#header = header;
    this.#size = header;
    this.#copied = header;
    this.#start = 0;
    this.#end = 0;
  }

  get isEmpty(): boolean {
    return this.#size === this.#header;
  }

  /**
   * Whether `size` more bytes keep the packet within `most`. An empty packet takes any part: one that is larger is sent
   * by itself.
   */
  hasRoom(size: number, most: number): boolean {
    return this.isEmpty || this.#size + size <= most;
  }

  /** Adds the bytes of `source` from `start` to `end`. They must not change before `take`, but the buffer may grow. */
  add(source: Uint8Array, start: number, end: number): void {
    this.#size += end - start;
    if (source === this.#source && start === this.#end && this.#start < this.#end) {
      this.#end = end;
      return;
    }
    this.#copyRun();
    this.#source = source;
    this.#start = start;
    this.#end = end;
  }

  /** The packet, in memory that the next packet uses again. Begins the next packet. */
  take(): Uint8Array {
    this.#copyRun();
    const packet = this.#bytes.subarray(0, this.#size);
    this.begin(this.#header);
    return packet;
  }

  /** Copies the run to its place, which is before the parts that follow it. */
  #copyRun(): void {
    const length = this.#end - this.#start;
    if (length === 0) return;
    const at = this.#copied;
    this.#reserve(at + length);
    const bytes = this.#bytes;
    if (length <= SHORT_RUN)
      for (let index = 0; index < length; index++) bytes[at + index] = this.#source[this.#start + index]!;
    else bytes.set(this.#source.subarray(this.#start, this.#end), at);
    this.#copied = at + length;
    this.#start = 0;
    this.#end = 0;
  }

  #reserve(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
