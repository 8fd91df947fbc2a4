import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import {
  Connection,
  ConnectionState,
  Counters,
  copyReceived,
  copySent,
  type Extension,
  type HandshakeRequest,
  Opcode,
  type SharedMessage,
} from '../../protocol/index.ts';
import { type AddressedStream, isAddressed, Overdue, type StreamPeer } from '../../stream/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { connectTimeout, handshakeTimeout, outboundLimit, type PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import type { Statistics } from '../statistics.ts';
import { endDelay, Farewell, isStreamGone } from './farewell.ts';
import { FlushList } from './flush-list.ts';
import { OpenStream } from './open-stream.ts';
import type { HandshakeResponse, Opening, OpeningSession } from './opening.ts';
import { Session } from './session.ts';
import type { SessionContext } from './session-context.ts';
import { SessionObserver } from './session-observer.ts';
import { OpeningStage, OverStage, Phase, type Stage } from './stage.ts';
import { UnpolledEnd } from './unpolled-end.ts';

/**
 * A session on a stream: an opening, the `Connection`, and the end.
 *
 * The stream's events feed the protocol at once (bytes are parsed, pings answered); `state`, `failure`, packets and
 * statistics as the user sees them move in `poll`, `send`, `close` and `takePacket` only.
 */
export class StreamSession extends Session implements OpeningSession {
  readonly peer: WebSocketPeer;
  readonly clock: Clock;
  /** How it is opened, or was. */
  readonly opening: Opening;
  readonly observer: SessionObserver;
  stream: StreamPeer;
  settings: PeerSettings;
  readonly #wakePeer: SessionContext['wake'];
  #stage: Stage;
  /** Inside a call of the user's, which a wake must not interrupt. */
  #isInCall = false;
  #unpolledEnd: UnpolledEnd | null = null;
  #overdue: Overdue | null = null;
  /** As the last poll left them; null as long as nobody has asked. */
  #shownCounters: Counters | null = null;

