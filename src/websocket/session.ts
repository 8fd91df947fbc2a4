import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { Connection, ConnectionState, Counters, type Extension, type Opcode, type Role } from '../protocol/index.ts';
import { type StreamPeer, StreamPeerTCP, StreamPeerTLS, type StreamSink } from '../stream/index.ts';
import { Farewell } from './farewell.ts';
import { type Flushable, FlushList } from './flush-list.ts';
import { nodePlatform } from './node-platform.ts';
import { connectTimeout, handshakeTimeout, type PeerSettings } from './peer-settings.ts';
import { State } from './state.ts';
import type { Statistics } from './statistics.ts';

/** Whom a session belongs to. */
export interface SessionOwner {
  /** A poll would find something to do. May come several times between two polls. */
  onSessionWake(): void;
}

/** How far a session has come, as the event loop knows it; the user sees `Session.state`. */
enum Phase {
  /** The stream is not open yet: name resolution, TCP, TLS. */
  STREAM = 0,
  HANDSHAKE = 1,
  OPEN = 2,
  OVER = 3,
}

/** A client leaves ending TCP to the server for this long (RFC 6455 7.1.1). Milliseconds. */
const SERVER_ENDS_WITHIN = 1000;
/**
 * A server over TLS leaves the first end to the client for this long: engines of the 4.4 line throw away a Close frame
 * that comes together with TLS's close_notify (spec/websocket-peer.md section 16, 23). Milliseconds.
 */
const TLS_CLIENT_ENDS_WITHIN = 250;
/**
 * One connection's life: a stream, the opening handshake, the `Connection`, and the end. A peer makes a new one for every
 * `connectToUrl` and `acceptStream`, so that nothing of the last one can leak into the next.
 *
 * The stream's events feed the protocol at once (bytes are parsed, pings answered); `state`, `failure`, packets and
 * statistics as the user sees them move in `poll`, `send`, `close` and `takePacket` only.
 */
export abstract class Session implements StreamSink, Flushable {
  /** What the user sees. */
  state: State = State.STATE_CONNECTING;
  failure: Failure | null = null;
  visiblePackets = 0;
  /** The type of the packet taken last. */
  wasText = false;
  selectedProtocol = '';

  protected readonly settings: PeerSettings;
  protected readonly clock: Clock;
  protected stream: StreamPeer;
  readonly #role: Role;
  readonly #owner: SessionOwner;
  #phase: Phase = Phase.STREAM;
  /** When the phase must have ended. */
  #phaseDeadline: number;
  #connection: Connection | null = null;
  /** Why it is over; shown by the next poll. */
  #ending: Failure | null = null;
  #isFlushPlanned = false;
  /** A write that the stream has not passed on whole: the next one waits for it. */
  #isWriting = false;
  #wasRefused = false;
  #isReadingPaused = false;
  #farewell: Farewell | null = null;
  #shownCounters: Counters | null = null;
  #shownRoundTripTime = -1;

  constructor(role: Role, stream: StreamPeer, settings: PeerSettings, clock: Clock, owner: SessionOwner) {
    this.#role = role;
    this.stream = stream;
    this.settings = settings;
    this.clock = clock;
    this.#owner = owner;
    this.#phaseDeadline = clock.now() + (role === 'client' ? settings.connectTimeLimit : settings.handshakeTimeLimit);
  }

  // ---------------------------------------------------------------- what the kinds of session differ in

  /** The stream is open: begins the handshake, or puts another stream on top and returns false. */
  protected abstract beginHandshake(): boolean;
  /** Takes bytes of the handshake and answers how many; calls `open` or `fail` when it is decided. */
  protected abstract receiveHandshake(chunk: Uint8Array): number;
  /** Closes the stream after a failed handshake. */
  protected abstract endFailedHandshake(): void;

  // ---------------------------------------------------------------- commands

  /** Carries the session on and shows what has happened since the last poll. */
  poll(): void {
    if (this.state === State.STATE_CLOSED) return;
    const now = this.clock.now();
    this.stream.poll();
    const connection = this.#connection;
    if (connection !== null && this.#phase === Phase.OPEN) {
      if (now >= connection.deadline) connection.advance(now);
      this.#settle(connection);
      if (this.#phase === Phase.OPEN) this.#flush(connection);
    } else if (now >= this.#phaseDeadline && this.#phase !== Phase.OVER) {
      this.#failByTime();
    }
    this.#show();
  }

  send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY): ErrorCode {
    const connection = this.#sendable(payload.length);
    if (connection === null) return ErrorCode.FAILED;
    return this.#sent(connection.send(payload, opcode), payload.length);
  }

