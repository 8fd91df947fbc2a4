import { NO_BYTES } from '../../bytes.ts';
import { isFailure } from '../../failure.ts';
import type { Counters } from '../counters.ts';
import type { Extension } from '../extension.ts';
import {
  FrameHeader,
  HeaderFault,
  isControl,
  MAX_CONTROL_PAYLOAD_SIZE,
  readFrameHeader,
} from '../frames/frame-header.ts';
import { FrameRules, findDisorder, RSV1 } from '../frames/frame-rules.ts';
import { applyMask, unmask } from '../frames/mask.ts';
import { Opcode } from '../opcode.ts';
import type { Platform } from '../platform.ts';
import { protocolError, type Violation } from '../violation.ts';
import { CutHeader } from './cut-header.ts';
import { MessageAssembly } from './message-assembly.ts';
import { hasRoom, maxWireSize } from './message-limits.ts';
import { PacketMemory } from './packet-memory.ts';
import type { PacketQueue } from './packet-queue.ts';
import { type ReaderOwner, type ReaderParts, type ReaderSettings, reportPingOrPong } from './reader-parts.ts';
import { messageTooBig, NOT_UTF8, tooManyFragments } from './violations.ts';
import { type HeldMessage, WaitingFrames } from './waiting-frames.ts';

// Shared by all readers, because `#parse` uses them up before another reader can run.
const HEADER = new FrameHeader();
const MEMORY = new PacketMemory();

/** What the next byte belongs to. */
enum State {
  HEADER,
  /** A header whose first bytes are in `#cutHeader`. */
  CUT_HEADER,
  /** The payload of a control frame. */
  CONTROL,
  /** The payload of a data frame. */
  DATA,
  /** The payload of a data frame that is discarded. */
  DISCARDED,
  /** Nothing: a Close frame arrived, a rule was broken, or the owner called `stop`. */
  STOPPED,
}

/** What happens to a data frame for which the queue has no room. */
enum WhenFull {
  /** It waits, and so do all bytes behind it. */
  WAIT,
  /** It is discarded, and the next state is DISCARDING. */
  DISCARD,
  /** Every data frame is discarded, whether there is room or not. */
  DISCARDING,
}

/**
 * Parses received bytes into messages (RFC 6455 5). However the bytes are cut into chunks, the messages are the same.
 *
 * - Input: `receive`. Commands: `stop`, `discardWhenFull`, `resume`. Output: `queue`. Queries: `isBlocked`, `wantsBytes`.
 * - A data frame is parsed only when the queue has room for all of it. Otherwise its bytes and those behind them wait
 *   unparsed, `isBlocked` is true, and the owner stops reading. Pings and Pongs among them are still reported.
 */
export class MessageReader {
  readonly queue: PacketQueue;
  settings: ReaderSettings;
  readonly #owner: ReaderOwner;
  readonly #counters: Counters;
  readonly #platform: Platform;
  readonly #rules: FrameRules;
  readonly #extension: Extension | null;

  #state = State.HEADER;
  #whenFull = WhenFull.WAIT;
  #cutHeader: CutHeader | null = null;

  // The frame whose payload is being read: in CONTROL, DATA and DISCARDED.
  #opcode = 0;
  #isFin = false;
  #isEncoded = false;
  #key = 0;
  /** Payload bytes to come. */
  #left = 0;
  /** Payload bytes read. */
  #taken = 0;

  /** The data message that has begun and not ended; null for one that is in a single frame of a single chunk. */
  #message: MessageAssembly | null = null;
  /** The payload of a control frame that several chunks carry. */
  #control: Uint8Array | null = null;

  /** Bytes that wait for room in the queue. */
  #waiting: WaitingFrames | null = null;
  /** A decoded message that waits for room in the queue, ahead of `#waiting`. Encoded, it was shorter. */
  #held: HeldMessage | null = null;

