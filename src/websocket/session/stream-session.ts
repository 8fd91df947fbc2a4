import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { Connection, ConnectionState, type Extension, Opcode, type SharedMessage } from '../../protocol/index.ts';
import { Overdue, type StreamPeer } from '../../stream/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import { connectTimeout, handshakeTimeout, outboundLimit, type PeerSettings } from '../settings/peer-settings.ts';
import { State } from '../state.ts';
import type { Statistics } from '../statistics.ts';
import { FlushList } from './flush-list.ts';
import { OpenStream } from './open-stream.ts';
import { type HandshakeFacts, HUNG_UP, type Opening, type OpeningSession } from './opening.ts';
import { type CleanClose, Session } from './session.ts';
import type { SessionContext } from './session-context.ts';
import { SessionObserver } from './session-observer.ts';
import { OpeningStage, OverStage, Phase, type Stage } from './stage.ts';
import { isStreamGone, StreamEnding } from './stream-ending.ts';
import { UnpolledEnd } from './unpolled-end.ts';

/**
 * A session on a stream: the opening, the open connection, and the end.
 *
 * Events of the stream reach the protocol at once: bytes are parsed, Pings get their Pongs. `state`, `failure`, packets and
 * statistics, which the user sees, change only in `poll`, `send`, `close` and `takePacket`.
 */
export class StreamSession extends Session implements OpeningSession {
  readonly peer: WebSocketPeer;
  readonly clock: Clock;
  /** A client's or a server's. */
  readonly opening: Opening;
  readonly observer: SessionObserver;
  stream: StreamPeer;
  settings: PeerSettings;
  #stage: Stage;
  /** Inside a call of the user's, which `onWake` must not interrupt. */
  #isInCall = false;
  #unpolledEnd: UnpolledEnd | null = null;
  #overdue: Overdue | null = null;

  constructor(opening: Opening, stream: StreamPeer, { settings, clock, peer }: SessionContext) {
    super();
    this.peer = peer;
    this.settings = settings;
    this.clock = clock;
    this.stream = stream;
    const timeLimit = opening.role === 'client' ? settings.connectTimeLimit : settings.handshakeTimeLimit;
    this.#stage = new OpeningStage(clock.now() + timeLimit);
    this.opening = opening;
    this.observer = new SessionObserver(this);
    opening.join(this);
  }

  // ---------------------------------------------------------------- commands

  /** Takes the stream over, with the bytes that it may hold already. */
  override start(): void {
    this.#isInCall = true;
    this.#showAddress();
    this.stream.setSink(this);
    this.#isInCall = false;
  }

  override poll(): void {
    if (this.state === State.STATE_CLOSED) return;
    this.#isInCall = true;
    this.stream.poll();
    const stage = this.#stage;
    if (stage.phase === Phase.OPEN) this.#advance(stage);
    else if (stage.phase !== Phase.OVER) this.#checkTime(stage, this.clock.now());
    this.#show();
    this.#isInCall = false;
  }

  /** Writes what was sent before the turn ends. */
  flush(): void {
    if (this.#stage.phase === Phase.OPEN) this.#stage.flush();
  }

  override send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode {
    const open = this.#sendable;
    return open === null ? ErrorCode.FAILED : this.#sent(open.send(payload, opcode, compress), open, payload.length);
  }

  override sendText(text: string, compress: boolean): ErrorCode {
    return this.send(nodePlatform.encodeUtf8(text), Opcode.TEXT, compress);
  }

  /** For servers only. */
  sendShared(message: SharedMessage): ErrorCode {
    const open = this.#sendable;
    return open === null ? ErrorCode.FAILED : this.#sent(open.sendShared(message), open, message.payload.length);
  }

  protected override beginClosing(code: number, reason: string): void {
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN) return;
    stage.close(code, reason);
    this.#settle(stage);
  }

  override drop(failure: Failure): void {
    if (this.state !== State.STATE_CLOSED) this.#stage.streamEnding?.cutShort();
    this.abandon(failure);
  }

