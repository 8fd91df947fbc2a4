import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import {
  Connection,
  ConnectionState,
  Counters,
  copyReceived,
  copySent,
  type Extension,
  Opcode,
  type Role,
  type SharedMessage,
} from '../protocol/index.ts';
import { type AddressedStream, isAddressed, Overdue, type StreamPeer, type StreamSink } from '../stream/index.ts';
import { endDelay, Farewell, isStreamGone } from './farewell.ts';
import { FlushList } from './flush-list.ts';
import { Link } from './link.ts';
import { nodePlatform } from './node-platform.ts';
import { connectTimeout, handshakeTimeout, outboundLimit, type PeerSettings } from './peer-settings.ts';
import type { SessionContext } from './session-context.ts';
import { Phase } from './session-phase.ts';
import { State } from './state.ts';
import type { Statistics } from './statistics.ts';
import { UnpolledEnd } from './unpolled-end.ts';
import { WatchedSession } from './watched-session.ts';

/**
 * A session on a stream: the opening handshake, the `Connection`, and the end.
 *
 * The stream's events feed the protocol at once (bytes are parsed, pings answered); `state`, `failure`, packets and
 * statistics as the user sees them move in `poll`, `send`, `close` and `takePacket` only.
 */
export abstract class Session extends WatchedSession implements StreamSink {
  protected readonly clock: Clock;
  protected stream: StreamPeer;
  readonly #wakePeer: SessionContext['wake'];
  #phase: Phase = Phase.STREAM;
  /** When the phase must have ended. */
  #phaseDeadline: number;
  #link: Link | null = null;
  /** Why it is over; shown by the next poll. */
  #ending: Failure | null = null;
  /** Inside a call of the user's, which a wake must not interrupt. */
  #isInCall = false;
  #farewell: Farewell | null = null;
  #unpolledEnd: UnpolledEnd | null = null;
  #overdue: Overdue | null = null;
  /** As the last poll left them; null as long as nobody has asked. */
  #shownCounters: Counters | null = null;

  constructor(role: Role, stream: StreamPeer, { settings, clock, peer, wake }: SessionContext) {
    super(role, peer, settings);
    this.stream = stream;
    this.clock = clock;
    this.#wakePeer = wake;
    this.#phaseDeadline = clock.now() + (role === 'client' ? settings.connectTimeLimit : settings.handshakeTimeLimit);
  }

  // ---------------------------------------------------------------- what the kinds of session differ in

  /** The stream is open: begins the handshake, or puts another stream on top and returns false. */
  protected abstract beginHandshake(): boolean;
  /** Takes bytes of the handshake and answers how many; calls `open` or `fail` when it is decided. */
  protected abstract receiveHandshake(chunk: Uint8Array): number;
  /** Closes the stream after a failed handshake. */
  protected abstract endFailedHandshake(failure: Failure): void;
  /** Lets the user see what the handshake has found out. */
  protected abstract showHandshake(): void;

  // ---------------------------------------------------------------- commands

  /** Takes the stream over, with what it may hold already. */
  override start(): void {
    this.#isInCall = true;
    this.#showAddress();
    this.stream.setSink(this);
    this.#isInCall = false;
  }

