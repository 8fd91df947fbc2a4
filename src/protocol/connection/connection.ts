import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { Counters } from '../counters.ts';
import type { Extension } from '../extension.ts';
import { buildClosePayload, parseClosePayload } from '../frames/close-payload.ts';
import { Opcode, type Role } from '../opcode.ts';
import type { Platform } from '../platform.ts';
import { MessageReader } from '../reading/message-reader.ts';
import { PacketQueue } from '../reading/packet-queue.ts';
import type { ReaderOwner } from '../reading/reader-parts.ts';
import type { Violation } from '../violation.ts';
import { FrameWriter } from '../writing/frame-writer.ts';
import type { OutputBuffer } from '../writing/output-buffer.ts';
import type { SharedMessage } from '../writing/shared-message.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { Heartbeat, HeartbeatAction } from './heartbeat.ts';
import { ReceivedPings } from './received-pings.ts';

/** The end of a connection, which waits until everything before it is processed. */
interface WaitingEnd {
  /** Null for a Close frame. */
  readonly failure: Failure | null;
  /** Payload of the Close frame to send; null for none. */
  readonly answer: Uint8Array | null;
}

/** The state of a connection. There is no CONNECTING: it starts after the opening handshake. */
export enum ConnectionState {
  OPEN = 1,
  /** Our Close frame is sent, or queued; the other side's has not arrived. */
  CLOSING = 2,
  CLOSED = 3,
}

const ENDED_WITHOUT_CLOSE: Failure = {
  code: 'TICKPEER_CONNECTION_LOST',
  message: 'the other side ended the connection without a Close frame',
};

/**
 * One WebSocket connection after its opening handshake (RFC 6455 5 to 8), as a state machine without I/O.
 *
 * Four kinds of method, in the order of a turn:
 * - inputs: `receive` (bytes), `receiveEnd` (their end, or a failure of the stream), `advance` (time);
 * - commands: `send`, `sendShared`, `close`, in OPEN; they fail in any other state; `conclude`, `abandon` in any;
 * - outputs: `takePacket`; `takeOutput`, which the owner writes to the stream and then reports by `output.confirm`;
 * - queries: everything else. `deadline` says when `advance` is due, `wantsBytes` whether to go on reading the stream.
 *
 * In OPEN, a Close, a violation and the stream's end do not end the connection at once. `isEnding` becomes true, nothing more
 * is read, and `send` and `close` still work, so that the program can reply to the packets before it. Then the owner calls
 * `conclude`, which sends the Close frame that is due.
 *
 * When `state` is CLOSED, the owner writes the rest of `output` and ends the stream. Packets can still be taken.
 */
export class Connection implements ReaderOwner {
  readonly output: OutputBuffer;
  readonly counters: Counters = new Counters();
  state: ConnectionState = ConnectionState.OPEN;
  /** Why the connection failed; null if it did not. */
  failure: Failure | null = null;
  /** The code of the Close frame that arrived, 1005 if it had none; -1 when none arrived. */
  closeCode = -1;
  closeReason = '';

  #settings: ConnectionSettings;
  readonly #platform: Platform;
  readonly #extension: Extension | null;
  readonly #queue = new PacketQueue();
  readonly #reader: MessageReader;
  readonly #writer: FrameWriter;
  #heartbeat: Heartbeat | null = null;
  /** The time that was passed to the current input or command. */
  #now: number;
  #closeDeadline = Number.POSITIVE_INFINITY;
  /** Takes effect when everything before it is parsed; in OPEN it also waits for `conclude`. */
  #end: WaitingEnd | null = null;
  /** Whether a Ping or our Close is framed but not written to the stream: its time limit has not started. */
  #awaitsFlush = false;
  /** Made for the first Ping. */
  #receivedPings: ReceivedPings | null = null;