  /** As `drop`, but lets a stream that is being ended already end by itself. */
  abandon(failure: Failure): void {
    if (this.state === State.STATE_CLOSED) return;
    if (this.#stage.phase !== Phase.OVER) {
      this.#stage.open?.connection.abandon(failure);
      this.#end(failure);
    }
    if (this.#stage.streamEnding === null) this.stream.destroy();
    this.#show();
    const before = this.state;
    const ending = this.#stage.ending;
    this.showEnd(ending);
    this.observer.noteState(before, ending);
    this.opening.end();
  }

  override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    const open = this.#stage.open;
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
    this.opening.addressedStream?.setNoDelay(enabled);
  }

  override useSettings(settings: PeerSettings): void {
    this.settings = settings;
    const open = this.#stage.open;
    if (open === null) return;
    open.connection.useSettings(settings);
    open.connection.resume(this.clock.now());
    this.#goOn(open);
  }

  // ---------------------------------------------------------------- queries

  override get handshake(): HandshakeFacts {
    return this.opening;
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

  protected override get cleanClose(): CleanClose | null {
    const connection = this.#stage.open?.connection;
    return connection?.isClean === true ? { code: connection.closeCode, reason: connection.closeReason } : null;
  }

  override get outboundBufferedAmount(): number {
    const isSending = this.state === State.STATE_OPEN || this.state === State.STATE_CLOSING;
    return isSending ? (this.#stage.open?.connection.output.payloadSize ?? 0) : 0;
  }

  override get statistics(): Statistics | null {
    return this.state === State.STATE_CONNECTING ? null : (this.#stage.open?.statistics ?? null);
  }

  /** For looking at: how far the session has come, and the open connection. */
  get stage(): Stage {
    return this.#stage;
  }

  // ---------------------------------------------------------------- for the opening

  wrapStream(stream: StreamPeer): void {
    this.stream = stream;
    this.#startHandshakeLimit();
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
    const over = this.#end(failure);
    const isAnswered = phase === Phase.HANDSHAKE && this.opening.answerFailure(failure);
    if (isAnswered) over.streamEnding = StreamEnding.now(this);
    else this.stream.destroy();
    this.wake();
    this.opening.end();
  }

  inCall(action: () => void): void {
    this.#isInCall = true;
    action();
    this.#isInCall = false;
  }

  wake(): void {
    this.peer.wake(this.#isInCall);
  }

  // ---------------------------------------------------------------- the stream's events

  onStreamOpen(): void {
    const stage = this.#stage;
    if (stage.phase !== Phase.STREAM) return;
    // The opening may have failed the session.
    if (this.opening.onStreamOpen() && this.#stage === stage) stage.phase = Phase.HANDSHAKE;
    if (this.opening.role === 'server') return;
    // A server's time limit begins with the session, a TLS client's with the TLS handshake.
    if (!this.stream.isEncrypted) this.#startHandshakeLimit();
    // A poll shows the address, and uses the new time limit.
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
    const { connection } = stage;
    if (frames.length > 0) connection.receive(frames, connection.needsTime ? this.clock.now() : 0);
    this.#settle(stage);
    this.wake();
  }

  onStreamDrain(): void {
    if (this.#stage.phase === Phase.OPEN && this.#stage.onStreamDrain()) this.wake();
  }

  onStreamEnd(): void {
    this.#stage.streamEnding?.onStreamEnd();
    this.#endedBy(null);
  }

  onStreamFailure(failure: Failure): void {
    this.#endedBy(failure);
  }

  // ---------------------------------------------------------------- the inside

  /** The connection while messages can be sent; otherwise null. */
  get #sendable(): OpenStream | null {
    const stage = this.#stage;
    return stage.phase === Phase.OPEN && this.state === State.STATE_OPEN ? stage : null;
  }

  /** Time has passed on an open connection. */
  #advance(open: OpenStream): void {
    const { connection } = open;
    const { deadline } = connection;
    // Reading the clock for each poll would cost more than the rest of this.
    if (deadline !== Number.POSITIVE_INFINITY) {
      const now = this.clock.now();
      if (now >= deadline && (!connection.isDeadlineTheirs || this.#isOverdue(now, deadline))) connection.advance(now);
    }
    // The end waits for the poll after the one that shows the packets before it. Until then the user can send.
    const hasShownAll = this.state !== State.STATE_CONNECTING && connection.packetCount <= this.visiblePackets;
    if (connection.isEnding && hasShownAll) connection.conclude();
    this.#settle(open);
  }

  /** Time has passed before the connection is open. */
  #checkTime({ phase, deadline }: OpeningStage, now: number): void {
    if (now < deadline || !this.#isOverdue(now, deadline)) return;
    const isConnecting = phase === Phase.STREAM && this.opening.role === 'client' && !this.stream.isEncrypted;
    this.fail(isConnecting ? connectTimeout(this.settings) : handshakeTimeout(this.settings));
  }

  #startHandshakeLimit(): void {
    if (this.#stage instanceof OpeningStage) this.#stage.deadline = this.clock.now() + this.settings.handshakeTimeLimit;
  }

  #isOverdue(now: number, deadline: number): boolean {
    this.#overdue ??= new Overdue(this.clock);
    return this.#overdue.isOver(now, deadline);
  }

  #sent(result: ErrorCode, { connection }: OpenStream, size: number): ErrorCode {
    if (result === ErrorCode.ERR_OUT_OF_MEMORY) {
      const { payloadSize, packets } = connection.output;
      this.failure = outboundLimit(size, payloadSize, packets, this.settings);
      this.observer.tellSendRefused(this.failure, payloadSize + size, packets);
    }
    return result;
  }

  /** The stream ended (null) or failed. */
  #endedBy(failure: Failure | null): void {
    const stage = this.#stage;
    if (stage.phase !== Phase.OPEN) {
      this.fail(failure ?? HUNG_UP);
      return;
    }
    stage.connection.receiveEnd(failure, this.clock.now());
    this.#settle(stage);
    this.wake();
  }

  /** There is room in the queue, so more may have been parsed, which the next poll shows. */
  #goOn(open: OpenStream): void {
    this.#settle(open);
    const { packetCount, isEnding } = open.connection;
    if (packetCount > this.visiblePackets || isEnding || this.isOverUnseen) this.peer.wake(true);
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

  #endNow(open: OpenStream): void {
    open.connection.conclude();
    this.#settle(open);
    this.peer.wake(false);
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
    over.streamEnding = StreamEnding.after(connection.isClean, this);
  }

  #end(ending: Failure | null): OverStage {
    const over = new OverStage(this.#stage.open, ending);
    this.#stage = over;
    this.#unpolledEnd?.cancel();
    return over;
  }

  /** Updates what the user sees. */
  #show(): void {
    const open = this.#stage.open;
    const packets = open?.connection.packetCount ?? 0;
    const hasNewPackets = packets > this.visiblePackets;
    this.visiblePackets = packets;
    open?.showReceived();
    this.opening.show();
    this.#showAddress();
    const isOver = this.#stage.phase === Phase.OVER;
    const isEnding = open?.connection.isEnding ?? false;
    if (isEnding) this.#unpolledEnd?.restart();
    const before = this.state;
    const ending = this.#stage.ending;
    const isEndWaiting = this.showState(open !== null, hasNewPackets, isOver, ending);
    this.observer.noteState(before, ending);
    if (isEndWaiting || isEnding) this.peer.wake(true);
  }

  /** Once known, the address is kept, also after the end. */
  #showAddress(): void {
    if (this.connectedHost !== '') return;
    const { addressedStream } = this.opening;
    if (addressedStream === null) return;
    this.connectedHost = addressedStream.getConnectedHost();
    this.connectedPort = addressedStream.getConnectedPort();
  }
}