  constructor(parts: ReaderParts) {
    this.#owner = parts.owner;
    this.queue = parts.queue;
    this.settings = parts.settings;
    this.#counters = parts.counters;
    this.#platform = parts.platform;
    this.#rules = FrameRules.of(parts.expectsMask, parts.extension);
    this.#extension = parts.extension;
  }

  /** Parses `chunk`, which may be overwritten and is not kept. */
  receive(chunk: Uint8Array): void {
    if (this.#state === State.STOPPED) return;
    this.#counters.bytesReceived += chunk.length;
    if (!this.isBlocked) {
      // Not a subclass such as Buffer, whose slice() shares the memory instead of copying it.
      const isPlain = chunk.constructor === Uint8Array;
      this.#parse(isPlain ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length), null);
    } else {
      if (this.#waiting === null) this.#waiting = new WaitingFrames(chunk.slice(), 0);
      else this.#waiting.append(chunk);
      this.resume();
      this.#waiting?.takeControls(this.#rules, this.#owner, this.#counters);
    }
  }

  /** Parses what waits, as far as there is room: after a packet was taken from the queue, or a limit was raised. */
  resume(): void {
    if (this.#held !== null) this.#releaseHeld(this.#held);
    const waiting = this.#waiting;
    if (waiting === null || this.#state === State.STOPPED || this.#held !== null) return;
    this.#waiting = null;
    this.#parse(waiting.bytes, waiting);
  }

  /** Ignores all bytes from now on, also those that wait. */
  stop(): void {
    this.#state = State.STOPPED;
    this.#waiting = null;
    this.#held = null;
    this.#message = null;
  }

  /** From now on, discards data frames once one finds no room, so that a Close frame behind them is read. */
  discardWhenFull(): void {
    if (this.#whenFull === WhenFull.WAIT) this.#whenFull = WhenFull.DISCARD;
    this.resume();
  }

  /** Whether something waits for room in the queue. */
  get isBlocked(): boolean {
    return this.#waiting !== null || this.#held !== null;
  }

  get wantsBytes(): boolean {
    return !this.isBlocked && this.#state !== State.STOPPED;
  }

  /** `waited`: where `chunk` comes from if it had to wait. Its memory then belongs to this reader and is not copied. */
  #parse(chunk: Uint8Array, waited: WaitingFrames | null): void {
    const end = chunk.length;
    let at = 0;
    // Bytes that waited may be taken one packet at a time. A shared buffer would keep all their memory for the last one.
    const { inboundBufferSize, packetsShareMemory = false } = this.settings;
    MEMORY.begin(packetsShareMemory && waited === null ? inboundBufferSize : 0, this.queue.count === 0);
    for (;;) {
      switch (this.#state) {
        case State.HEADER: {
          if (at === end) return;
          if (this.#held !== null) {
            this.#wait(chunk, at, waited);
            return;
          }
          const size = readFrameHeader(chunk, at, end, HEADER);
          if (!this.#isHeaderAllowed(size, end - at)) return;
          if (size === HeaderFault.INCOMPLETE) {
            this.#cutHeader ??= new CutHeader();
            this.#cutHeader.begin(chunk, at, end);
            this.#state = State.CUT_HEADER;
            return;
          }
          if (!this.#begin()) {
            this.#wait(chunk, at, waited);
            return;
          }
          at += size;
          if (this.#left <= end - at) at = this.#takeWhole(chunk, at);
          break;
        }
        case State.CUT_HEADER:
          if (at === end) return;
          at = this.#completeHeader(this.#cutHeader!, chunk, at, end);
          break;
        case State.CONTROL:
        case State.DATA:
        case State.DISCARDED:
          at = this.#takePayload(chunk, at, end);
          if (this.#left > 0) return;
          break;
        case State.STOPPED:
          return;
      }
    }
  }

  /** The common case: a frame that is whole in `chunk` is unmasked in place, and copied once if it is a message. */
  #takeWhole(chunk: Uint8Array, at: number): number {
    const frameEnd = at + this.#left;
    if (this.#state === State.CONTROL) {
      this.#finishControl(chunk.subarray(at, frameEnd));
      return frameEnd;
    }
    if (this.#state !== State.DATA || this.#message !== null || !this.#isFin || this.#isEncoded) return at;
    this.#state = State.HEADER;
    const key = this.#key;
    if (key !== 0 && this.#platform.unmask?.(chunk, at, frameEnd, key) !== true) applyMask(chunk, at, frameEnd, key, 0);
    const isText = this.#opcode === Opcode.TEXT;
    const packet = MEMORY.copy(chunk, at, frameEnd, this.#platform);
    if (isText && !this.#platform.isUtf8(packet)) this.#violate(NOT_UTF8);
    else this.#deliver(packet, isText);
    return frameEnd;
  }

  #takePayload(chunk: Uint8Array, at: number, end: number): number {
    const count = Math.min(this.#left, end - at);
    if (count > 0) {
      if (this.#state === State.CONTROL) {
        this.#control ??= new Uint8Array(MAX_CONTROL_PAYLOAD_SIZE);
        this.#control.set(chunk.subarray(at, at + count), this.#taken);
      } else if (this.#state === State.DATA && !this.#takeData(chunk, at, count)) {
        return end;
      }
      this.#taken += count;
      this.#left -= count;
    }
    if (this.#left === 0) this.#finishFrame();
    return at + count;
  }

  /** False when text is not UTF-8. */
  #takeData(chunk: Uint8Array, at: number, count: number): boolean {
    this.#message ??= this.#newMessage();
    // Before the copy, because the platform's fast `unmask` works only in the memory that it received into.
    if (this.#key !== 0) unmask(this.#platform, chunk, at, at + count, this.#key, this.#taken & 3);
    const maxSize = this.settings.inboundBufferSize;
    const isValid = this.#message.append(chunk, at, count, this.#left, this.#isFin, maxSize);
    if (!isValid) this.#violate(NOT_UTF8);
    return isValid;
  }

  /** An empty message of the kind that the current frame begins. */
  #newMessage(): MessageAssembly {
    return new MessageAssembly(this.#opcode === Opcode.TEXT, this.#isEncoded, this.#platform);
  }

  #finishFrame(): void {
    if (this.#state === State.CONTROL) {
      this.#finishControl(this.#control?.subarray(0, this.#taken) ?? NO_BYTES);
      return;
    }
    const isDiscarded = this.#state === State.DISCARDED;
    this.#state = State.HEADER;
    if (isDiscarded) {
      if (this.#isFin) this.#counters.packetsDiscarded++;
      return;
    }
    this.#message ??= this.#newMessage();
    if (this.#isFin) this.#finishMessage(this.#message);
  }

  #finishControl(payload: Uint8Array): void {
    this.#state = State.HEADER;
    this.#control = null;
    applyMask(payload, 0, payload.length, this.#key, 0);
    if (this.#opcode === Opcode.CLOSE) {
      this.stop();
      this.#owner.onClose(payload);
    } else {
      reportPingOrPong(this.#owner, this.#opcode, payload);
    }
  }

  #finishMessage(message: MessageAssembly): void {
    this.#message = null;
    if (message.isEncoded) this.#decode(message);
    else if (message.endsInCharacter) this.#violate(NOT_UTF8);
    else this.#deliver(message.take(), message.isText);
  }

  /** The decoded message must keep to the same size limit, and is checked for UTF-8 as a whole. */
  #decode(message: MessageAssembly): void {
    const decoded = this.#extension!.decode(message.take(), this.settings.inboundBufferSize);
    if (isFailure(decoded)) {
      this.#violate(decoded);
    } else if (message.isText && !this.#platform.isUtf8(decoded)) {
      this.#violate(NOT_UTF8);
    } else {
      this.#held = { packet: decoded, isText: message.isText };
      this.#releaseHeld(this.#held);
    }
  }

  /** Delivers the held message if there is room. If there is none, discards it where `#whenFull` says so. */
  #releaseHeld({ packet, isText }: HeldMessage): void {
    // An empty queue takes it also when the limit was lowered since: otherwise it could wait for ever.
    const fits = this.queue.count === 0 || hasRoom(this.queue, this.settings, packet.length);
    if (!fits && this.#whenFull === WhenFull.WAIT) return;
    this.#held = null;
    if (fits) {
      this.#deliver(packet, isText);
    } else {
      this.#whenFull = WhenFull.DISCARDING;
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

  /** Adds bytes of `chunk` to a cut header until it is whole, and begins its frame. Returns where the payload begins. */
  #completeHeader(header: CutHeader, chunk: Uint8Array, at: number, end: number): number {
    let next = at;
    while (next < end) {
      header.append(chunk[next++]!);
      const size = readFrameHeader(header.bytes, 0, header.size, HEADER);
      if (!this.#isHeaderAllowed(size, header.size)) return end;
      if (size === HeaderFault.INCOMPLETE) continue;
      this.#state = State.HEADER;
      if (this.#begin()) return next;
      this.#wait(header.joinedWith(chunk, next, end), 0, null);
      return end;
    }
    return next;
  }

  /** Checks what `HEADER` holds, as soon as it holds two bytes. Reports a violation and returns false. */
  #isHeaderAllowed(size: number, available: number): boolean {
    if (available < 2) return true;
    let fault = this.#rules.findFault(HEADER, size);
    // Nothing is kept of discarded messages, so the order of their fragments is not known.
    if (this.#whenFull !== WhenFull.DISCARDING) fault ??= findDisorder(HEADER.opcode, this.#message !== null);
    if (fault === null) return true;
    this.#violate(protocolError(fault));
    return false;
  }

  /** Begins the frame in `HEADER`. False when it has to wait for room, or broke a limit: then the state is STOPPED. */
  #begin(): boolean {
    const state = isControl(HEADER.opcode) ? State.CONTROL : this.#admitData();
    if (state === null) return false;
    this.#counters.framesReceived++;
    this.#state = state;
    this.#opcode = HEADER.opcode;
    this.#isFin = HEADER.fin;
    this.#isEncoded = HEADER.rsv === RSV1;
    this.#key = HEADER.key;
    this.#left = HEADER.length;
    this.#taken = 0;
    return true;
  }

  /** The state that reads the payload; null when the frame has to wait, or broke a limit. */
  #admitData(): State.DATA | State.DISCARDED | null {
    if (this.#whenFull === WhenFull.DISCARDING) return State.DISCARDED;
    const limits = this.settings;
    const message = this.#message;
    const total = (message?.size ?? 0) + HEADER.length;
    const isEncoded = message?.isEncoded ?? HEADER.rsv === RSV1;
    if (total > maxWireSize(limits, isEncoded)) {
      this.#violate(messageTooBig(total, limits));
      return null;
    }
    // How long an encoded message will be is not known yet.
    if (!hasRoom(this.queue, limits, isEncoded ? 0 : total)) {
      if (this.#whenFull === WhenFull.WAIT) return null;
      this.#whenFull = WhenFull.DISCARDING;
      this.#message = null;
      return State.DISCARDED;
    }
    if (message !== null && ++message.fragments > limits.maxFragments) {
      this.#violate(tooManyFragments(limits));
      return null;
    }
    return State.DATA;
  }

  #violate(violation: Violation): void {
    this.stop();
    this.#owner.onViolation(violation);
  }

  /** Keeps `chunk` from `at` on until there is room. A reader that has stopped keeps nothing. */
  #wait(chunk: Uint8Array, at: number, waited: WaitingFrames | null): void {
    if (this.#state === State.STOPPED) return;
    const from = waited === null ? 0 : Math.max(0, waited.lookedAt - at);
    this.#waiting = new WaitingFrames(waited === null ? chunk.slice(at) : chunk.subarray(at), from);
    this.#waiting.takeControls(this.#rules, this.#owner, this.#counters);
  }
}
