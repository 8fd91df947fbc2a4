import type { FailureCode } from '../../failure.ts';
import type { Counters } from '../counters.ts';
import type { Extension } from '../extension.ts';
import { CloseCode } from '../frames/close-code.ts';
import {
  FrameHeader,
  HeaderFault,
  isControl,
  MAX_CONTROL_PAYLOAD_SIZE,
  MAX_HEADER_SIZE,
  readFrameHeader,
} from '../frames/frame-header.ts';
import { FrameRules, RSV1 } from '../frames/frame-rules.ts';
import { applyMask, rotateKey } from '../frames/mask.ts';
import { Opcode } from '../opcode.ts';
import type { Platform } from '../platform.ts';
import { hasRoom, maxWireSize } from './inbound-limits.ts';
import { MessageAssembly } from './message-assembly.ts';
import { PacketMemory } from './packet-memory.ts';
import type { PacketQueue } from './packet-queue.ts';
import type { ReaderOwner, ReaderParts, ReaderSettings } from './reader-parts.ts';
import { WaitingFrames } from './waiting-frames.ts';

/** The header being looked at: one for all readers, since parsing never yields in the middle of a header. */
const HEADER = new FrameHeader();
/** One for all readers, too: every stretch of bytes begins anew. */
const MEMORY = new PacketMemory();
const NO_BYTES = new Uint8Array(0);

/**
 * Bytes in, messages out (RFC 6455 5): for any split of the bytes, the same messages.
 *
 * - Inputs: `receive`. Commands: `stop`, `discardWhenFull`, `resume`. Output: `queue`. Queries: `isBlocked`, `wantsBytes`.
 * - A frame is begun only when the queue has room for all of it. Until then its bytes wait as they came, `isBlocked` is
 *   true, and the owner stops reading the stream; pings and pongs among the waiting bytes are answered all the same.
 *   So the memory is bounded by `inboundBufferSize` and the one chunk that was already here.
 */
export class MessageReader {
  readonly queue: PacketQueue;
  settings: ReaderSettings;
  readonly #owner: ReaderOwner;
  readonly #counters: Counters;
  readonly #platform: Platform;
  readonly #rules: FrameRules;
  readonly #extension: Extension | null;

  /** A header that was cut by the end of a chunk. */
  #cutHeader: Uint8Array | null = null;
  #cutHeaderSize = 0;

  /** The frame whose payload is under way. */
  #inFrame = false;
  #opcode = 0;
  #isFin = false;
  #isEncoded = false;
  #key = 0;
  #left = 0;
  #taken = 0;

  #message: MessageAssembly | null = null;
  #control: Uint8Array | null = null;

  /** What waits for room in the queue. */
  #waiting: WaitingFrames | null = null;
  /** A message that an extension has made longer than the room left: the first to go into the queue. */
  #held: HeldMessage | null = null;

  #isStopped = false;
  #discardsWhenFull = false;
  #isDiscarding = false;

  constructor(parts: ReaderParts) {
    this.#owner = parts.owner;
    this.queue = parts.queue;
    this.settings = parts.settings;
    this.#counters = parts.counters;
    this.#platform = parts.platform;
    this.#rules = FrameRules.of(parts.expectsMask, parts.extension);
    this.#extension = parts.extension;
  }