  /** `frame` is one of `encodeSharedFrame`; for servers only. */
  sendShared(frame: Uint8Array, payloadSize: number): ErrorCode {
    const connection = this.#sendable(payloadSize);
    if (connection === null) return ErrorCode.FAILED;
    return this.#sent(connection.sendShared(frame, payloadSize), payloadSize);
  }

  /** The closing handshake; before OPEN, or with a negative code, the connection is dropped at once. */
  close(code: number, reason: string): void {
    if (this.state === State.STATE_CLOSED || (this.state === State.STATE_CLOSING && code >= 0)) return;
    if (this.state === State.STATE_CONNECTING || code < 0) {
      const what = this.state === State.STATE_CONNECTING ? 'before the connection was open' : `with code ${code}`;
      this.drop({
        code: 'TICKPEER_DROPPED',
        message: `close() was called ${what}: nothing was sent to the other side`,
      });
      return;
    }
    this.#connection?.close(code, reason, this.clock.now());
    this.state = State.STATE_CLOSING;
    this.#continueReading();
    this.#planFlush();
  }

  /** Ends everything now, without a word to the other side. Packets that were shown stay. */
  drop(failure: Failure): void {
    if (this.state === State.STATE_CLOSED) return;
    if (this.#phase !== Phase.OVER) {
      this.#ending = failure;
      this.#phase = Phase.OVER;
    }
    this.#destroyStream();
    this.#show();
    this.state = State.STATE_CLOSED;
  }

  takePacket(): Uint8Array | undefined {
    const connection = this.#connection;
    if (connection === null || this.visiblePackets === 0) return undefined;
    this.wasText = connection.isFirstText;
    this.visiblePackets--;
    const packet = connection.takePacket(this.clock.now());
    this.#continueReading();
    return packet;
  }

  setNoDelay(enabled: boolean): void {
    const { stream } = this;
    if (stream instanceof StreamPeerTCP || stream instanceof StreamPeerTLS) stream.setNoDelay(enabled);
  }

  /** A limit was changed. */
  onSettingsChanged(): void {
    this.#connection?.resume(this.clock.now());
    this.#continueReading();
  }

  // ---------------------------------------------------------------- queries

