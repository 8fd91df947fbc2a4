import { applyMask } from '../frames/mask.ts';
import { acquireBuffer, LARGEST_BUFFER, releaseBuffer } from './buffer-pool.ts';

/** Output up to this size is moved to a larger buffer when it does not fit: that is cheaper than a second write. */
const MOVED_UP_TO = 65_536;
/** A shared frame up to this size is copied behind the others: that is cheaper than a separate write. */
const COPY_SHARED_UP_TO = 2048;

/**
 * Collects the frames to send, so that one write (`take`) sends them all: from one buffer, or from several when there are
 * many. Taken bytes count as unsent until `confirm`. All peers share a pool of buffers: an idle peer holds none.
 */
export class OutputBuffer {
  /** The buffer being filled, from `#start` to `#end`. */
  #tail: Uint8Array | null = null;
  #start = 0;
  #end = 0;
  /** The parts before the tail: full buffers, and frames shared with other peers. */
  #parts: Uint8Array[] | null = null;
  /** The buffers from the pool that `#parts` refers to, besides the tail. */
  #filled: Uint8Array[] | null = null;
  /** The buffers that were taken and are released by `confirm`: one, or several. */
  #lent: Uint8Array | Uint8Array[] | null = null;

  /** Messages and their payload bytes that are not confirmed, taken or not. */
  packets = 0;
  payloadSize = 0;
  #takenPackets = 0;
  #takenPayloadSize = 0;

  /** Whether there is anything to take. */
  get isEmpty(): boolean {
    return this.#start === this.#end && this.#parts === null;
  }

  /** Makes room for `size` bytes, up to `LARGEST_BUFFER`, behind the last ones; `buffer` and `at` say where to write them. */
  reserve(size: number): void {
    const tail = this.#tail;
    if (tail === null) this.#tail = acquireBuffer(size);
    else if (this.#end + size > tail.length) this.#makeRoom(tail, size);
  }

  #makeRoom(tail: Uint8Array, size: number): void {
    const used = this.#end - this.#start;
    if (used + size > MOVED_UP_TO) {
      this.#beginPart(tail, size);
      return;
    }
    const larger = acquireBuffer(Math.min(Math.max(tail.length + 1, used + size), LARGEST_BUFFER));
    larger.set(tail.subarray(this.#start, this.#end));
    if (this.#start === 0) releaseBuffer(tail);
    else this.#keepUntilSent(tail);
    this.#tail = larger;
    this.#start = 0;
    this.#end = used;
  }

  /** Makes the tail a part, and continues in another buffer. */
  #beginPart(tail: Uint8Array, size: number): void {
    this.#cutTail();
    this.#keepUntilSent(tail);
    this.#tail = acquireBuffer(Math.max(size, Math.min(tail.length + 1, LARGEST_BUFFER)));
    this.#start = this.#end = 0;
  }

  #keepUntilSent(buffer: Uint8Array): void {
    this.#filled ??= [];
    this.#filled.push(buffer);
  }

  /** The buffer with the reserved room. */
  get buffer(): Uint8Array {
    return this.#tail!;
  }

  /** Where the reserved room begins. */
  get at(): number {
    return this.#end;
  }

  /** Called when everything up to `end` is written. */
  advanceTo(end: number): void {
    this.#end = end;
  }

  countMessage(payloadSize: number): void {
    this.packets++;
    this.payloadSize += payloadSize;
  }

  /** Appends `payload[start, end)`, of any length, masked with `key` unless that is 0. */
  append(payload: Uint8Array, start: number, end: number, key: number): void {
    for (let from = start; from < end; ) {
      if (this.#tail === null || this.#end === this.#tail.length) this.reserve(Math.min(end - from, LARGEST_BUFFER));
      const tail = this.#tail!;
      const count = Math.min(end - from, tail.length - this.#end);
      tail.set(payload.subarray(from, from + count), this.#end);
      if (key !== 0) applyMask(tail, this.#end, this.#end + count, key, (from - start) & 3);
      this.#end += count;
      from += count;
    }
  }

  /** Appends a frame that other peers send as well. It is not changed. */
  appendShared(frame: Uint8Array): void {
    if (frame.length <= COPY_SHARED_UP_TO) {
      this.reserve(frame.length);
      this.#tail!.set(frame, this.#end);
      this.#end += frame.length;
      return;
    }
    this.#cutTail();
    this.#parts ??= [];
    this.#parts.push(frame);
  }

  /** Everything, in order, as one piece or several; null when there is nothing. Not again before `confirm`. */
  take(): Uint8Array | readonly Uint8Array[] | null {
    if (this.isEmpty) return null;
    this.#takenPackets = this.packets;
    this.#takenPayloadSize = this.payloadSize;
    const tail = this.#tail;
    let taken: Uint8Array | readonly Uint8Array[];
    if (this.#parts === null) {
      taken = tail!.subarray(this.#start, this.#end);
    } else {
      this.#cutTail();
      taken = this.#parts;
      this.#parts = null;
    }
    this.#lent = tail;
    if (this.#filled !== null) {
      if (tail !== null) this.#filled.push(tail);
      this.#lent = this.#filled;
      this.#filled = null;
    }
    this.#tail = null;
    this.#start = this.#end = 0;
    return taken;
  }

  /** Called when everything taken is sent: it no longer counts, and its buffers are released. */
  confirm(): void {
    this.packets -= this.#takenPackets;
    this.payloadSize -= this.#takenPayloadSize;
    this.#takenPackets = 0;
    this.#takenPayloadSize = 0;
    const lent = this.#lent;
    this.#lent = null;
    if (lent instanceof Uint8Array) releaseBuffer(lent);
    else if (lent !== null) for (const buffer of lent) releaseBuffer(buffer);
  }

  #cutTail(): void {
    if (this.#start === this.#end) return;
    this.#parts ??= [];
    this.#parts.push(this.#tail!.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}
