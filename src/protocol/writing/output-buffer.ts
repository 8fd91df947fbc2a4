import { applyMask } from '../frames/mask.ts';
import { LARGEST_SLAB, outputMemory, SHARED_SLAB_SIZE, type Slab } from './output-memory.ts';
import type { SharedFrame } from './shared-message.ts';

/** Output up to this size is moved to larger memory when it does not fit: that is cheaper than a second write. */
const MOVED_UP_TO = 65_536;
/** A larger piece is not put into a slab that others share. */
const SHARED_UP_TO = SHARED_SLAB_SIZE / 2;
/** A shared frame up to this size is copied behind the others: that is cheaper than a separate write. */
const COPY_SHARED_UP_TO = 2048;
/** Pieces in shared slabs begin with room for this many bytes at least. */
const SMALLEST_PIECE = 64;

/**
 * Collects the frames to send, so that one write (`take`) sends them all: from one piece of memory, or from several when there are
 * many. Taken bytes count as unsent until `confirm`. All connections share the memory: an idle one holds none, and one whose
 * write is under way fills no more of what others share.
 */
export class OutputBuffer {
  /** The slab that is being filled. This output has its bytes from `#start` on, filled up to `#end`, reserved up to `#limit`. */
  #slab: Slab | null = null;
  #start = 0;
  #end = 0;
  #limit = 0;
  /** How many bytes of the piece are frames that other peers send as well, which it refers to. */
  #sharedSize = 0;
  /** Whether `#parts` refers to the slab, too: then it is used until everything is sent. */
  #isInParts = false;
  /** The parts before that piece: full ones, and frames shared with other peers. */
  #parts: Uint8Array[] | null = null;
  /** The slabs that `#parts` refers to, besides `#slab`. */
  #filled: Slab[] | null = null;
  /** The slabs that were taken and are released by `confirm`: one, or several. */
  #lent: Slab | Slab[] | null = null;
  /** Bytes of the last `take` that this output wrote itself: the next one probably has as many. */
  #lastSize = 0;

  /** Messages and their payload bytes that are not confirmed, taken or not. */
  packets = 0;
  payloadSize = 0;
  #takenPackets = 0;
  #takenPayloadSize = 0;

  /** Whether there is anything to take. */
  get isEmpty(): boolean {
    return this.#start === this.#end && this.#parts === null;
  }

  /** Makes room for `size` bytes, up to `LARGEST_SLAB`, behind the last ones; `buffer` and `at` say where to write them. @internal */
  reserve(size: number): void {
    if (this.#end + size > this.#limit) this.#makeRoom(size);
  }

  #makeRoom(size: number): void {
    const slab = this.#slab;
    if (slab === null) {
      this.#begin(size, Math.min(this.#lastSize, SHARED_UP_TO));
      return;
    }
    const needed = this.#end + size;
    // Nobody has begun a piece behind this one.
    if (this.#limit === slab.used && needed <= slab.bytes.length) {
      slab.used = this.#limit = needed;
      return;
    }
    const start = this.#start;
    const used = this.#end - start;
    // Memory that a part refers to cannot be released. And to move a long message to many would give each peer a copy of it.
    if (this.#isInParts || this.#sharedSize > COPY_SHARED_UP_TO) {
      this.#begin(size, 2 * (used - this.#sharedSize), true);
      return;
    }
    if (used + size > MOVED_UP_TO) {
      this.#begin(size, 2 * slab.bytes.length, true);
      return;
    }
    this.#begin(used + size, 2 * used);
    this.#slab!.bytes.set(slab.bytes.subarray(start, start + used), this.#start);
    this.#end += used;
    outputMemory.release(slab);
  }

