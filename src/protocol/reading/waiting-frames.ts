import type { Counters } from '../counters.ts';
import { FrameHeader, isControl, readFrameHeader } from '../frames/frame-header.ts';
import type { FrameRules } from '../frames/frame-rules.ts';
import { applyMask } from '../frames/mask.ts';
import { Opcode } from '../opcode.ts';
import { type ReaderOwner, reportPingOrPong } from './reader-parts.ts';

const HEADER = new FrameHeader();

/** A message that waits for room in the queue. */
export interface HeldMessage {
  readonly packet: Uint8Array<ArrayBuffer>;
  readonly isText: boolean;
}

/** Bytes that wait for room in the queue. They begin with a frame header. */
export class WaitingFrames {
  bytes: Uint8Array;
  /** Up to here the frames have been searched for Pings and Pongs. */
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
   * Reports the Pings and Pongs among the complete frames and removes them. All other frames stay. The search ends at a
   * Close frame and at a frame that breaks a rule. (A peer whose queue is full still has to answer a Ping in time.)
   */
  takeControls(rules: FrameRules, owner: ReaderOwner, counters: Counters): void {
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
        counters.framesReceived++;
        reportPingOrPong(owner, opcode, payload);
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
