import { FrameHeader, isControl, readFrameHeader } from '../frames/frame-header.ts';
import type { FrameRules } from '../frames/frame-rules.ts';
import { applyMask } from '../frames/mask.ts';
import { Opcode } from '../opcode.ts';

const HEADER = new FrameHeader();

/** Bytes that arrived and wait for room in the queue; they begin with a frame header. */
export class WaitingFrames {
  bytes: Uint8Array;
  /** Up to here the frames have been looked through for pings and pongs. */
  lookedAt: number;

  constructor(bytes: Uint8Array, lookedAt: number) {
    this.bytes = bytes;
    this.lookedAt = lookedAt;
  }

  append(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.bytes.length + chunk.length);
    joined.set(this.bytes);
    joined.set(chunk, this.bytes.length);
    this.bytes = joined;
  }

  /**
   * Hands on the pings and pongs among the frames that are all here, and takes them out. Anything else stays for its turn;
   * a Close and a frame that breaks a rule end the search.
   */
  takeControls(rules: FrameRules, onControl: (opcode: Opcode, payload: Uint8Array) => void): void {
    const { bytes } = this;
    const end = bytes.length;
    let from = this.lookedAt;
    let kept = from;
    for (;;) {
      const size = readFrameHeader(bytes, from, end, HEADER);
      const { opcode, key, length } = HEADER;
      if (size <= 0 || length > end - from - size) break;
      if (opcode === Opcode.CLOSE || rules.findFault(HEADER, size) !== null) break;
      const next = from + size + length;
      if (isControl(opcode)) {
        const payload = bytes.subarray(from + size, next);
        applyMask(payload, 0, length, key, 0);
        onControl(opcode, payload);
      } else {
        if (kept !== from) bytes.copyWithin(kept, from, next);
        kept += next - from;
      }
      from = next;
    }
    if (kept !== from) {
      bytes.copyWithin(kept, from, end);
      this.bytes = bytes.subarray(0, kept + end - from);
    }
    this.lookedAt = kept;
  }
}