  constructor(opening: Opening, stream: StreamPeer, { settings, clock, peer, wake }: SessionContext) {
    super();
    this.peer = peer;
    this.settings = settings;
    this.clock = clock;
    this.#wakePeer = wake;
    this.stream = stream;
    const timeLimit = opening.role === 'client' ? settings.connectTimeLimit : settings.handshakeTimeLimit;
    this.#stage = new OpeningStage(clock.now() + timeLimit);
    this.opening = opening;
    this.observer = new SessionObserver(this);
    opening.join(this);
  }

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
    const stage = this.#stage;
    if (stage.phase === Phase.OPEN) this.#advance(stage, now);
    else if (stage.phase !== Phase.OVER) this.#checkTime(stage, now);
    this.#show();
    this.#isInCall = false;
  }

  /** Writes what was sent before the turn ends. */
  flush(): void {
    if (this.#stage.phase === Phase.OPEN) this.#stage.flush();
  }

  override send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode {
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN || this.state !== State.STATE_OPEN) return ErrorCode.FAILED;
    return this.#sent(stage.send(payload, opcode, compress), stage, payload.length);
  }

  override sendText(text: string, compress: boolean): ErrorCode {
    return this.send(nodePlatform.encodeUtf8(text), Opcode.TEXT, compress);
  }

  /** For servers only. */
  sendShared(message: SharedMessage): ErrorCode {
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN || this.state !== State.STATE_OPEN) return ErrorCode.FAILED;
    return this.#sent(stage.sendShared(message), stage, message.payload.length);
  }

  protected override beginClosing(code: number, reason: string): void {
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN) return;
    stage.connection.close(code, reason, this.clock.now());
    copySent(stage.connection.counters, this.#shownCounters);
    this.#settle(stage);
  }

  override drop(failure: Failure): void {
    if (this.state === State.STATE_CLOSED) return;
    this.#abandon(failure);
    const { farewell } = this;
    if (farewell === null) this.stream.destroy();
    else farewell.cutShort();
    this.#showDropped();
  }

  /** `drop`, but a stream that is being ended already is left to that. */
  forsake(failure: Failure): void {
    if (this.state === State.STATE_CLOSED) return;
    this.#abandon(failure);
    if (this.farewell === null) this.stream.destroy();
    this.#showDropped();
  }

  override takePacket(): Uint8Array | undefined {
    const open = this.#open;
    if (open === null || this.visiblePackets === 0) return undefined;
    const { connection } = open;
    this.wasText = connection.isFirstText;
    this.visiblePackets--;
    if (connection.wantsBytes) return connection.takePacket(0);
    const packet = connection.takePacket(this.clock.now());
    this.#goOn(open);
    return packet;
  }

  override setNoDelay(enabled: boolean): void {
    this.#addressedStream?.setNoDelay(enabled);
  }

  override useSettings(settings: PeerSettings): void {
    this.settings = settings;
    const open = this.#open;
    if (open === null) return;
    open.connection.useSettings(settings);
    open.connection.resume(this.clock.now());
    this.#goOn(open);
  }

  // ---------------------------------------------------------------- queries

  override get requestedUrl(): string {
    return this.opening.requestedUrl;
  }

  override get request(): HandshakeRequest | null {
    return this.opening.request;
  }

  override get response(): HandshakeResponse | null {
    return this.opening.response;
  }

  override get isOverUnseen(): boolean {
    return this.#stage.phase === Phase.OVER && this.state !== State.STATE_CLOSED;
  }

  override get deadline(): number {
    const stage = this.#stage;
    if (stage.phase === Phase.OVER) return Number.POSITIVE_INFINITY;
    const deadline = stage.phase === Phase.OPEN ? stage.connection.deadline : stage.deadline;
    return this.#overdue === null ? deadline : this.#overdue.nextLook(deadline);
  }

  override get closeCode(): number {
    const connection = this.#open?.connection;
    return this.state === State.STATE_CLOSED && connection?.isClean === true ? connection.closeCode : -1;
  }

  override get closeReason(): string {
    const connection = this.#open?.connection;
    return this.state === State.STATE_CLOSED && connection?.isClean === true ? connection.closeReason : '';
  }

  override get outboundBufferedAmount(): number {
    const isSending = this.state === State.STATE_OPEN || this.state === State.STATE_CLOSING;
    return isSending ? (this.#open?.connection.output.payloadSize ?? 0) : 0;
  }

  override get statistics(): Statistics {
    if (this.#shownCounters === null) {
      this.#shownCounters = new Counters();
      this.#showCounters();
    }
    return { ...this.#shownCounters };
  }

  /** How the stream is being ended; null as long as it is not, and where it was destroyed. */
  get farewell(): Farewell | null {
    return this.#stage.phase === Phase.OVER ? this.#stage.farewell : null;
  }

  // ---------------------------------------------------------------- for the opening

  wrapStream(stream: StreamPeer): void {
    this.stream = stream;
    if (this.#stage instanceof OpeningStage) this.#stage.deadline = this.#handshakeDeadline;
  }

  restart(stream: StreamPeer): void {
    this.stream.destroy();
    this.stream = stream;
    this.#stage = new OpeningStage(this.clock.now() + this.settings.connectTimeLimit);
    stream.setSink(this);
  }

  open(protocol: string, extensions: readonly Extension[]): void {
    this.selectedProtocol = protocol;
    const [extension = null] = extensions;
    const { role } = this.opening;
    const connection = new Connection(role, this.settings, nodePlatform, this.clock.now(), extension);
    this.#stage = new OpenStream(connection, this.stream, FlushList.of(this.clock));
  }

  fail(failure: Failure): void {
    const { phase } = this.#stage;
    if (phase === Phase.OVER) return;
    this.#end(failure);
    if (phase === Phase.HANDSHAKE) this.opening.endStream(failure);
    else this.stream.destroy();
    this.wake();
    this.opening.end();
  }

  failInCall(failure: Failure): void {
    this.#isInCall = true;
    this.fail(failure);
    this.#isInCall = false;
  }

  goOnWith(bytes: Uint8Array): void {
    this.#isInCall = true;
    this.onStreamData(bytes);
    this.wake();
    this.#isInCall = false;
  }

  wake(): void {
    this.#wakePeer(this.peer, this.#isInCall);
  }

  lingerStream(): void {
    if (this.#stage instanceof OverStage) this.#stage.farewell = new Farewell(this.stream, this.clock, 0, 0);
  }

  // ---------------------------------------------------------------- the stream's events

  onStreamOpen(): void {
    const stage = this.#stage;
    if (stage.phase !== Phase.STREAM) return;
    // `begin` may have failed the session.
    if (this.opening.begin() && this.#stage === stage) stage.phase = Phase.HANDSHAKE;
    if (this.opening.role === 'server') return;
    // A server's time runs from the beginning, a TLS client's from the TLS handshake.
    if (!this.stream.isEncrypted && this.#stage instanceof OpeningStage) this.#stage.deadline = this.#handshakeDeadline;
    // A poll shows which address it has reached, and looks at the new time limit.
    this.wake();
  }

  onStreamData(chunk: Uint8Array): void {
    let frames = chunk;
    if (this.#stage.phase === Phase.HANDSHAKE) {
      const taken = this.opening.receive(chunk);
      if (taken > 0) frames = chunk.subarray(taken);
    }
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN) return;
    if (frames.length > 0) stage.connection.receive(frames, this.clock.now());
    this.#settle(stage);
    this.wake();
  }

  onStreamDrain(): void {
    if (this.#stage.phase === Phase.OPEN && this.#stage.onStreamDrain()) this.wake();
  }

  onStreamEnd(): void {
    if (this.#stage.phase === Phase.OVER) {
      this.#stage.farewell?.onStreamEnd();
      return;
    }
    const message = 'the other side hung up during the opening handshake';
    this.#endedBy(null, { code: 'TICKPEER_CONNECTION_LOST', message });
  }

  onStreamFailure(failure: Failure): void {
    this.#endedBy(failure, failure);
  }

  // ---------------------------------------------------------------- the inside

  /** The connection once it has opened, also when it is over; otherwise null. */
  get #open(): OpenStream | null {
    const stage = this.#stage;
    if (stage.phase === Phase.OPEN) return stage;
    return stage.phase === Phase.OVER ? stage.open : null;
  }

  /** The stream that knows what is at its other end; null when none does. */
  get #addressedStream(): AddressedStream | null {
    const { stream, opening } = this;
    return opening.addressedStream ?? (isAddressed(stream) ? stream : null);
  }

  get #handshakeDeadline(): number {
    return this.clock.now() + this.settings.handshakeTimeLimit;
  }

  /** Time has passed on an open connection. */
  #advance(open: OpenStream, now: number): void {
    const { connection } = open;
    const { deadline } = connection;
    if (now >= deadline && (!connection.isDeadlineTheirs || this.#isOverdue(now, deadline))) connection.advance(now);
    if (connection.isEnding && this.#hasShownAll(connection)) connection.conclude();
    this.#settle(open);
  }

  /** Time has passed before the connection is open. */
  #checkTime({ phase, deadline }: OpeningStage, now: number): void {
    if (now < deadline || !this.#isOverdue(now, deadline)) return;
    const isConnecting = phase === Phase.STREAM && this.opening.role === 'client' && !this.stream.isEncrypted;
    this.fail(isConnecting ? connectTimeout(this.settings) : handshakeTimeout(this.settings));
  }

  #isOverdue(now: number, deadline: number): boolean {
    this.#overdue ??= new Overdue(this.clock);
    return this.#overdue.isOver(now, deadline);
  }

  #sent(result: ErrorCode, { connection }: OpenStream, size: number): ErrorCode {
    copySent(connection.counters, this.#shownCounters);
    if (result === ErrorCode.ERR_OUT_OF_MEMORY) {
      const { payloadSize, packets } = connection.output;
      this.failure = outboundLimit(size, payloadSize, packets, this.settings);
      this.observer.tellSendRefused(this.failure, payloadSize + size, packets);
    }
    return result;
  }

  /** The stream ended, or failed: what that means for an open connection, and what before there is one. */
  #endedBy(failure: Failure | null, early: Failure): void {
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN) {
      this.fail(early);
      return;
    }
    stage.connection.receiveEnd(failure, this.clock.now());
    this.#settle(stage);
    this.wake();
  }

  /** Room in the queue: more may be parsed, in a call of the user's, but for the next poll to show. */
  #goOn(open: OpenStream): void {
    this.#settle(open);
    const { packetCount, isEnding } = open.connection;
    if (packetCount > this.visiblePackets || isEnding || this.isOverUnseen) this.#wakePeer(this.peer, true);
  }

  #settle(open: OpenStream): void {
    if (this.#stage !== open) return;
    const { connection } = open;
    if (connection.state === ConnectionState.CLOSED) {
      this.#endStream(open);
      return;
    }
    const pauses = open.settle();
    if (connection.isEnding) this.#unpolledEnd ??= new UnpolledEnd(this.clock, this.settings, () => this.#endNow(open));
    else if (pauses) this.observer.tellReadingPaused(connection.packetCount, connection.packetSize);
  }

  /** An end waits for the poll after the one that shows what came before it: until then it can be answered. */
  #hasShownAll(connection: Connection): boolean {
    return this.state !== State.STATE_CONNECTING && connection.packetCount <= this.visiblePackets;
  }

  #endNow(open: OpenStream): void {
    open.connection.conclude();
    this.#settle(open);
    this.#wakePeer(this.peer, false);
  }

  /** The connection is CLOSED: writes its last bytes and ends the stream. */
  #endStream(open: OpenStream): void {
    const { connection } = open;
    const over = this.#end(connection.failure);
    if (isStreamGone(connection.failure)) {
      this.stream.destroy();
      return;
    }
    open.finish();
    const delay = endDelay(this.opening.role, connection.isClean, this.stream.isEncrypted);
    over.farewell = new Farewell(this.stream, this.clock, delay, this.settings.closeTimeLimit);
  }

  #end(ending: Failure | null): OverStage {
    const over = new OverStage(this.#open, ending);
    this.#stage = over;
    this.#unpolledEnd?.cancel();
    return over;
  }

  #abandon(failure: Failure): void {
    this.#open?.connection.abandon(failure);
    if (this.#stage.phase !== Phase.OVER) this.#end(failure);
  }

  #showDropped(): void {
    this.#show();
    const { state: before } = this;
    const ending = this.#stage.phase === Phase.OVER ? this.#stage.ending : null;
    this.showEnd(ending);
    this.observer.noteState(before, ending);
    this.opening.end();
  }

  /** Lets the user see what has happened. */
  #show(): void {
    const stage = this.#stage;
    const connection = this.#open?.connection ?? null;
    const hasNewPackets = connection !== null && connection.packetCount > this.visiblePackets;
    if (connection !== null) {
      this.visiblePackets = connection.packetCount;
      this.#showCounters();
    }
    this.opening.show();
    this.#showAddress();
    const isOver = stage.phase === Phase.OVER;
    const isEnding = connection?.isEnding ?? false;
    if (isEnding) this.#unpolledEnd?.restart();
    const before = this.state;
    const ending = isOver ? stage.ending : null;
    const isEndWaiting = this.showState(connection !== null, hasNewPackets, isOver, ending);
    this.observer.noteState(before, ending);
    if (isEndWaiting || isEnding) this.#wakePeer(this.peer, true);
  }

  #showCounters(): void {
    const open = this.#open;
    if (open === null) return;
    copyReceived(open.connection.counters, this.#shownCounters);
    copySent(open.connection.counters, this.#shownCounters);
  }

  /** Kept once it is known, also for a peer that has gone. */
  #showAddress(): void {
    if (this.connectedHost !== '') return;
    const addressed = this.#addressedStream;
    if (addressed === null) return;
    this.connectedHost = addressed.getConnectedHost();
    this.connectedPort = addressed.getConnectedPort();
  }
}
