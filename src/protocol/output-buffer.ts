/** The first buffer of a peer that sends: most turns of most peers fit. */
const FIRST_CAPACITY = 4096;
/** Buffers that are kept for the next sender, all peers together: an idle peer holds none. */
const POOL_SIZE_LIMIT = 1_048_576;
/** A shared frame up to this size is copied behind the others: cheaper than a write of its own. */
const COPY_SHARED_UP_TO = 2048;

const pool: Uint8Array[] = [];
let poolSize = 0;

/**
 * Frames on their way out: encoded back to back into one growing buffer, which leaves in one write (`take`). What was
 * taken counts as unsent until `confirm`. The buffers go back to a pool that all peers share.
 */
export class OutputBuffer {
  /** The buffer being filled, from `#start` to `#end`. */
  #tail: Uint8Array | null = null;
  #start = 0;
  #end = 0;
  /** Finished parts in front of the tail: full stretches of it, and frames shared with other peers. */
  #parts: Uint8Array[] | null = null;
  /** Buffers of ours that `#parts` points into, besides the tail. */
  #filled: Uint8Array[] | null = null;
  /** Buffers of ours that were taken, to be used again after `confirm`. */
  #lentTail: Uint8Array | null = null;
  #lentFilled: Uint8Array[] | null = null;

  /** Messages and their payload bytes: not taken, and taken but not confirmed. */
  packets = 0;
  payloadSize = 0;
  #takenPackets = 0;
  #takenPayloadSize = 0;

  /** Whether there is anything to take. */
  get isEmpty(): boolean {
    return this.#start === this.#end && this.#parts === null;
  }

  /** Makes room for `size` bytes behind the last ones; `buffer` and `at` tell where to write them. */
  reserve(size: number): void {
    const tail = this.#tail;
    if (tail === null) {
      this.#tail = acquire(size);
    } else if (this.#end + size > tail.length) {
      this.#grow(tail, size);
    }
  }

  #grow(tail: Uint8Array, size: number): void {
    const used = this.#end - this.#start;
    const grown = acquire(Math.max(2 * tail.length, used + size));
    grown.set(tail.subarray(this.#start, this.#end));
    if (this.#start === 0) {
      release(tail);
    } else {
      this.#filled ??= [];
      this.#filled.push(tail);
    }
    this.#tail = grown;
    this.#start = 0;
    this.#end = used;
  }

  /** The memory that `reserve` made room in. */
  get buffer(): Uint8Array {
    return this.#tail!;
  }

  /** Where the reserved room begins. */
  get at(): number {
    return this.#end;
  }

  /** Says that everything up to `end` is written. */
  advanceTo(end: number): void {
    this.#end = end;
  }

  countMessage(payloadSize: number): void {
    this.packets++;
    this.payloadSize += payloadSize;
  }

  /** Appends a finished frame that other peers send as well; it is never written to. */
  appendShared(frame: Uint8Array): void {
    if (frame.length <= COPY_SHARED_UP_TO) {
      this.reserve(frame.length);
      this.#tail!.set(frame, this.#end);
      this.#end += frame.length;
      return;
    }
    this.#parts ??= [];
    this.#cutTail();
    this.#parts.push(frame);
  }

  /** Everything, in order, as one piece or several; null when there is nothing. Not again before `confirm`. */
  take(): Uint8Array | readonly Uint8Array[] | null {
    if (this.isEmpty) return null;
    this.#takenPackets = this.packets;
    this.#takenPayloadSize = this.payloadSize;
    let taken: Uint8Array | readonly Uint8Array[];
    if (this.#parts === null) {
      taken = this.#tail!.subarray(this.#start, this.#end);
    } else {
      this.#cutTail();
      taken = this.#parts;
      this.#parts = null;
    }
    this.#lentTail = this.#tail;
    this.#lentFilled = this.#filled;
    this.#tail = null;
    this.#filled = null;
    this.#start = this.#end = 0;
    return taken;
  }

  /** Everything taken so far has left: it no longer counts, and its memory is free again. */
  confirm(): void {
    this.packets -= this.#takenPackets;
    this.payloadSize -= this.#takenPayloadSize;
    this.#takenPackets = 0;
    this.#takenPayloadSize = 0;
    if (this.#lentTail !== null) release(this.#lentTail);
    this.#lentTail = null;
    if (this.#lentFilled !== null) for (const buffer of this.#lentFilled) release(buffer);
    this.#lentFilled = null;
  }

  /** Forgets everything, unsent. Memory that was taken stays with its taker. */
  clear(): void {
    if (this.#tail !== null) release(this.#tail);
    this.#tail = null;
    this.#filled = null;
    this.#start = this.#end = 0;
    this.#parts = null;
    this.#lentTail = null;
    this.#lentFilled = null;
    this.packets = this.payloadSize = 0;
    this.#takenPackets = this.#takenPayloadSize = 0;
  }

  #cutTail(): void {
    if (this.#start === this.#end) return;
    this.#parts!.push(this.#tail!.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

function acquire(size: number): Uint8Array {
  const pooled = pool.pop();
  if (pooled !== undefined) {
    poolSize -= pooled.length;
    if (pooled.length >= size) return pooled;
  }
  let capacity = FIRST_CAPACITY;
  while (capacity < size) capacity *= 2;
  return new Uint8Array(capacity);
}

function release(buffer: Uint8Array): void {
  if (poolSize + buffer.length > POOL_SIZE_LIMIT) return;
  pool.push(buffer);
  poolSize += buffer.length;
}
