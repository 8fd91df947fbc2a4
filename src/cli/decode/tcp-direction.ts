import type { TcpSegment } from './tcp-segment.ts';

/** Bytes of segments that came too early, and how many such segments are kept. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
const MOST_WAITING = 4096;

/**
 * Puts the segments of one direction of a TCP connection into their order: those that were sent again are dropped, and those
 * that came too early wait.
 */
export class TcpDirection {
  /** The sequence number of the next byte; null before the first segment. */
  #next: number | null = null;
  readonly #waiting = new Map<number, Uint8Array>();
  #waitingBytes = 0;
  /** Where the direction ends; null before the FIN. */
  #end: number | null = null;
  /** Whether bytes are missing for good: nothing comes out any more. */
  isBroken = false;

  /** Takes a segment, and returns the bytes that are next, in order. */
  take({ sequence, payload, isSyn, isFin, missing }: TcpSegment): Uint8Array[] {
    const start = isSyn ? (sequence + 1) >>> 0 : sequence;
    this.#next ??= start;
    if (isFin) this.#end = (start + payload.length + missing) >>> 0;
    if (this.isBroken) return [];
    const parts: Uint8Array[] = [];
    if (payload.length > 0) this.#add(start, payload, parts);
    // The rest of the segment is not in the capture.
    if (missing > 0 && !this.isBroken && this.#distance((start + payload.length) >>> 0) <= 0) this.isBroken = true;
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

  #add(start: number, payload: Uint8Array, parts: Uint8Array[]): void {
    const ahead = this.#distance(start);
    if (ahead > 0) {
      this.#wait(start, payload);
      return;
    }
    if (ahead + payload.length <= 0) return; // sent again
    this.#emit(payload.subarray(-ahead), parts);
    this.#releaseWaiting(parts);
  }

  #emit(bytes: Uint8Array, parts: Uint8Array[]): void {
    parts.push(bytes);
    this.#next = (this.#next! + bytes.length) >>> 0;
  }

  #wait(start: number, payload: Uint8Array): void {
    const known = this.#waiting.get(start);
    if (known !== undefined && known.length >= payload.length) return;
    this.#waiting.set(start, payload);
    this.#waitingBytes += payload.length - (known?.length ?? 0);
    if (this.#waiting.size > MOST_WAITING || this.#waitingBytes > MOST_WAITING_BYTES) {
      this.isBroken = true;
      this.#waiting.clear();
      this.#waitingBytes = 0;
    }
  }

  #releaseWaiting(parts: Uint8Array[]): void {
    for (let isFound = this.#waiting.size > 0; isFound; ) {
      isFound = false;
      for (const [start, payload] of this.#waiting) {
        const ahead = this.#distance(start);
        if (ahead > 0) continue;
        this.#waiting.delete(start);
        this.#waitingBytes -= payload.length;
        if (ahead + payload.length <= 0) continue;
        this.#emit(payload.subarray(-ahead), parts);
        isFound = true;
      }
    }
  }

  /** How far a sequence number is ahead of the next byte; negative behind it. The numbers wrap (RFC 9293 3.4). */
  #distance(sequence: number): number {
    return (sequence - this.#next!) | 0;
  }
}