  /** When a poll is due even if nothing arrives; `Infinity` when never. */
  get deadline(): number {
    if (this.#phase === Phase.OPEN) return this.#connection?.deadline ?? Number.POSITIVE_INFINITY;
    return this.#phase === Phase.OVER ? Number.POSITIVE_INFINITY : this.#phaseDeadline;
  }

  get closeCode(): number {
    const connection = this.#connection;
    return this.state === State.STATE_CLOSED && connection?.isClean === true ? connection.closeCode : -1;
  }

  get closeReason(): string {
    const connection = this.#connection;
    return this.state === State.STATE_CLOSED && connection?.isClean === true ? connection.closeReason : '';
  }

  get outboundBufferedAmount(): number {
    const isSending = this.state === State.STATE_OPEN || this.state === State.STATE_CLOSING;
    return isSending ? (this.#connection?.output.payloadSize ?? 0) : 0;
  }

  get connectedHost(): string {
    const { stream } = this;
    return stream instanceof StreamPeerTCP || stream instanceof StreamPeerTLS ? stream.getConnectedHost() : '';
  }

  get connectedPort(): number {
    const { stream } = this;
    return stream instanceof StreamPeerTCP || stream instanceof StreamPeerTLS ? stream.getConnectedPort() : 0;
  }

  get statistics(): Statistics {
    const counters = this.#shownCounters ?? new Counters();
    if (this.#connection !== null) counters.copySent(this.#connection.counters);
    return { ...counters, roundTripTime: this.#shownRoundTripTime };
  }

  // ---------------------------------------------------------------- for the kinds of session

  /** Puts another stream on top of the one so far: its opening is what counts from now on. */
  protected wrapStream(stream: StreamPeer): void {
    this.stream = stream;
    this.#phaseDeadline = this.clock.now() + this.settings.handshakeTimeLimit;
  }

  /** The opening handshake succeeded. */
  protected open(protocol: string, extensions: readonly Extension[]): void {
    this.selectedProtocol = protocol;
    this.#phase = Phase.OPEN;
    const [extension = null] = extensions;
    this.#connection = new Connection(this.#role, this.settings, nodePlatform, this.clock.now(), extension);
  }

  /** It failed, or the way there did. */
  protected fail(failure: Failure): void {
    if (this.#phase === Phase.OVER) return;
    const wasInHandshake = this.#phase === Phase.HANDSHAKE;
    this.#ending = failure;
    this.#phase = Phase.OVER;
    if (wasInHandshake) this.endFailedHandshake();
    else this.#destroyStream();
    this.#owner.onSessionWake();
  }

  /** Ends the stream so that what was written last arrives. */
  protected lingerStream(): void {
    this.#farewell = new Farewell(this.stream, this.clock, 0);
  }

  // ---------------------------------------------------------------- what the stream says

  onStreamOpen(): void {
    if (this.#phase !== Phase.STREAM) return;
    if (!this.beginHandshake()) return;
    // `beginHandshake` may have failed the session.
    if (this.#phase === Phase.STREAM) this.#phase = Phase.HANDSHAKE;
    // A server's time runs from the beginning, a TLS client's from the TLS handshake on.
    if (this.#role === 'client' && !this.stream.isEncrypted) {
      this.#phaseDeadline = this.clock.now() + this.settings.handshakeTimeLimit;
    }
  }

  onStreamData(chunk: Uint8Array): void {
    let frames = chunk;
    if (this.#phase === Phase.HANDSHAKE) {
      const taken = this.receiveHandshake(chunk);
      if (this.#phaseIs(Phase.HANDSHAKE)) return;
      this.#owner.onSessionWake();
      frames = taken === 0 ? chunk : chunk.subarray(taken);
    }
    const connection = this.#connection;
    if (connection === null || this.#phase !== Phase.OPEN) return;
    if (frames.length > 0) connection.receive(frames, this.clock.now());
    this.#settle(connection);
    this.#owner.onSessionWake();
  }

  onStreamDrain(): void {
    const connection = this.#connection;
    if (connection === null || !this.#isWriting) return;
    this.#isWriting = false;
    connection.output.confirm();
    if (this.#phase === Phase.OPEN) this.#flush(connection);
    if (this.#wasRefused) this.#owner.onSessionWake();
  }

  onStreamEnd(): void {
    if (this.#phase === Phase.OVER) {
      this.#farewell?.onStreamEnd();
      return;
    }
    const connection = this.#connection;
    if (connection === null) {
      this.fail({ code: 'TICKPEER_CONNECTION_LOST', message: 'the other side hung up during the opening handshake' });
      return;
    }
    connection.receiveEnd(null, this.clock.now());
    this.#settle(connection);
    this.#owner.onSessionWake();
  }

  onStreamFailure(failure: Failure): void {
    if (this.#phase === Phase.OVER) return;
    const connection = this.#connection;
    if (connection === null) {
      this.fail(failure);
      return;
    }
    connection.receiveEnd(failure, this.clock.now());
    this.#settle(connection);
    this.#owner.onSessionWake();
  }

  onTurnEnd(): void {
    this.#isFlushPlanned = false;
    const connection = this.#connection;
    if (connection !== null && this.#phase === Phase.OPEN) this.#flush(connection);
  }

  // ---------------------------------------------------------------- the inside

  /** Comparing through a call: the compiler must not remember what `#phase` was before a method changed it. */
  #phaseIs(phase: Phase): boolean {
    return this.#phase === phase;
  }

  /** The connection to send on, flushed if that makes room for `size` bytes; null when not OPEN. */
  #sendable(size: number): Connection | null {
    const connection = this.#connection;
    if (connection === null || this.state !== State.STATE_OPEN || this.#phase !== Phase.OPEN) return null;
    if (connection.isFull(size)) this.#flush(connection);
    return connection;
  }

  #sent(result: ErrorCode, size: number): ErrorCode {
    if (result === ErrorCode.OK) {
      this.#planFlush();
    } else if (result === ErrorCode.ERR_OUT_OF_MEMORY) {
      this.#wasRefused = true;
      const { outboundBufferSize, maxQueuedPackets } = this.settings;
      const output = this.#connection?.output;
      this.failure = {
        code: 'TICKPEER_OUTBOUND_LIMIT',
        message:
          `a message of ${size} bytes was refused: ${output?.payloadSize} bytes in ${output?.packets} packets wait to be ` +
          `sent; outboundBufferSize is ${outboundBufferSize}, maxQueuedPackets is ${maxQueuedPackets}`,
      };
    }
    return result;
  }

  #planFlush(): void {
    if (this.#isFlushPlanned || this.#phase !== Phase.OPEN) return;
    this.#isFlushPlanned = true;
    FlushList.of(this.clock).add(this);
  }

  /** Writes what there is, unless the last write is still under way. */
  #flush(connection: Connection): void {
    if (this.#isWriting) return;
    this.#write(connection);
  }

  #write(connection: Connection): void {
    const bytes = connection.takeOutput();
    if (bytes === null) return;
    if (bytes instanceof Uint8Array) this.stream.write(bytes);
    else this.stream.writeAll(bytes);
    if (this.stream.getUnsentBytes() === 0) connection.output.confirm();
    else this.#isWriting = true;
  }

  /** Acts on what the connection has become: answers to send, a queue that is full, an end. */
  #settle(connection: Connection): void {
    if (connection.state === ConnectionState.CLOSED) {
      this.#endStream(connection);
      return;
    }
    if (!connection.output.isEmpty) this.#planFlush();
    if (!connection.wantsBytes && !this.#isReadingPaused) {
      this.#isReadingPaused = true;
      this.stream.pauseReading();
    }
  }

  #continueReading(): void {
    const connection = this.#connection;
    if (connection === null || this.#phase !== Phase.OPEN) return;
    this.#settle(connection);
    if (this.#isReadingPaused && connection.wantsBytes) {
      this.#isReadingPaused = false;
      this.stream.resumeReading();
    }
  }

  /** The connection is CLOSED: sends its last words and sees the stream off. */
  #endStream(connection: Connection): void {
    this.#phase = Phase.OVER;
    this.#ending = connection.failure;
    const cause = connection.failure?.code;
    const isGone =
      cause === 'TICKPEER_CONNECTION_LOST' ||
      cause === 'TICKPEER_CONNECTION_RESET' ||
      cause === 'TICKPEER_HEARTBEAT_TIMEOUT' ||
      cause === 'TICKPEER_CLOSE_TIMEOUT' ||
      cause?.startsWith('TICKPEER_TLS') === true;
    if (isGone) {
      this.#destroyStream();
      return;
    }
    this.#write(connection);
    if (this.#isReadingPaused) this.stream.resumeReading();
    this.#farewell = new Farewell(this.stream, this.clock, this.#endDelay(connection));
  }

  #endDelay(connection: Connection): number {
    if (!connection.isClean) return 0;
    if (this.#role === 'client') return SERVER_ENDS_WITHIN;
    return this.stream.isEncrypted ? TLS_CLIENT_ENDS_WITHIN : 0;
  }

  #destroyStream(): void {
    if (this.#farewell !== null) this.#farewell.cutShort();
    else this.stream.destroy();
  }

  #failByTime(): void {
    const isConnecting = this.#phase === Phase.STREAM && this.#role === 'client' && !this.stream.isEncrypted;
    this.fail(isConnecting ? connectTimeout(this.settings) : handshakeTimeout(this.settings));
  }

  /**
   * Lets the user see what has happened. A poll that shows new packets does not show the end yet, nor does one that shows
   * the opening: a loop that reads only while OPEN, such as the reference's sample, loses nothing.
   */
  #show(): void {
    const connection = this.#connection;
    const hasNewPackets = connection !== null && connection.packetCount > this.visiblePackets;
    if (connection !== null) {
      this.visiblePackets = connection.packetCount;
      this.#shownCounters ??= new Counters();
      this.#shownCounters.copyReceived(connection.counters);
      this.#shownRoundTripTime = connection.roundTripTime;
    }
    const isNewlyOpen = connection !== null && this.state === State.STATE_CONNECTING;
    if (isNewlyOpen) this.state = State.STATE_OPEN;
    if (this.#phase !== Phase.OVER) return;
    if (isNewlyOpen || (hasNewPackets && this.state === State.STATE_OPEN)) {
      this.#owner.onSessionWake();
      return;
    }
    this.state = State.STATE_CLOSED;
    if (this.#ending !== null) this.failure = this.#ending;
  }
}
