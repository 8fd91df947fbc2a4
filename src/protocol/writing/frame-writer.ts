import type { Counters } from '../counters.ts';
import { frameHeaderSize, writeFrameHeader } from '../frames/frame-header.ts';
import { RSV1 } from '../frames/frame-rules.ts';
import { applyMask } from '../frames/mask.ts';
import { MaskingKeys } from '../frames/masking-keys.ts';
import { Opcode, type Role } from '../opcode.ts';
import type { Platform } from '../platform.ts';
import { OutputBuffer } from './output-buffer.ts';
import { LARGEST_SLAB } from './output-memory.ts';
import type { SharedFrame } from './shared-message.ts';

const FIN = 0x80;
/** Shorter payloads are copied in a loop, because a call of `set` costs about 40 ns. */
const COPIED_BY_BYTE = 32;

/** Writes frames into a connection's output, masked where the role demands it (RFC 6455 5.1, 5.2). */
export class FrameWriter {
  readonly output: OutputBuffer = new OutputBuffer();
  readonly #counters: Counters;
  readonly #maskingKeys: MaskingKeys | null;

  constructor(role: Role, platform: Platform, counters: Counters) {
    this.#counters = counters;
    this.#maskingKeys = role === 'client' ? MaskingKeys.of(platform) : null;
  }

  /** Whether frames are sent without a mask, so that many connections can share them: true for a server. */
  get isPlain(): boolean {
    return this.#maskingKeys === null;
  }

  /** A message, in frames of `fragmentSize` bytes at most (0: in one). `isCompressed` sets RSV1 (RFC 7692 6.1). */
  writeMessage(payload: Uint8Array, opcode: Opcode, isCompressed: boolean, fragmentSize: number): void {
    const firstByte = isCompressed ? RSV1 | opcode : opcode;
    if (fragmentSize > 0 && payload.length > fragmentSize) this.#writeFragments(payload, firstByte, fragmentSize);
    else this.#writeFrame(FIN | firstByte, payload, 0, payload.length);
  }

  writeControl(opcode: Opcode, payload: Uint8Array): void {
    this.#writeFrame(FIN | opcode, payload, 0, payload.length);
  }

  /** A frame that is shared with other connections. */
  writeShared(frame: SharedFrame): void {
    this.output.appendShared(frame);
    this.#counters.framesSent++;
    this.#counters.bytesSent += frame.size;
  }

  #writeFragments(payload: Uint8Array, firstByte: number, fragmentSize: number): void {
    // RFC 6455 5.4: the first frame has the opcode, the others CONTINUATION, the last one FIN. No other data frame comes
    // between them.
    // RFC 7692 6.1: RSV1 is set on the first frame only.
    for (let start = 0; start < payload.length; start += fragmentSize) {
      const end = Math.min(start + fragmentSize, payload.length);
      const fin = end === payload.length ? FIN : 0;
      this.#writeFrame(fin | (start === 0 ? firstByte : Opcode.CONTINUATION), payload, start, end);
    }
  }

  #writeFrame(firstByte: number, payload: Uint8Array, start: number, end: number): void {
    const keys = this.#maskingKeys;
    const isMasked = keys !== null;
    const key = keys === null ? 0 : keys.next();
    const length = end - start;
    const size = frameHeaderSize(length, isMasked) + length;
    const output = this.output;
    const isLarge = size > LARGEST_SLAB;
    output.reserve(isLarge ? LARGEST_SLAB : size);
    const { buffer, at } = output;
    const payloadAt = writeFrameHeader(buffer, at, firstByte, length, isMasked, key);
    if (isLarge) {
      output.advanceTo(payloadAt);
      output.append(payload, start, end, key);
    } else {
      const frameEnd = payloadAt + length;
      if (length < COPIED_BY_BYTE) for (let at = 0; at < length; at++) buffer[payloadAt + at] = payload[start + at]!;
      else buffer.set(length === payload.length ? payload : payload.subarray(start, end), payloadAt);
      if (isMasked) applyMask(buffer, payloadAt, frameEnd, key, 0);
      output.advanceTo(frameEnd);
    }
    this.#counters.framesSent++;
    this.#counters.bytesSent += size;
  }
}