  /**
   * Begins a piece with room for `size` bytes, and for `wanted` if that is easily had. `endsPart`: the last piece becomes a part.
   * When there is no memory, it throws and changes nothing.
   */
  #begin(size: number, wanted: number, endsPart: boolean = false): void {
    const room = Math.max(size, wanted, SMALLEST_PIECE);
    const isOwn = this.#lent !== null || room > SHARED_UP_TO;
    const slab = isOwn ? outputMemory.own(Math.min(room, LARGEST_SLAB)) : outputMemory.share(room);
    if (endsPart) this.#endPart();
    this.#slab = slab;
    this.#sharedSize = 0;
    this.#isInParts = false;
    this.#start = this.#end = isOwn ? 0 : slab.used;
    this.#limit = isOwn ? slab.bytes.length : slab.used + room;
    slab.used = this.#limit;
  }

  /** Makes the piece being filled a part. */
  #endPart(): void {
    this.#cut();
    this.#filled ??= [];
    this.#filled.push(this.#slab!);
  }

  /** The memory with the reserved room. @internal */
  get buffer(): Uint8Array {
    return this.#slab!.bytes;
  }

  /** Where the reserved room begins. @internal */
  get at(): number {
    return this.#end;
  }

  /** Called when everything up to `end` is written. @internal */
  advanceTo(end: number): void {
    this.#end = end;
  }

  /** @internal */
  countMessage(payloadSize: number): void {
    this.packets++;
    this.payloadSize += payloadSize;
  }

  /** Appends `payload[start, end)`, of any length, masked with `key` unless that is 0. @internal */
  append(payload: Uint8Array, start: number, end: number, key: number): void {
    for (let from = start; from < end; ) {
      if (this.#end === this.#limit) this.reserve(Math.min(end - from, LARGEST_SLAB));
      const { bytes } = this.#slab!;
      const count = Math.min(end - from, this.#limit - this.#end);
      bytes.set(payload.subarray(from, from + count), this.#end);
      if (key !== 0) applyMask(bytes, this.#end, this.#end + count, key, (from - start) & 3);
      this.#end += count;
      from += count;
    }
  }

  /** Appends a frame that other peers send as well. Frames that follow each other in memory are sent as one piece. @internal */
  appendShared(frame: SharedFrame): void {
    const { start, end, size } = frame;
    // Behind a write that is under way, frames may wait for long, and would keep all that is in a slab.
    const slab = this.#lent === null ? frame.slab : null;
    if (slab !== null && slab === this.#slab && start === this.#end) {
      this.#end = end;
      if (this.#limit < end) this.#limit = end;
      this.#sharedSize += size;
    } else if (size <= COPY_SHARED_UP_TO && (slab === null || this.#slab !== null)) {
      this.reserve(size);
      this.#slab!.bytes.set(frame.bytes, this.#end);
      this.#end += size;
    } else if (slab === null) {
      this.#cut();
      this.#parts ??= [];
      this.#parts.push(frame.bytesAlone);
    } else {
      if (this.#slab !== null) this.#endPart();
      slab.users++;
      this.#slab = slab;
      this.#start = start;
      this.#end = this.#limit = end;
      this.#sharedSize = size;
      this.#isInParts = false;
    }
  }

  /** Everything, in order, as one piece or several; null when there is nothing. Not again before `confirm`. @internal */
  take(): Uint8Array | readonly Uint8Array[] | null {
    if (this.isEmpty) return null;
    this.#takenPackets = this.packets;
    this.#takenPayloadSize = this.payloadSize;
    const slab = this.#slab;
    let taken: Uint8Array | readonly Uint8Array[];
    this.#lastSize = this.#end - this.#start - this.#sharedSize;
    if (this.#parts === null) {
      taken = slab!.view(this.#start, this.#end);
    } else {
      this.#cut();
      taken = this.#parts;
      this.#parts = null;
    }
    // The rest of the piece is free again where nothing is behind it.
    if (slab !== null && this.#limit === slab.used && this.#limit < slab.bytes.length) slab.used = this.#end;
    this.#lent = slab;
    if (this.#filled !== null) {
      if (slab !== null) this.#filled.push(slab);
      this.#lent = this.#filled;
      this.#filled = null;
    }
    this.#slab = null;
    this.#isInParts = false;
    this.#start = this.#end = this.#limit = this.#sharedSize = 0;
    return taken;
  }

  /** Called when everything taken is sent: it no longer counts, and its memory is released. */
  confirm(): void {
    this.packets -= this.#takenPackets;
    this.payloadSize -= this.#takenPayloadSize;
    this.#takenPackets = 0;
    this.#takenPayloadSize = 0;
    const lent = this.#lent;
    this.#lent = null;
    if (lent === null) return;
    if (Array.isArray(lent)) for (const slab of lent) outputMemory.release(slab);
    else outputMemory.release(lent);
  }

  #cut(): void {
    if (this.#start === this.#end) return;
    this.#parts ??= [];
    this.#parts.push(this.#slab!.bytes.subarray(this.#start, this.#end));
    this.#start = this.#end;
    this.#sharedSize = 0;
    this.#isInParts = true;
  }
}
