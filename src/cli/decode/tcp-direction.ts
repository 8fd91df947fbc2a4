import type { HeldBytes } from './held-bytes.ts';
import type { TcpSegment } from './tcp-segment.ts';

/** Bytes of segments that came too early, and how many such segments are kept. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const MOST_WAITING = 4096;

/** A segment that came before earlier bytes. */
interface Waiting {
  readonly start: number;
  readonly payload: Uint8Array;
}

/**
 * Puts the segments of one direction of a TCP connection into their order: those that were sent again are dropped, and those
 * that came too early wait.
 */
export class TcpDirection {
  readonly #held: HeldBytes;
  /** The sequence number of the next byte; null before the first segment. */
  #next: number | null = null;
  /** In the order of their bytes; none begins at or before the next byte. */
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Where the direction ends; null before the FIN. */
  #end: number | null = null;
  /** Whether bytes are missing for good: nothing comes out any more. */
  isBroken = false;

  constructor(held: HeldBytes) {
    this.#held = held;
  }

  /** Takes a segment, and returns the bytes that are next, in order. */
  take({ sequence, payload, isSyn, isFin, missing }: TcpSegment): Uint8Array[] {
    const start = isSyn ? (sequence + 1) >>> 0 : sequence;
    this.#next ??= start;
    if (isFin) this.#end = (start + payload.length + missing) >>> 0;
    if (this.isBroken) return [];
    const parts: Uint8Array[] = [];
    if (payload.length > 0) this.#add(start, payload, parts);
    // The rest of the segment is not in the capture.
    if (missing > 0 && this.#distance((start + payload.length) >>> 0) === 0) this.#break();
    return parts;
  }

  /** Whether everything up to the FIN has come out. */
  get hasEnded(): boolean {
    return this.#end !== null && (this.isBroken || this.#next === this.#end);
  }

  /** Bytes that wait for earlier ones. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Drops what waits: the connection is over. */
  release(): void {
    this.#held.remove(this.#waitingBytes);
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
  }

  #add(start: number, payload: Uint8Array, parts: Uint8Array[]): void {
    if (this.#distance(start) > 0) {
      this.#wait(start, payload);
      return;
    }
    this.#emit(start, payload, parts);
    let released = 0;
    for (const { start: next, payload: bytes } of this.#waiting) {
      if (this.#distance(next) > 0) break;
      this.#emit(next, bytes, parts);
      this.#count(-bytes.length);
      released++;
    }
    this.#waiting.splice(0, released);
  }

  /** What of the segment is new: the rest was sent before. */
  #emit(start: number, payload: Uint8Array, parts: Uint8Array[]): void {
    const ahead = this.#distance(start);
    if (ahead + payload.length <= 0) return;
    const bytes = payload.subarray(-ahead);
    parts.push(bytes);
    this.#next = (this.#next! + bytes.length) >>> 0;
  }

  #wait(start: number, payload: Uint8Array): void {
    const at = this.#placeOf(start);
    const known = this.#waiting[at];
    const isAgain = known?.start === start;
    if (isAgain && known.payload.length >= payload.length) return;
    const added = payload.length - (isAgain ? known.payload.length : 0);
    if (!this.#held.add(added)) {
      this.#break();
      return;
    }
    this.#waitingBytes += added;
    this.#waiting.splice(at, isAgain ? 1 : 0, { start, payload });
    if (this.#waiting.length > MOST_WAITING || this.#waitingBytes > MOST_WAITING_BYTES) this.#break();
  }

  /** The index of the first waiting segment that does not begin before `start`. */
  #placeOf(start: number): number {
    let low = 0;
    let high = this.#waiting.length;
    const distance = this.#distance(start);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#distance(this.#waiting[middle]!.start) < distance) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #break(): void {
    this.isBroken = true;
    this.release();
  }

  #count(bytes: number): void {
    this.#waitingBytes += bytes;
    this.#held.remove(-bytes);
  }

  /** How far a sequence number is ahead of the next byte; negative behind it. The numbers wrap (RFC 9293 3.4). */
  #distance(sequence: number): number {
    return (sequence - this.#next!) | 0;
  }
}