  /** `extension` was negotiated in the opening handshake; null for none. */
  constructor(
    role: Role,
    settings: ConnectionSettings,
    platform: Platform,
    now: number,
    extension: Extension | null = null,
  ) {
    this.#settings = settings;
    this.#platform = platform;
    this.#now = now;
    this.#extension = extension;
    this.#reader = new MessageReader({
      owner: this,
      queue: this.#queue,
      settings,
      counters: this.counters,
      platform,
      // RFC 6455 5.1: a client masks every frame, a server none.
      expectsMask: role === 'server',
      extension,
    });
    this.#writer = new FrameWriter(role, platform, this.counters);
    this.output = this.#writer.output;
  }

  // ---------------------------------------------------------------- inputs

  /** Replaces the settings. */
  useSettings(settings: ConnectionSettings): void {
    this.#settings = settings;
    this.#reader.settings = settings;
  }

  /** Receives bytes from the other side, in any pieces. `chunk` may be overwritten and is not kept. `now`: see `needsTime`. */
  receive(chunk: Uint8Array, now: number): void {
    this.#now = now;
    this.#reader.receive(chunk);
  }

  /** The stream ended, or failed. It takes effect after the packets that have arrived. */
  receiveEnd(failure: Failure | null, now: number): void {
    this.#now = now;
    this.#end ??= { failure: failure ?? ENDED_WITHOUT_CLOSE, answer: null };
    this.#endIfDue();
  }

  /** Checks the heartbeat and the time limits. Call it at `deadline`, or more often. */
  advance(now: number): void {
    this.#now = now;
    if (this.#awaitsFlush) return;
    if (this.state === ConnectionState.CLOSING && now >= this.#closeDeadline) {
      this.#finish({
        code: 'TICKPEER_CLOSE_TIMEOUT',
        message: `the closing handshake took longer than closeTimeLimit, ${this.#settings.closeTimeLimit / 1000} s`,
      });
    }
    if (this.state !== ConnectionState.OPEN || this.isEnding) return;
    if (this.#settings.heartbeatInterval > 0) this.#beat(now);
  }

  /**
   * Starts the time limits of a Ping and of our Close when the frames are written, or when the stream does not take them: so a
   * stall of this process does not count. Call it when `awaitsFlush` is true; otherwise they start at `takeOutput`.
   */
  noteFlush(now: number): void {
    if (!this.#awaitsFlush) return;
    this.#awaitsFlush = false;
    if (this.state === ConnectionState.CLOSING) this.#closeDeadline = now + this.#settings.closeTimeLimit;
    else this.#heartbeat?.sent(now);
  }

  // ---------------------------------------------------------------- commands

  /**
   * Queues one message. `opcode` is TEXT or BINARY; the caller has checked that text is UTF-8.
   * `isEncoded`: whether the extension, if there is one, may encode it. Returns `OK`, `FAILED` when not OPEN, or
   * `ERR_OUT_OF_MEMORY` when a limit is reached; then nothing was queued.
   */
  send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, isEncoded: boolean = true): ErrorCode {
    const refusal = this.#refuse(payload.length);
    if (refusal !== ErrorCode.OK) return refusal;
    const encoded = isEncoded ? (this.#extension?.encode(payload, opcode === Opcode.TEXT) ?? null) : null;
    this.#writer.writeMessage(encoded ?? payload, opcode, encoded !== null, this.#settings.fragmentSize);
    this.#countMessage(payload.length);
    return ErrorCode.OK;
  }

  /** Queues a message that is sent to many connections, for a server's broadcast. Returns as `send`. */
  sendShared(message: SharedMessage): ErrorCode {
    const payloadSize = message.payload.length;
    const { fragmentSize } = this.#settings;
    const isPlain = this.#writer.isPlain && (fragmentSize === 0 || payloadSize <= fragmentSize);
    // A client masks every frame by itself, and fragments are not shared either.
    if (!isPlain) return this.send(message.payload, message.opcode, message.isEncoded);
    const refusal = this.#refuse(payloadSize);
    if (refusal !== ErrorCode.OK) return refusal;
    this.#writer.writeShared(message.frameFor(this.#extension));
    this.#countMessage(payloadSize);
    return ErrorCode.OK;
  }

  /**
   * Begins the closing handshake (RFC 6455 7.1.2): a Close frame behind everything queued. `code` is one that may be
   * sent, or 1005 for a Close without one. Nothing happens when not OPEN.
   */
  close(code: number, reason: string, now: number): void {
    if (this.state !== ConnectionState.OPEN) return;
    this.#now = now;
    this.#closeDeadline = now + this.#settings.closeTimeLimit;
    this.state = ConnectionState.CLOSING;
    this.#awaitsFlush = true;
    this.#writer.writeControl(Opcode.CLOSE, buildClosePayload(code, reason, this.#platform));
    this.#reader.discardWhenFull();
    this.#endIfDue();
  }

  /** Ends the connection if an end waits (`isEnding`): sends the Close frame that is due, and sets CLOSED. */
  conclude(): void {
    const end = this.#end;
    if (end === null || !this.isEnding) return;
    if (this.state === ConnectionState.OPEN && end.answer !== null) this.#writer.writeControl(Opcode.CLOSE, end.answer);
    this.#finish(end.failure);
  }

  /** Sets CLOSED without a Close frame. Packets can still be taken. Nothing happens when CLOSED. */
  abandon(failure: Failure): void {
    this.#finish(failure);
  }

  // ---------------------------------------------------------------- outputs

  /**
   * The next packet, or undefined; `isFirstText` before the call tells its type. This makes room, so waiting bytes may be parsed:
   * `now` matters only when the queue was full and `needsTime` is true.
   */
  takePacket(now: number): Uint8Array<ArrayBuffer> | undefined {
    const packet = this.#queue.shift();
    if (this.#reader.isBlocked) this.resume(now);
    return packet;
  }

  /** Parses bytes that waited for room, after a packet was taken or a limit was raised. */
  resume(now: number): void {
    this.#now = now;
    this.#reader.resume();
    this.#endIfDue();
  }

  /** The bytes to write, as one piece or several; null when there are none. Not again before `output.confirm`. */
  takeOutput(): Uint8Array | readonly Uint8Array[] | null {
    this.#awaitsFlush = false;
    const ping = this.#receivedPings?.takeLatest() ?? null;
    if (ping !== null) this.#pong(ping);
    return this.output.take();
  }

  // ---------------------------------------------------------------- queries

  get packetCount(): number {
    return this.#queue.count;
  }

  /** Payload bytes of the packets that wait to be taken. */
  get packetSize(): number {
    return this.#queue.size;
  }

  get isFirstText(): boolean {
    return this.#queue.isFirstText;
  }

  /** False while the queue is full, and after the last byte of interest: then the stream must not be read. */
  get wantsBytes(): boolean {
    return this.#reader.wantsBytes;
  }

  /** Whether `receive`, `takePacket` and `resume` use their `now`: a Pong may come. */
  get needsTime(): boolean {
    return this.#heartbeat !== null;
  }

  /** Whether a Close, a violation or the stream's end waits for `conclude`. */
  get isEnding(): boolean {
    return this.#end !== null && !this.#reader.isBlocked && this.state !== ConnectionState.CLOSED;
  }

  /** Whether `noteFlush` is due before the output is taken. */
  get awaitsFlush(): boolean {
    return this.#awaitsFlush;
  }

  /** Whether `deadline` is a time limit for the other side's Pong or Close. False: it is the time of our next Ping. */
  get isDeadlineTheirs(): boolean {
    return this.state === ConnectionState.CLOSING || this.#heartbeat?.isWaiting === true;
  }

  /** When `advance` is due next; `Infinity` when never. */
  get deadline(): number {
    if (this.state === ConnectionState.CLOSING) return this.#closeDeadline;
    if (this.state === ConnectionState.CLOSED || this.#settings.heartbeatInterval <= 0) return Number.POSITIVE_INFINITY;
    if (this.isEnding) return Number.POSITIVE_INFINITY;
    if (this.#heartbeat === null) return Number.NEGATIVE_INFINITY;
    return this.#heartbeat.deadline(this.#settings.heartbeatInterval, this.#settings.pongTimeLimit);
  }

  /** Whether both Close frames have passed (RFC 6455 7.1.4). */
  get isClean(): boolean {
    return this.state === ConnectionState.CLOSED && this.failure === null;
  }

  /** Whether a message of `size` bytes would be refused now because a limit is reached. */
  isFull(size: number): boolean {
    const { maxQueuedPackets, outboundBufferSize } = this.#settings;
    if (this.output.packets >= maxQueuedPackets) return true;
    return outboundBufferSize > 0 && this.output.payloadSize + size > outboundBufferSize;
  }

  // ---------------------------------------------------------------- what the reader found

  onPing(payload: Uint8Array): void {
    this.counters.pingsReceived++;
    // RFC 6455 5.5.2: "unless it already received a Close frame". Then nothing is read any more. After our own Close, Pongs
    // are still sent.
    this.#receivedPings ??= new ReceivedPings();
    if (this.#receivedPings.admits(payload)) this.#pong(payload);
  }

  onPong(payload: Uint8Array): void {
    this.counters.pongsReceived++;
    if (this.#heartbeat === null) return;
    this.#heartbeat.pong(payload, this.#now);
    this.counters.roundTripTime = this.#heartbeat.roundTripTime;
  }

  onClose(payload: Uint8Array): void {
    const close = parseClosePayload(payload, this.#platform);
    if (isFailure(close)) {
      this.onViolation(close);
      return;
    }
    this.closeCode = close.code;
    this.closeReason = close.reason;
    // RFC 6455 5.5.1: "it typically echos the status code it received". Behind what is queued.
    this.#endBy({ failure: null, answer: payload.slice() });
  }

  /** RFC 6455 7.1.7, Fail the WebSocket Connection: sends a Close frame with the reason, and does not wait for a reply. */
  onViolation({ closeCode, code, message }: Violation): void {
    this.#endBy({
      failure: { code, message: `${message} (answered with close code ${closeCode})` },
      answer: buildClosePayload(closeCode, message, this.#platform),
    });
  }

  // ---------------------------------------------------------------- the inside

  #refuse(size: number): ErrorCode {
    if (this.state !== ConnectionState.OPEN) return ErrorCode.FAILED;
    if (!this.isFull(size)) return ErrorCode.OK;
    this.counters.sendsRefused++;
    return ErrorCode.ERR_OUT_OF_MEMORY;
  }

  #countMessage(payloadSize: number): void {
    const { output, counters } = this;
    output.countMessage(payloadSize);
    counters.packetsSent++;
    if (output.payloadSize > counters.outboundPeakSize) counters.outboundPeakSize = output.payloadSize;
  }

  #pong(payload: Uint8Array): void {
    if (this.state === ConnectionState.CLOSED) return;
    this.counters.pongsSent++;
    this.#writer.writeControl(Opcode.PONG, payload);
  }

  #beat(now: number): void {
    const { heartbeatInterval, pongTimeLimit } = this.#settings;
    this.#heartbeat ??= new Heartbeat();
    if (this.#reader.isBlocked) this.#heartbeat.excuse(now);
    const action = this.#heartbeat.advance(now, heartbeatInterval, pongTimeLimit);
    if (action === HeartbeatAction.PING) {
      this.counters.pingsSent++;
      this.#awaitsFlush = true;
      this.#writer.writeControl(Opcode.PING, this.#heartbeat.ping(now, heartbeatInterval));
    } else if (action === HeartbeatAction.GIVE_UP) {
      const message = `no Pong within ${(pongTimeLimit || heartbeatInterval) / 1000} s of our Ping`;
      // Packets that arrived later could fill the queue, and this end would wait for room in it.
      this.#reader.stop();
      this.#endBy({ failure: { code: 'TICKPEER_HEARTBEAT_TIMEOUT', message }, answer: null });
    }
  }

  /** Replaces an end of the stream, which comes after everything that is read. */
  #endBy(end: WaitingEnd): void {
    this.#end = end;
    this.#endIfDue();
  }

  /** After our own Close the program can send nothing, so the end does not wait for `conclude`. */
  #endIfDue(): void {
    if (this.state === ConnectionState.CLOSING) this.conclude();
  }

  #finish(failure: Failure | null): void {
    if (this.state === ConnectionState.CLOSED) return;
    this.state = ConnectionState.CLOSED;
    this.failure = failure;
    if (failure !== null) this.closeCode = -1;
    this.#reader.stop();
    this.#extension?.release();
  }
}