  /** Takes bytes as they arrive; `chunk` may be overwritten and is not kept. */
  receive(chunk: Uint8Array): void {
    if (this.#isStopped) return;
    this.#counters.bytesReceived += chunk.length;
    if (!this.isBlocked) {
      // A subclass such as Node's Buffer will not do: its slice() shares the memory instead of copying it.
      const isPlain = chunk.constructor === Uint8Array;
      this.#parse(isPlain ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), null);
    } else {
      if (this.#waiting === null) this.#waiting = new WaitingFrames(chunk.slice(), 0);
      else this.#waiting.append(chunk);
      this.resume();
      this.#answerAhead();
    }
  }

  /** Goes on where the queue was full: after something was taken from it, or a limit was raised. */
  resume(): void {
    if (this.#held !== null) this.#releaseHeld(this.#held);
    const waiting = this.#waiting;
    if (waiting === null || this.#isStopped || this.#held !== null) return;
    this.#waiting = null;
    this.#parse(waiting.bytes, waiting);
  }

  /** Nothing that arrives from now on means anything. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting = null;
    this.#held = null;
    this.#message = null;
  }

  /** From now on, what finds the queue full is let go (and all that follows it), so that a Close behind it is seen. */
  discardWhenFull(): void {
    this.#discardsWhenFull = true;
    this.resume();
  }

  /** Whether bytes wait here for room in the queue. */
  get isBlocked(): boolean {
    return this.#waiting !== null || this.#held !== null;
  }

  get wantsBytes(): boolean {
    return !this.isBlocked && !this.#isStopped;
  }

  /** `waited`: where the bytes come from if they had to wait before; then the memory is ours and need not be copied. */
  #parse(chunk: Uint8Array, waited: WaitingFrames | null): void {
    const end = chunk.length;
    let at = 0;
    // Of bytes that waited, a packet may be taken at a time: they would keep much memory for little.
    MEMORY.begin(waited === null ? this.settings.inboundBufferSize : 0);
    while (!this.#isStopped) {
      if (this.#inFrame) {
        at = this.#takePayload(chunk, at, end);
        if (this.#inFrame) return;
        continue;
      }
      if (at === end) return;
      if (this.#held !== null) {
        this.#wait(chunk, at, waited);
        return;
      }
      if (this.#cutHeaderSize > 0) {
        at = this.#completeHeader(chunk, at, end);
        if (this.#waiting !== null) return;
        continue;
      }
      const size = readFrameHeader(chunk, at, end, HEADER);
      if (!this.#isHeaderAllowed(size, end - at)) return;
      if (size === HeaderFault.INCOMPLETE) {
        this.#keepHeader(chunk, at, end);
        return;
      }
      if (!this.#begin()) {
        if (this.#isStopped) return;
        this.#wait(chunk, at, waited);
        return;
      }
      at += size;
      if (this.#left <= end - at) at = this.#takeWhole(chunk, at);
    }
  }

  /** The common case on its own: a frame that is all here is unmasked in place, and copied once if it is a message. */
  #takeWhole(chunk: Uint8Array, at: number): number {
    const frameEnd = at + this.#left;
    if (isControl(this.#opcode)) {
      this.#inFrame = false;
      this.#finishControl(chunk.subarray(at, frameEnd));
      return frameEnd;
    }
    if (this.#message !== null || !this.#isFin || this.#isDiscarding || this.#isEncoded) return at;
    this.#inFrame = false;
    if (this.#key !== 0) this.#unmask(chunk, at, frameEnd, 0);
    const isText = this.#opcode === Opcode.TEXT;
    const isShared = this.settings.packetsShareMemory === true;
    const packet = isShared ? MEMORY.copy(chunk, at, frameEnd) : chunk.slice(at, frameEnd);
    if (isText && !this.#platform.isUtf8(packet)) {
      this.#violateUtf8();
      return frameEnd;
    }
    this.#deliver(packet, isText);
    return frameEnd;
  }

  #takePayload(chunk: Uint8Array, at: number, end: number): number {
    const count = Math.min(this.#left, end - at);
    if (count > 0) {
      if (isControl(this.#opcode)) this.#takeControl(chunk, at, count);
      else if (!this.#isDiscarding && !this.#takeData(chunk, at, count)) return end;
      this.#taken += count;
      this.#left -= count;
    }
    if (this.#left === 0) {
      this.#inFrame = false;
      if (isControl(this.#opcode)) this.#finishControl(this.#control?.subarray(0, this.#taken) ?? NO_BYTES);
      else if (this.#isFin) this.#finishMessage();
    }
    return at + count;
  }

  #takeData(chunk: Uint8Array, at: number, count: number): boolean {
    this.#message ??= new MessageAssembly(this.#opcode === Opcode.TEXT, this.#isEncoded, this.#platform);
    const message = this.#message;
    // Before it is copied: the memory it came in may be the faster one to do it in.
    if (this.#key !== 0) this.#unmask(chunk, at, at + count, this.#taken & 3);
    const start = message.append(chunk, at, count, this.#left, this.#isFin, this.settings.inboundBufferSize);
    if (message.validator?.push(message.bytes, start, start + count) === false) {
      this.#violateUtf8();
      return false;
    }
    return true;
  }

  #unmask(chunk: Uint8Array, start: number, end: number, phase: number): void {
    if (this.#platform.unmask?.(chunk, start, end, rotateKey(this.#key, phase)) === true) return;
    applyMask(chunk, start, end, this.#key, phase);
  }

  #takeControl(chunk: Uint8Array, at: number, count: number): void {
    this.#control ??= new Uint8Array(MAX_CONTROL_PAYLOAD_SIZE);
    this.#control.set(chunk.subarray(at, at + count), this.#taken);
  }

  #finishControl(payload: Uint8Array): void {
    this.#control = null;
    applyMask(payload, 0, payload.length, this.#key, 0);
    if (this.#opcode === Opcode.PING) {
      this.#owner.onPing(payload);
    } else if (this.#opcode === Opcode.PONG) {
      this.#owner.onPong(payload);
    } else {
      this.stop();
      this.#owner.onClose(payload);
    }
  }

  #finishMessage(): void {
    if (this.#isDiscarding) {
      this.#counters.packetsDiscarded++;
      return;
    }
    const message = this.#message ?? new MessageAssembly(this.#opcode === Opcode.TEXT, this.#isEncoded, this.#platform);
    this.#message = null;
    if (message.isEncoded) {
      this.#decode(message);
      return;
    }
    if (message.validator?.isComplete === false) {
      this.#violateUtf8();
      return;
    }
    this.#deliver(message.take(), message.isText);
  }

  /** An extension's message: what it stands for is measured against the same limit, and checked as a whole. */
  #decode(message: MessageAssembly): void {
    const decoded = this.#extension!.decode(message.take(), this.settings.inboundBufferSize);
    if ('failure' in decoded) {
      this.#violate(decoded.closeCode, decoded.failure.code, decoded.failure.message);
    } else if (message.isText && !this.#platform.isUtf8(decoded)) {
      this.#violateUtf8();
    } else {
      this.#held = { packet: decoded, isText: message.isText };
      this.#releaseHeld(this.#held);
    }
  }

  /** Into the queue if there is room; let go when that is what is wanted of a full queue. */
  #releaseHeld({ packet, isText }: HeldMessage): void {
    // An empty queue takes it also when the limit was lowered since it was accepted: it could wait for ever.
    const fits = this.queue.count === 0 || hasRoom(this.queue, this.settings, packet.length);
    if (!fits && !this.#discardsWhenFull) return;
    this.#held = null;
    if (fits) {
      this.#deliver(packet, isText);
    } else {
      this.#isDiscarding = true;
      this.#counters.packetsDiscarded++;
    }
  }

  #deliver(packet: Uint8Array<ArrayBuffer>, isText: boolean): void {
    const queue = this.queue;
    const counters = this.#counters;
    queue.push(packet, isText);
    counters.packetsReceived++;
    if (queue.count > counters.inboundPeakPackets) counters.inboundPeakPackets = queue.count;
    if (queue.size > counters.inboundPeakSize) counters.inboundPeakSize = queue.size;
  }

  // ---------------------------------------------------------------- headers

  /** Adds to a header that a chunk's end had cut, byte by byte, until it is whole. */
  #completeHeader(chunk: Uint8Array, at: number, end: number): number {
    const header = this.#cutHeader!;
    let next = at;
    while (next < end) {
      header[this.#cutHeaderSize++] = chunk[next++]!;
      const size = readFrameHeader(header, 0, this.#cutHeaderSize, HEADER);
      if (!this.#isHeaderAllowed(size, this.#cutHeaderSize)) return end;
      if (size === HeaderFault.INCOMPLETE) continue;
      const headerSize = this.#cutHeaderSize;
      this.#cutHeaderSize = 0;
      if (!this.#begin()) {
        if (this.#isStopped) return end;
        const waiting = new Uint8Array(headerSize + end - next);
        waiting.set(header.subarray(0, headerSize));
        waiting.set(chunk.subarray(next), headerSize);
        this.#wait(waiting, 0, null);
        return end;
      }
      return next;
    }
    return next;
  }

  #keepHeader(chunk: Uint8Array, at: number, end: number): void {
    this.#cutHeader ??= new Uint8Array(MAX_HEADER_SIZE);
    this.#cutHeader.set(chunk.subarray(at, end));
    this.#cutHeaderSize = end - at;
  }

  /** Checks what `HEADER` has, as early as two bytes of it are there. Reports a violation and returns false. */
  #isHeaderAllowed(size: number, available: number): boolean {
    if (available < 2) return true;
    const fault = this.#rules.findFault(HEADER, size) ?? this.#findDisorder();
    if (fault === null) return true;
    this.#violate(CloseCode.PROTOCOL_ERROR, 'TICKPEER_PROTOCOL_ERROR', fault);
    return false;
  }

  /** RFC 6455 5.4. While discarding, no message is kept: there the order of fragments is not looked at. */
  #findDisorder(): string | null {
    const { opcode } = HEADER;
    if (isControl(opcode) || this.#isDiscarding) return null;
    const continues = opcode === Opcode.CONTINUATION;
    if (continues && this.#message === null) return 'a continuation without a message to continue';
    if (!continues && this.#message !== null) return 'a new message before the fragmented one was finished';
    return null;
  }

  /** Begins the frame in `HEADER`; false when there is no room for it now. May report a violation instead. */
  #begin(): boolean {
    const { opcode, length } = HEADER;
    if (!isControl(opcode) && !this.#beginData(opcode, length)) return false;
    this.#counters.framesReceived++;
    this.#inFrame = true;
    this.#opcode = opcode;
    this.#isFin = HEADER.fin;
    this.#isEncoded = HEADER.rsv === RSV1;
    this.#key = HEADER.key;
    this.#left = length;
    this.#taken = 0;
    return true;
  }

  /** False when the frame must wait, and when it broke a limit (then the reader is stopped). */
  #beginData(opcode: number, length: number): boolean {
    if (this.#isDiscarding) return true;
    const limits = this.settings;
    const message = this.#message;
    const total = (message?.size ?? 0) + length;
    const isEncoded = message?.isEncoded ?? HEADER.rsv === RSV1;
    if (total > maxWireSize(limits, isEncoded)) {
      const size = length === Number.POSITIVE_INFINITY ? 'more than 2^53' : total;
      this.#violate(
        CloseCode.MESSAGE_TOO_BIG,
        'TICKPEER_MESSAGE_TOO_BIG',
        `a message of at least ${size} bytes arrived; inboundBufferSize is ${limits.inboundBufferSize}`,
      );
      return false;
    }
    // What an encoded message will need is not known yet.
    if (!hasRoom(this.queue, limits, isEncoded ? 0 : total)) {
      if (!this.#discardsWhenFull) return false;
      this.#isDiscarding = true;
      this.#message = null;
      return true;
    }
    if (message === null) {
      if (!HEADER.fin) this.#message = new MessageAssembly(opcode === Opcode.TEXT, HEADER.rsv === RSV1, this.#platform);
    } else if (++message.fragments > limits.maxFragments) {
      this.#violate(
        CloseCode.POLICY_VIOLATION,
        'TICKPEER_TOO_MANY_FRAGMENTS',
        `a message in more than ${limits.maxFragments} frames`,
      );
      return false;
    }
    return true;
  }

  #violateUtf8(): void {
    this.#violate(CloseCode.INVALID_PAYLOAD_DATA, 'TICKPEER_INVALID_UTF8', 'a text message that is not UTF-8');
  }

  #violate(answer: number, code: FailureCode, message: string): void {
    this.stop();
    this.#owner.onViolation(answer, code, message);
  }

  // ---------------------------------------------------------------- waiting for room

  #wait(chunk: Uint8Array, at: number, waited: WaitingFrames | null): void {
    this.#waiting =
      waited === null
        ? new WaitingFrames(chunk.slice(at), 0)
        : new WaitingFrames(chunk.subarray(at), Math.max(0, waited.lookedAt - at));
    this.#answerAhead();
  }

  /** A peer that is slow to read its packets must not look dead. */
  #answerAhead(): void {
    this.#waiting?.takeControls(this.#rules, (opcode, payload) => {
      this.#counters.framesReceived++;
      if (opcode === Opcode.PING) this.#owner.onPing(payload);
      else this.#owner.onPong(payload);
    });
  }
}

interface HeldMessage {
  readonly packet: Uint8Array<ArrayBuffer>;
  readonly isText: boolean;
}