  override poll(): void {
    if (this.state === State.STATE_CLOSED) return;
    this.#isInCall = true;
    const now = this.clock.now();
    this.stream.poll();
    const link = this.#link;
    if (link !== null && this.#phase === Phase.OPEN) {
      const { connection } = link;
      const { deadline } = connection;
      if (now >= deadline && (!connection.isDeadlineTheirs || this.#isOverdue(now, deadline))) connection.advance(now);
      if (connection.isEnding && this.#hasShownAll(connection)) connection.conclude();
      this.#settle(link);
    } else if (now >= this.#phaseDeadline && this.#phase !== Phase.OVER) {
      if (this.#isOverdue(now, this.#phaseDeadline)) this.#failByTime();
    }
    this.#show();
    this.#isInCall = false;
  }

  /** Writes what was sent before the turn ends. */
  flush(): void {
    if (this.#phase === Phase.OPEN) this.#link?.flush();
  }

  override send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode {
    const link = this.#sendable();
    return link === null ? ErrorCode.FAILED : this.#sent(link.send(payload, opcode, compress), link, payload.length);
  }

  override sendText(text: string, compress: boolean): ErrorCode {
    return this.send(nodePlatform.encodeUtf8(text), Opcode.TEXT, compress);
  }

  /** For servers only. */
  sendShared(message: SharedMessage): ErrorCode {
    const link = this.#sendable();
    return link === null ? ErrorCode.FAILED : this.#sent(link.sendShared(message), link, message.payload.length);
  }

  protected override beginClosing(code: number, reason: string): void {
    const link = this.#link;
    if (link === null || this.#phase !== Phase.OPEN) return;
    link.connection.close(code, reason, this.clock.now());
    copySent(link.connection.counters, this.#shownCounters);
    this.#settle(link);
  }

  override get isOverUnseen(): boolean {
    return this.#phase === Phase.OVER && this.state !== State.STATE_CLOSED;
  }

  /**
   * Ends everything now, without a word to the other side; a stream that is being seen off already may be left to that.
   * Packets that were shown stay.
   */
  override drop(failure: Failure, isStreamSeenOff: boolean = false): void {
    if (this.state === State.STATE_CLOSED) return;
    if (this.#phase !== Phase.OVER) {
      this.#ending = failure;
      this.#phase = Phase.OVER;
    }
    this.#link?.connection.abandon(failure);
    this.#unpolledEnd?.cancel();
    if (!isStreamSeenOff || this.#farewell === null) this.#destroyStream();
    this.#show();
    this.showEnd(this.#ending);
  }

  override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    const link = this.#link;
    if (link === null || this.visiblePackets === 0) return undefined;
    const { connection } = link;
    this.wasText = connection.isFirstText;
    this.visiblePackets--;
    if (connection.wantsBytes) return connection.takePacket(0);
    const packet = connection.takePacket(this.clock.now());
    this.#goOn(link);
    return packet;
  }

  override setNoDelay(enabled: boolean): void {
    this.addressedStream?.setNoDelay(enabled);
  }

  override useSettings(settings: PeerSettings): void {
    this.settings = settings;
    const link = this.#link;
    if (link === null) return;
    link.connection.useSettings(settings);
    link.connection.resume(this.clock.now());
    this.#goOn(link);
  }

  // ---------------------------------------------------------------- queries

  override get deadline(): number {
    if (this.#phase === Phase.OVER) return Number.POSITIVE_INFINITY;
    const deadline = this.#phase === Phase.OPEN ? this.#link!.connection.deadline : this.#phaseDeadline;
    return this.#overdue === null ? deadline : this.#overdue.nextLook(deadline);
  }

  override get closeCode(): number {
    const connection = this.#link?.connection;
    return this.state === State.STATE_CLOSED && connection?.isClean === true ? connection.closeCode : -1;
  }

  override get closeReason(): string {
    const connection = this.#link?.connection;
    return this.state === State.STATE_CLOSED && connection?.isClean === true ? connection.closeReason : '';
  }

  override get outboundBufferedAmount(): number {
    const isSending = this.state === State.STATE_OPEN || this.state === State.STATE_CLOSING;
    return isSending ? (this.#link?.connection.output.payloadSize ?? 0) : 0;
  }

  override get statistics(): Statistics {
    if (this.#shownCounters === null) {
      this.#shownCounters = new Counters();
      this.#showCounters();
    }
    return { ...this.#shownCounters };
  }

  /** How the stream is being ended; null as long as it is not, and where it was dropped. */
  get farewell(): Farewell | null {
    return this.#farewell;
  }

  // ---------------------------------------------------------------- for the kinds of session

  /** The stream that knows who is at its other end; null when none does. */
  protected get addressedStream(): AddressedStream | null {
    return isAddressed(this.stream) ? this.stream : null;
  }

  /** Puts another stream on top of the one so far: its opening is what counts from now on. */
  protected wrapStream(stream: StreamPeer): void {
    this.stream = stream;
    this.#phaseDeadline = this.clock.now() + this.settings.handshakeTimeLimit;
  }

  /** Begins anew on another stream, which is not open yet: a redirect. */
  protected restart(stream: StreamPeer): void {
    this.stream.destroy();
    this.stream = stream;
    this.#phase = Phase.STREAM;
    this.#phaseDeadline = this.clock.now() + this.settings.connectTimeLimit;
    stream.setSink(this);
  }

  /** The opening handshake succeeded. */
  protected open(protocol: string, extensions: readonly Extension[]): void {
    this.selectedProtocol = protocol;
    this.#phase = Phase.OPEN;
    const [extension = null] = extensions;
    const connection = new Connection(this.role, this.settings, nodePlatform, this.clock.now(), extension);
    this.#link = new Link(connection, this.stream, FlushList.of(this.clock));
  }

  protected fail(failure: Failure): void {
    if (this.#phase === Phase.OVER) return;
    const wasInHandshake = this.#phase === Phase.HANDSHAKE;
    this.#ending = failure;
    this.#phase = Phase.OVER;
    if (wasInHandshake) this.endFailedHandshake(failure);
    else this.#destroyStream();
    this.#wake(this.#isInCall);
  }

  protected failInCall(failure: Failure): void {
    this.#isInCall = true;
    this.fail(failure);
    this.#isInCall = false;
  }

  /** Goes on with bytes that were kept back, in a call of the user's. */
  protected goOnWith(bytes: Uint8Array): void {
    this.#isInCall = true;
    this.onStreamData(bytes);
    this.#wake(true);
    this.#isInCall = false;
  }

  protected wake(): void {
    this.#wake(this.#isInCall);
  }

  /** What was written last still arrives. */
  protected lingerStream(): void {
    this.#farewell = new Farewell(this.stream, this.clock, 0, 0);
  }

  // ---------------------------------------------------------------- what the stream says

  onStreamOpen(): void {
    if (this.#phase !== Phase.STREAM) return;
    // `beginHandshake` may have failed the session.
    if (this.beginHandshake() && this.#phaseIs(Phase.STREAM)) this.#phase = Phase.HANDSHAKE;
    if (this.role === 'server') return;
    // A server's time runs from the beginning, a TLS client's from the TLS handshake.
    if (!this.stream.isEncrypted) this.#phaseDeadline = this.clock.now() + this.settings.handshakeTimeLimit;
    // A poll shows whom it has reached, and minds the new time limit.
    this.#wake(this.#isInCall);
  }

  onStreamData(chunk: Uint8Array): void {
    let frames = chunk;
    if (this.#phase === Phase.HANDSHAKE) {
      const taken = this.receiveHandshake(chunk);
      if (this.#phaseIs(Phase.HANDSHAKE)) return;
      frames = taken === 0 ? chunk : chunk.subarray(taken);
    }
    const link = this.#link;
    if (link === null || this.#phase !== Phase.OPEN) return;
    if (frames.length > 0) link.connection.receive(frames, this.clock.now());
    this.#settle(link);
    this.#wake(this.#isInCall);
  }

  onStreamDrain(): void {
    if (this.#phase === Phase.OPEN && this.#link?.onStreamDrain()) this.#wake(this.#isInCall);
  }

  onStreamEnd(): void {
    if (this.#phase === Phase.OVER) {
      this.#farewell?.onStreamEnd();
      return;
    }
    const message = 'the other side hung up during the opening handshake';
    this.#endedBy(null, { code: 'TICKPEER_CONNECTION_LOST', message });
  }

  onStreamFailure(failure: Failure): void {
    if (this.#phase !== Phase.OVER) this.#endedBy(failure, failure);
  }

  // ---------------------------------------------------------------- the inside

  /** By a call: the compiler would remember an earlier `#phase`. */
  #phaseIs(phase: Phase): boolean {
    return this.#phase === phase;
  }

  /** The link to send on; null when not OPEN. */
  #sendable(): Link | null {
    return this.state === State.STATE_OPEN && this.#phase === Phase.OPEN ? this.#link : null;
  }

  #sent(result: ErrorCode, link: Link, size: number): ErrorCode {
    copySent(link.connection.counters, this.#shownCounters);
    if (result === ErrorCode.ERR_OUT_OF_MEMORY) {
      const { payloadSize, packets } = link.connection.output;
      this.failure = outboundLimit(size, payloadSize, packets, this.settings);
      this.tellSendRefused(this.failure, payloadSize + size, packets);
    }
    return result;
  }

  /** The stream ended, or failed: what that means for an open connection, and what before there is one. */
  #endedBy(failure: Failure | null, early: Failure): void {
    const link = this.#link;
    if (link === null) {
      this.fail(early);
      return;
    }
    link.connection.receiveEnd(failure, this.clock.now());
    this.#settle(link);
    this.#wake(this.#isInCall);
  }

  #wake(isInCall: boolean): void {
    this.#wakePeer(this.peer, isInCall);
  }

  /** Room in the queue: more may be parsed, in a call of the user's, but for the next poll to show. */
  #goOn(link: Link): void {
    this.#settle(link);
    const { packetCount, isEnding } = link.connection;
    if (packetCount > this.visiblePackets || isEnding || this.isOverUnseen) this.#wake(true);
  }

  #settle(link: Link): void {
    if (this.#phase !== Phase.OPEN) return;
    const { connection } = link;
    if (connection.state === ConnectionState.CLOSED) {
      this.#endStream(link);
      return;
    }
    const pauses = link.settle();
    if (connection.isEnding) this.#unpolledEnd ??= new UnpolledEnd(this.clock, this.settings, () => this.#endNow(link));
    else if (pauses) this.tellReadingPaused(connection.packetCount, connection.packetSize);
  }

  /** An end waits for the poll after the one that shows what came before it: until then it can be answered. */
  #hasShownAll(connection: Connection): boolean {
    return this.state !== State.STATE_CONNECTING && connection.packetCount <= this.visiblePackets;
  }

  #endNow(link: Link): void {
    link.connection.conclude();
    this.#settle(link);
    this.#wake(false);
  }

  /** The connection is CLOSED: sends its last words and sees the stream off. */
  #endStream(link: Link): void {
    const { connection } = link;
    this.#phase = Phase.OVER;
    this.#ending = connection.failure;
    this.#unpolledEnd?.cancel();
    if (isStreamGone(connection.failure)) {
      this.#destroyStream();
      return;
    }
    link.finish();
    const delay = endDelay(this.role, connection.isClean, this.stream.isEncrypted);
    this.#farewell = new Farewell(this.stream, this.clock, delay, this.settings.closeTimeLimit);
  }

  #destroyStream(): void {
    if (this.#farewell !== null) this.#farewell.cutShort();
    else this.stream.destroy();
  }

  #isOverdue(now: number, deadline: number): boolean {
    this.#overdue ??= new Overdue(this.clock);
    return this.#overdue.isOver(now, deadline);
  }

  #failByTime(): void {
    const isConnecting = this.#phase === Phase.STREAM && this.role === 'client' && !this.stream.isEncrypted;
    this.fail(isConnecting ? connectTimeout(this.settings) : handshakeTimeout(this.settings));
  }

  /** Lets the user see what has happened. */
  #show(): void {
    const connection = this.#link?.connection ?? null;
    const hasNewPackets = connection !== null && connection.packetCount > this.visiblePackets;
    if (connection !== null) {
      this.visiblePackets = connection.packetCount;
      this.#showCounters();
    }
    this.showHandshake();
    this.#showAddress();
    const isOver = this.#phase === Phase.OVER;
    const isEnding = connection?.isEnding ?? false;
    if (isEnding) this.#unpolledEnd?.restart();
    if (this.showState(connection !== null, hasNewPackets, isOver, this.#ending) || isEnding) this.#wake(true);
  }

  #showCounters(): void {
    const link = this.#link;
    if (link === null) return;
    copyReceived(link.connection.counters, this.#shownCounters);
    copySent(link.connection.counters, this.#shownCounters);
  }

  /** Kept once it is known, also for a peer that has gone. */
  #showAddress(): void {
    if (this.connectedHost !== '') return;
    const { addressedStream } = this;
    if (addressedStream === null) return;
    this.connectedHost = addressedStream.getConnectedHost();
    this.connectedPort = addressedStream.getConnectedPort();
  }
}
