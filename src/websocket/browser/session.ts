import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import {
  CloseCode,
  Counters,
  encodeCloseReason,
  frameHeaderSize,
  hasRoom,
  Opcode,
  PacketQueue,
} from '../../protocol/index.ts';
import { unavailable } from '../../stream/index.ts';
import { decodeUtf8, encodeUtf8 } from '../platform/utf8.ts';
import type { HandshakeFacts } from '../session/opening.ts';
import { type CleanClose, Session } from '../session/session.ts';
import { outboundLimit, type PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import type { Statistics } from '../statistics.ts';
import { type BrowserTransport, openTransport, type TransportSink } from './transport.ts';

/** What a session in a browser gets from its peer. */
export interface BrowserContext {
  readonly settings: PeerSettings;
  readonly clock: Clock;
  /** Whether to use a `WebSocketStream` where there is one. */
  readonly usesStream: boolean;
  /** A poll would find something to do; `isInCall`: it was found out inside a call of the user's. */
  readonly wake: (isInCall: boolean) => void;
}

/** Bytes counted for each waiting message beside its payload: an empty message takes memory, too. */
const BOOKKEEPING_SIZE = 32;
/** When to wake a refused sender, since a browser does not tell when there is room to send again. Milliseconds. */
const RETRY_AFTER = 16;
/** The longest extension of the other side's time limit after a stall of the page. Milliseconds. */
const LONGEST_GRACE = 1000;
/** A page may send the codes 1000 and 3000 to 4999 only. */
const CODE_SHIFT = 2000;

/** Counts of what has arrived, which the next poll shows. */
class ReceivedCounts implements Partial<Counters> {
  packetsReceived = 0;
  framesReceived = 0;
  bytesReceived = 0;
  packetsDiscarded = 0;
  inboundPeakPackets = 0;
  inboundPeakSize = 0;
}

/**
 * A session over a browser's `WebSocket` or `WebSocketStream`. Messages that arrive wait in a first queue; a poll moves them into
 * the queue for the user as far as its limits allow, and then shows a new state or the end.
 */
export class BrowserSession extends Session implements TransportSink {
  readonly handshake: HandshakeFacts;
  #settings: PeerSettings;
  readonly #clock: Clock;
  readonly #wake: (isInCall: boolean) => void;
  #transport: BrowserTransport | null = null;
  /** The packets that the user can read. */
  readonly #queue = new PacketQueue();
  readonly #arrivals = new PacketQueue();
  readonly #received = new ReceivedCounts();
  readonly #shownCounters = new Counters();
  #protocol: string | null = null;
  #isOver = false;
  #ending: Failure | null = null;
  /** The result of the closing handshake; null without one. */
  #close: CleanClose | null = null;
  /** The time limit of connecting, then of closing. */
  #phaseDeadline: number;
  /** Whether `#phaseDeadline` was extended after a stall. */
  #isPutOff = false;
  /** When to wake a refused sender. */
  #retryAt = Number.POSITIVE_INFINITY;
  #refusedSize = 0;

  /** Begins to connect to `url`, for which the user gave `requestedUrl`. */
  static connect(url: string, requestedUrl: string, context: BrowserContext): BrowserSession | Failure {
    const session = new BrowserSession(requestedUrl, context);
    const transport = openTransport(url, context.settings.supportedProtocols, session, context);
    if (isFailure(transport)) return transport;
    session.#transport = transport;
    return session;
  }

  private constructor(requestedUrl: string, { settings, clock, wake }: BrowserContext) {
    super();
    this.handshake = { requestedUrl, request: null, response: null };
    this.#settings = settings;
    this.#clock = clock;
    this.#wake = wake;
    // One limit: a browser does not tell where connecting ends and the handshake begins.
    this.#phaseDeadline = clock.now() + settings.connectTimeLimit + settings.handshakeTimeLimit;
  }

  // ---------------------------------------------------------------- commands

  override start(): void {}

  override poll(): void {
    if (this.state === State.STATE_CLOSED) return;
    const now = this.#clock.now();
    if (now >= this.#retryAt)
      this.#retryAt = this.#isFull(this.#refusedSize) ? now + RETRY_AFTER : Number.POSITIVE_INFINITY;
    if (now >= this.#phaseDeadline && !this.#isOver) this.#passLimit(now);
    const before = this.#queue.count;
    this.#takeArrivals();
    this.visiblePackets = this.#queue.count;
    Object.assign(this.#shownCounters, this.#received);
    if (this.#protocol !== null) this.selectedProtocol = this.#protocol;
    const isOver = this.#isOver && this.#arrivals.count === 0;
    if (this.showState(this.#protocol !== null, this.#queue.count > before, isOver, this.#ending)) this.#wake(true);
  }

  override send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY): ErrorCode {
    return this.#send(opcode === Opcode.TEXT ? decodeUtf8(payload) : payload, payload.length);
  }

  override sendText(text: string): ErrorCode {
    return this.#send(text, sizeAsUtf8(text));
  }

  override drop(failure: Failure): void {
    if (this.state === State.STATE_CLOSED) return;
    if (!this.#isOver) this.#end(failure, CloseCode.ABNORMAL_CLOSURE);
    this.#arrivals.clear();
    this.showEnd(this.#ending);
  }

  protected override beginClosing(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#phaseDeadline = this.#clock.now() + this.#settings.closeTimeLimit;
    this.#isPutOff = false;
    this.#transport?.close(codeInBrowser(code), decodeUtf8(encodeCloseReason(reason, { encodeUtf8 })));
  }

  override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    if (this.visiblePackets === 0) return undefined;
    this.visiblePackets--;
    this.wasText = this.#queue.isFirstText;
    const packet = this.#queue.shift();
    if (this.#arrivals.count > 0 || this.isOverUnseen) this.#wake(true);
    return packet;
  }

  override setNoDelay(): void {
    this.failure ??= unavailable('setNoDelay() does nothing: a browser sends at once');
  }

  override useSettings(settings: PeerSettings): void {
    this.#settings = settings;
    if (this.#arrivals.count > 0) this.#wake(true);
  }

  // ---------------------------------------------------------------- queries

  override get isOverUnseen(): boolean {
    return this.#isOver && this.state !== State.STATE_CLOSED;
  }

  override get deadline(): number {
    return this.#isOver ? Number.POSITIVE_INFINITY : Math.min(this.#phaseDeadline, this.#retryAt);
  }

  protected override get cleanClose(): CleanClose | null {
    return this.#close;
  }

  override get outboundBufferedAmount(): number {
    const isSending = this.state === State.STATE_OPEN || this.state === State.STATE_CLOSING;
    return isSending && !this.#isOver ? (this.#transport?.unsentBytes ?? 0) : 0;
  }

  override get statistics(): Statistics {
    return { ...this.#shownCounters };
  }

  // ---------------------------------------------------------------- events of the transport

  onOpen(protocol: string): void {
    if (this.#isOver) return;
    this.#protocol = protocol;
    this.#phaseDeadline = Number.POSITIVE_INFINITY;
    this.#wake(false);
  }

  onMessage(message: string | ArrayBuffer | Uint8Array<ArrayBuffer>): boolean {
    if (this.#isOver) return true;
    const isText = typeof message === 'string';
    const packet = isText ? encodeUtf8(message) : message instanceof Uint8Array ? message : new Uint8Array(message);
    this.#countReceived(packet.length);
    const isClosing = this.state === State.STATE_CLOSING;
    const isTooMuch = this.#arrivals.count > 0 && this.#arrivalSize + packet.length > this.#settings.arrivalBufferSize;
    if (isTooMuch && isClosing) {
      this.#received.packetsDiscarded++;
    } else if (isTooMuch && !this.#transport?.canPause) {
      this.#fail(arrivalLimit(this.#settings), CloseCode.POLICY_VIOLATION);
    } else {
      this.#arrivals.push(packet, isText);
    }
    this.#wake(false);
    return isClosing || this.#hasRoomForArrivals;
  }

  onClose(code: number, reason: string, isComplete: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const isClean = code !== CloseCode.ABNORMAL_CLOSURE;
    if (isClean && (isComplete || this.state === State.STATE_CLOSING)) this.#close = { code, reason };
    else this.#ending = isClean ? incomplete(code) : lost(this.#protocol !== null);
    this.#wake(false);
  }

  // ---------------------------------------------------------------- the inside

  #send(message: string | Uint8Array, size: number): ErrorCode {
    const transport = this.#transport;
    if (this.state !== State.STATE_OPEN || this.#isOver || transport === null) return ErrorCode.FAILED;
    const { unsentBytes, unsentPackets } = transport;
    const counters = this.#shownCounters;
    if (this.#isFull(size)) {
      counters.sendsRefused++;
      this.#retryAt = this.#clock.now() + RETRY_AFTER;
      this.#refusedSize = size;
      this.failure = outboundLimit(size, unsentBytes, unsentPackets, this.#settings);
      return ErrorCode.ERR_OUT_OF_MEMORY;
    }
    transport.send(message, size);
    counters.packetsSent++;
    counters.framesSent++;
    counters.bytesSent += frameHeaderSize(size, true) + size;
    counters.outboundPeakSize = Math.max(counters.outboundPeakSize, unsentBytes + size);
    return ErrorCode.OK;
  }

  /** Whether a message of `size` bytes has to be refused. */
  #isFull(size: number): boolean {
    const { unsentBytes = 0, unsentPackets = 0 } = this.#transport ?? {};
    const { outboundBufferSize, maxQueuedPackets } = this.#settings;
    const isTooMuch = outboundBufferSize > 0 && unsentBytes + size > outboundBufferSize;
    return isTooMuch || unsentPackets >= maxQueuedPackets;
  }

  /** Counts a message as one uncompressed frame, since a browser does not tell its frames. */
  #countReceived(size: number): void {
    const counters = this.#received;
    counters.packetsReceived++;
    counters.framesReceived++;
    counters.bytesReceived += frameHeaderSize(size, false) + size;
  }

  /** Moves messages into the queue, as many as its limits allow. */
  #takeArrivals(): void {
    const arrivals = this.#arrivals;
    const queue = this.#queue;
    const counters = this.#received;
    while (arrivals.count > 0 && hasRoom(queue, this.#settings, arrivals.firstSize)) {
      const isText = arrivals.isFirstText;
      const packet = arrivals.shift();
      if (packet !== undefined) queue.push(packet, isText);
    }
    counters.inboundPeakPackets = Math.max(counters.inboundPeakPackets, queue.count);
    counters.inboundPeakSize = Math.max(counters.inboundPeakSize, queue.size);
    if (arrivals.count > 0 && arrivals.firstSize > this.#settings.inboundBufferSize) {
      this.#fail(tooBig(arrivals.firstSize, this.#settings), CloseCode.MESSAGE_TOO_BIG);
      arrivals.clear();
    } else if (this.#isOver && this.state === State.STATE_CLOSING) {
      counters.packetsDiscarded += arrivals.count;
      arrivals.clear();
    }
    if (this.#hasRoomForArrivals || this.state === State.STATE_CLOSING) this.#transport?.resume();
  }

  get #arrivalSize(): number {
    return this.#arrivals.size + (this.#arrivals.count + 1) * BOOKKEEPING_SIZE;
  }

  get #hasRoomForArrivals(): boolean {
    return this.#arrivals.count === 0 || this.#arrivalSize <= this.#settings.arrivalBufferSize;
  }

  /**
   * A time limit is passed. If that is noticed late, the page may have stalled, and events that came in time may wait behind this
   * task. So the limit is extended by as much as it was late.
   */
  #passLimit(now: number): void {
    const lateness = now - this.#phaseDeadline;
    if (lateness === 0 || this.#isPutOff) {
      this.#failByTime();
    } else {
      this.#isPutOff = true;
      this.#phaseDeadline = now + Math.min(lateness + RETRY_AFTER, LONGEST_GRACE);
    }
  }

  #failByTime(): void {
    if (this.state !== State.STATE_CLOSING) {
      this.#end(connectTimeout(this.#settings), CloseCode.ABNORMAL_CLOSURE);
      return;
    }
    const { closeTimeLimit } = this.#settings;
    const message = `the other side did not close within closeTimeLimit, ${closeTimeLimit / 1000} s`;
    this.#end({ code: 'TICKPEER_CLOSE_TIMEOUT', message }, CloseCode.ABNORMAL_CLOSURE);
  }

  /** Ends the connection for a failure of the other side's, also where it has ended already. */
  #fail(failure: Failure, code: number): void {
    if (!this.#isOver) this.#end(failure, code);
    this.#close = null;
    this.#ending = failure;
  }

  #end(failure: Failure, code: number): void {
    this.#isOver = true;
    this.#ending = failure;
    this.#transport?.abandon(codeInBrowser(code));
  }
}

/** The code that a browser sends for `code`: 1000 and 3000 to 4999 as they are, the others as `code` + 2000. */
function codeInBrowser(code: number): number {
  return code === CloseCode.NORMAL_CLOSURE || code >= 3000 ? code : code + CODE_SHIFT;
}

function connectTimeout({ connectTimeLimit, handshakeTimeLimit }: PeerSettings): Failure {
  const seconds = (connectTimeLimit + handshakeTimeLimit) / 1000;
  const message = `no connection within connectTimeLimit + handshakeTimeLimit, ${seconds} s`;
  return { code: 'TICKPEER_CONNECT_TIMEOUT', message };
}

function lost(wasOpen: boolean): Failure {
  if (wasOpen) {
    const message = 'the connection ended without a closing handshake; a browser does not tell why';
    return { code: 'TICKPEER_CONNECTION_LOST', message };
  }
  const message =
    'the server cannot be reached, refused, or is not trusted, or the page may not connect to it: ' +
    'a browser does not tell (its console may)';
  return { code: 'TICKPEER_CANT_CONNECT', message };
}

function tooBig(size: number, { inboundBufferSize }: PeerSettings): Failure {
  const message = `a message of ${size} bytes arrived; inboundBufferSize is ${inboundBufferSize}`;
  return { code: 'TICKPEER_MESSAGE_TOO_BIG', message };
}

function arrivalLimit({ arrivalBufferSize }: PeerSettings): Failure {
  const message = `more than arrivalBufferSize, ${arrivalBufferSize} bytes, arrived while the queue was full`;
  return { code: 'TICKPEER_ARRIVAL_LIMIT', message };
}

function incomplete(code: number): Failure {
  const message = `the other side closed with code ${code} while the queue was full: the browser threw away what it still held`;
  return { code: 'TICKPEER_ARRIVAL_LIMIT', message };
}

/** Bytes of `text` in UTF-8; a lone surrogate counts as U+FFFD, which is sent for it. */
function sizeAsUtf8(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    const isPair =
      (unit & 0xfc00) === 0xd800 && index + 1 < text.length && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
    size += unit < 0x800 ? 1 : 2;
    if (isPair) index++;
  }
  return size;
}
