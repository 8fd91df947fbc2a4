import type { Extension } from '../extension.ts';
import { frameHeaderSize, writeFrameHeader } from '../frames/frame-header.ts';
import { RSV1 } from '../frames/frame-rules.ts';
import { Opcode } from '../opcode.ts';
import { outputMemory, SHARED_SLAB_SIZE, type Slab } from './output-memory.ts';

const FIN = 0x80;

/** A frame that several connections send. It lies in a slab from `start` to `end`, or, with `slab` null, is `bytes` by itself. */
export class SharedFrame {
  readonly slab: Slab | null;
  readonly start: number;
  readonly end: number;
  #bytes: Uint8Array | null;
  #copy: Uint8Array | null = null;

  private constructor(slab: Slab | null, bytes: Uint8Array, start: number, end: number) {
    this.slab = slab;
    this.#bytes = slab === null ? bytes : null;
    this.start = start;
    this.end = end;
  }

  /** `isInSlab`: the frame goes into output memory, and is a user of its slab. False, or above the size of a slab: memory of its own. */
  static of(payload: Uint8Array, firstByte: number, isInSlab: boolean): SharedFrame {
    const size = frameHeaderSize(payload.length, false) + payload.length;
    const slab = isInSlab && size <= SHARED_SLAB_SIZE ? outputMemory.share(size) : null;
    const start = slab?.used ?? 0;
    const bytes = slab?.bytes ?? new Uint8Array(size);
    if (slab !== null) slab.used += size;
    bytes.set(payload, writeFrameHeader(bytes, start, FIN | firstByte, payload.length, false, 0));
    return new SharedFrame(slab, bytes, start, start + size);
  }

  get size(): number {
    return this.end - this.start;
  }

  get bytes(): Uint8Array {
    // One of the two is not null.
    this.#bytes ??= this.slab!.bytes.subarray(this.start, this.end);
    return this.#bytes;
  }

  /** The same bytes in memory of their own, once for all connections that need them so. */
  get bytesAlone(): Uint8Array {
    if (this.slab === null) return this.bytes;
    this.#copy ??= new Uint8Array(this.bytes);
    return this.#copy;
  }
}

/**
 * A message that a server sends to many connections. It is framed once, because a server's frames have no mask (RFC 6455
 * 5.1), and encoded once for all connections on which the extension encodes it the same way.
 */
export class SharedMessage {
  readonly payload: Uint8Array;
  readonly opcode: Opcode.TEXT | Opcode.BINARY;
  readonly isEncoded: boolean;
  /** Whether the frames go into output memory. */
  #isShared = false;
  #plain: SharedFrame | null = null;
  #encoded: Map<string, SharedFrame> | null = null;

  /** `isEncoded`: whether extensions may encode it. */
  constructor(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, isEncoded: boolean = true) {
    this.payload = payload;
    this.opcode = opcode;
    this.isEncoded = isEncoded;
  }

  /** Frames go into output memory, until the caller has sent the message and calls `endSharing`. @internal */
  shareMemory(): void {
    this.#isShared = true;
  }

  /** The frame to send on a connection with this extension. @internal */
  frameFor(extension: Extension | null): SharedFrame {
    if (extension === null || !this.isEncoded) return this.#plainFrame;
    const key = extension.sharingKey;
    const known = key === null ? undefined : this.#encoded?.get(key);
    if (known !== undefined) return known;
    const encoded = extension.encode(this.payload, this.opcode === Opcode.TEXT);
    // A frame for one connection alone is not worth a place in the shared memory.
    const isInSlab = this.#isShared && key !== null;
    const frame = encoded === null ? this.#plainFrame : SharedFrame.of(encoded, RSV1 | this.opcode, isInSlab);
    if (key !== null) {
      this.#encoded ??= new Map();
      this.#encoded.set(key, frame);
    }
    return frame;
  }

  /** The message is sent: only connections still use its memory. Later frames have memory of their own. @internal */
  endSharing(): void {
    release(this.#plain);
    if (this.#encoded !== null) for (const frame of this.#encoded.values()) if (frame !== this.#plain) release(frame);
    this.#isShared = false;
    this.#plain = null;
    this.#encoded = null;
  }

  get #plainFrame(): SharedFrame {
    this.#plain ??= SharedFrame.of(this.payload, this.opcode, this.#isShared);
    return this.#plain;
  }
}

function release(frame: SharedFrame | null): void {
  if (frame !== null && frame.slab !== null) outputMemory.release(frame.slab);
}
