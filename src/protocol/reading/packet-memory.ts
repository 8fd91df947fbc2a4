import type { Platform } from '../platform.ts';

/** Up to this many bytes, V8 allocates an array's memory in its own heap, which is fast. */
const ON_HEAP = 64;
/** From this many bytes on, memory that the system need not clear is worth a second object. */
const UNCLEARED_FROM = 4096;
/** The alignment of packets: that of the largest number type. */
const ALIGNMENT = 8;
/** Bytes of the memory for packets of all connections. */
const COMMON_SIZE = 65_536;
/** Connections with a lower limit do not keep so much more than that. */
const COMMON_FROM = 65_535;
/** A larger packet gets memory of its own, which is no dearer for it. */
const SHARED_UP_TO = 8191;

/**
 * Memory for packets that share an ArrayBuffer, because allocating one costs several times as much as filling it
 * (bench/NOTES.md). The memory is not reused.
 *
 * A connection whose packets are read at once uses memory that all connections share. Otherwise each waiting packet could keep
 * such memory, which nothing limits; so the packets of a chunk that finds others waiting share memory of their own.
 */
export class PacketMemory {
  #common: ArrayBuffer | null = null;
  #commonUsed = 0;
  #isCommon = false;
  /** Of the present chunk. */
  #own: ArrayBuffer | null = null;
  #ownUsed = 0;
  #limit = 0;

  /**
   * Starts a new chunk, whose packets share up to `limit` bytes; 0: each has memory of its own. Packets of earlier chunks keep
   * their memory. `isFirst`: no other packet of its connection waits.
   */
  begin(limit: number, isFirst: boolean): void {
    this.#own = null;
    this.#limit = limit;
    this.#isCommon = isFirst && limit >= COMMON_FROM;
  }

  /** A copy of `chunk[start, end)`, one packet of the chunk. */
  copy(chunk: Uint8Array, start: number, end: number, platform: Platform): Uint8Array<ArrayBuffer> {
    const size = end - start;
    if (size <= ON_HEAP || size > SHARED_UP_TO) return copyOf(chunk, start, end, platform);
    const packet = this.#isCommon ? this.#placeInCommon(size) : this.#placeInOwn(size, chunk.length - start);
    if (packet === null) return copyOf(chunk, start, end, platform);
    packet.set(chunk.subarray(start, end));
    return packet;
  }

  #placeInCommon(size: number): Uint8Array<ArrayBuffer> {
    let at = this.#commonUsed;
    // It has no bytes any more when the program has transferred it by mistake.
    if (this.#common === null || at + size > this.#common.byteLength) {
      // Cleared: a program that passes `packet.buffer` on by mistake passes on no other memory of the process.
      this.#common = new ArrayBuffer(COMMON_SIZE);
      at = 0;
    }
    this.#commonUsed = aligned(at + size);
    return new Uint8Array(this.#common, at, size);
  }

  /** `left`: bytes of the chunk from the packet on. Null when the packet is better alone. */
  #placeInOwn(size: number, left: number): Uint8Array<ArrayBuffer> | null {
    if (this.#own === null) {
      const room = Math.min(left, this.#limit);
      // No second packet of this size would fit.
      if (room < 2 * size) return null;
      this.#own = new ArrayBuffer(room);
      this.#ownUsed = 0;
    }
    const at = this.#ownUsed;
    if (at + size > this.#own.byteLength) return null;
    this.#ownUsed = aligned(at + size);
    return new Uint8Array(this.#own, at, size);
  }
}

/** `chunk[start, end)` in memory of its own. */
function copyOf(chunk: Uint8Array, start: number, end: number, platform: Platform): Uint8Array<ArrayBuffer> {
  const size = end - start;
  const packet = size >= UNCLEARED_FROM ? platform.allocate?.(size) : undefined;
  if (packet === undefined) return chunk.slice(start, end);
  packet.set(chunk.subarray(start, end));
  return packet;
}

function aligned(at: number): number {
  return (at + ALIGNMENT - 1) & -ALIGNMENT;
}
