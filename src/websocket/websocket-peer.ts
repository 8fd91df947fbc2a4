import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import {
  CloseCode,
  Counters,
  type HandshakeRequest,
  isSendableCloseCode,
  Opcode,
  type ParsedUrl,
  parseUrl,
  type SharedMessage,
} from '../protocol/index.ts';
import { StreamPeer, StreamPeerTCP, StreamPeerTLS, systemClock, TLSOptions, X509Certificate } from '../stream/index.ts';
import { ClientSession, type HandshakeResponse } from './client-session.ts';
import { nodePlatform } from './node-platform.ts';
import { PeerConfiguration, type WebSocketPeerOptions } from './peer-configuration.ts';
import { type Refusal, type RequestRule, ServerSession } from './server-session.ts';
import type { Session, SessionContext } from './session.ts';
import { State, WriteMode } from './state.ts';
import type { Statistics } from './statistics.ts';
import { WakeHook } from './wake-hook.ts';

/** Told when a peer wants to be polled; `isInCall`: inside a call of the user's, not in the event loop. */
export type WakeObserver = (peer: WebSocketPeer, isInCall: boolean) => void;

/** What a `WebSocketServer` may do with the peers it makes; not part of the public face. */
export interface PeerInternals {
  /** `acceptStream`, with a say in which requests are let in. */
  accept(peer: WebSocketPeer, stream: StreamPeer, rule: RequestRule): ErrorCode;
  /** Ends a connection that is still in the handshake, with an HTTP answer if the client can hear one. */
  refuse(peer: WebSocketPeer, refusal: Refusal, failure: Failure): void;
  /** Ends a connection without a word, for a reason that is not the user's. */
  drop(peer: WebSocketPeer, failure: Failure): void;
  setWakeObserver(peer: WebSocketPeer, observer: WakeObserver | null): void;
  sendShared(peer: WebSocketPeer, message: SharedMessage): ErrorCode;
  /** When a poll is due even if nothing arrives; `Infinity` when never. */
  deadline(peer: WebSocketPeer): number;
}

/** Filled in by the class itself, which alone sees its private fields. */
export let peerInternals: PeerInternals;

/**
 * A WebSocket connection that you poll (RFC 6455): a client after `connectToUrl`, one end of a server's after
 * `acceptStream`. It emits nothing: call `poll()` regularly, then look.
 *
 * ```ts
 * const socket = new WebSocketPeer();
 * socket.connectToUrl('wss://example.com');
 * // every tick:
 * socket.poll();
 * if (socket.getReadyState() === WebSocketPeer.STATE_OPEN) {
 *   while (socket.getAvailablePacketCount() > 0) console.log(socket.getPacket());
 * }
 * ```
 *
 * Names, defaults and meanings are the class reference's; where the engine is known to do wrong, this does right
 * (docs/differences.md). Nothing here throws for what the network or the peer's state can cause: methods answer an
 * `ErrorCode`, and `getLastFailure()` has the cause in words. Wrong types and impossible values throw.
 */
export class WebSocketPeer extends PeerConfiguration {
  static readonly State: typeof State = State;
  static readonly STATE_CONNECTING: State.STATE_CONNECTING = State.STATE_CONNECTING;
  static readonly STATE_OPEN: State.STATE_OPEN = State.STATE_OPEN;
  static readonly STATE_CLOSING: State.STATE_CLOSING = State.STATE_CLOSING;
  static readonly STATE_CLOSED: State.STATE_CLOSED = State.STATE_CLOSED;
  static readonly WriteMode: typeof WriteMode = WriteMode;
  static readonly WRITE_MODE_TEXT: WriteMode.WRITE_MODE_TEXT = WriteMode.WRITE_MODE_TEXT;
  static readonly WRITE_MODE_BINARY: WriteMode.WRITE_MODE_BINARY = WriteMode.WRITE_MODE_BINARY;

  static {
    peerInternals = {
      accept: (peer, stream, rule) => peer.#accept(stream, rule),
      refuse: (peer, refusal, failure) => {
        if (peer.#session instanceof ServerSession) peer.#session.refuse(refusal, failure);
        peer.#session?.drop(failure, true);
      },
      drop: (peer, failure) => peer.#session?.drop(failure),
      setWakeObserver: (peer, observer) => {
        peer.#wakeObserver = observer;
      },
      sendShared: (peer, message) => peer.#session?.sendShared(message) ?? ErrorCode.FAILED,
      deadline: (peer) => peer.#deadline,
    };
  }

  readonly #clock: Clock;
  #session: Session | null = null;
  #requestedUrl = '';
  /** Of a call that made no session. */
  #callFailure: Failure | null = null;
  /** What the session's was then: a newer one counts more. */
  #failureBefore: Failure | null = null;
  #wakeObserver: WakeObserver | null = null;
  readonly #wakeHook: WakeHook;

  /** `options` sets the properties of the same names; see each. `clock` is for tests. */
  constructor(options: WebSocketPeerOptions = {}) {
    super();
    this.#clock = options.clock ?? systemClock;
    this.#wakeHook = new WakeHook(this.#clock);
    this.configure(options);
  }

  // ---------------------------------------------------------------- connecting

  /**
   * Begins to connect to a server. `url` is `ws://…` or `wss://…`; without a scheme, `ws://` is meant. Credentials in it
   * become an `Authorization` header.
   *
   * `verifyTls` (default true): false switches certificate validation off. `trustedTlsCertificate` (default null): when
   * given, the only one that is accepted. A `TLSOptions.client…` in the place of `verifyTls` says it all at once.
   *
   * `OK` means begun, no more: poll, and watch the state go from CONNECTING to OPEN, or to CLOSED, where
   * `getLastFailure()` names the cause. `ERR_INVALID_PARAMETER`: the URL, a header, a sub-protocol or the TLS options
   * cannot be used. `ERR_ALREADY_IN_USE`: the peer is CONNECTING or OPEN.
   */
  connectToUrl(url: string, verifyTls?: boolean, trustedTlsCertificate?: X509Certificate | null): ErrorCode;
  connectToUrl(url: string, tls: TLSOptions | boolean | null): ErrorCode;
  connectToUrl(
    url: string,
    tls: boolean | TLSOptions | null = true,
    trustedTlsCertificate: X509Certificate | null = null,
  ): ErrorCode {
    const options = toTlsOptions(tls, trustedTlsCertificate);
    if (options.isServer()) {
      const message = 'connectToUrl() needs TLSOptions.client() or clientUnsafe(), not server()';
      return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, { code: 'TICKPEER_INVALID_TLS_OPTIONS', message });
    }
    return this.#connect(url, (parsed) => ClientSession.connect(parsed, options, this.#context));
  }

  /**
   * As `connectToUrl`, over a stream that is there already: a tunnel, a Unix socket, a stream in memory. `url` gives the
   * request its host and path; nothing is resolved, and no TLS is put on top. The stream belongs to the peer from now on.
   * Returns as `connectToUrl`.
   */
  connectToStream(stream: StreamPeer, url: string): ErrorCode {
    if (!(stream instanceof StreamPeer)) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM);
    return this.#connect(url, (parsed) => ClientSession.over(stream, parsed, this.#context));
  }

  #connect(url: string, begin: (parsed: ParsedUrl) => ClientSession | Failure): ErrorCode {
    if (typeof url !== 'string') throw new TypeError('url is a string');
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.#reset();
    const parsed = parseUrl(url);
    if ('code' in parsed) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, parsed);
    const session = begin(parsed);
    if ('code' in session) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, session);
    this.#requestedUrl = url;
    return this.#start(session);
  }

  #start(session: Session): ErrorCode {
    this.#session = session;
    session.start();
    this.#wakeHook.arm(this.#deadline);
    return ErrorCode.OK;
  }

  get #context(): SessionContext {
    return { settings: this.settings, clock: this.#clock, peer: this, wake: WebSocketPeer.#wake };
  }

  static #wake(peer: WebSocketPeer, isInCall: boolean): void {
    if (peer.#wakeHook.wake(isInCall)) peer.#wakeObserver?.(peer, isInCall);
  }

  /**
   * Becomes the server's end of a connection: reads the HTTP request from `stream`, which is a `StreamPeerTCP` from
   * `TCPServer.takeConnection`, a `StreamPeerTLS` that was given it by `acceptStream`, or any other `StreamPeer`; and
   * answers it. The stream belongs to the peer from now on.
   *
   * `OK` means begun: poll. `ERR_INVALID_PARAMETER`: not a stream, or a header or sub-protocol of ours cannot be used.
   * `ERR_ALREADY_IN_USE`: the peer is CONNECTING or OPEN.
   */
  acceptStream(stream: StreamPeer): ErrorCode {
    return this.#accept(stream, null);
  }

  #accept(stream: StreamPeer, rule: RequestRule | null): ErrorCode {
    if (!(stream instanceof StreamPeer)) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM);
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.#reset();
    if (stream instanceof StreamPeerTCP || stream instanceof StreamPeerTLS) stream.setNoDelay(this.settings.noDelay);
    const session = ServerSession.on(stream, rule, this.#context);
    if ('code' in session) return this.#refuse(ErrorCode.ERR_INVALID_PARAMETER, session);
    return this.#start(session);
  }

  /**
   * Moves the peer on: state, packets, statistics, heartbeat and time limits. Never waits. Call it every tick, also while
   * CLOSING, until CLOSED. What arrives comes through Node's event loop: a loop that never yields to it sees nothing.
   */
  poll(): void {
    const session = this.#session;
    if (session === null) return;
    this.#wakeHook.reset();
    session.poll();
    this.#wakeHook.arm(session.deadline);
  }

  /**
   * Closes the connection. `code`: 1000 (the default) to 1003, 1007 to 1014, or 3000 to 4999; any other throws a
   * `RangeError`. `reason` is for people: up to 123 bytes of UTF-8, what is beyond is cut at a character's border.
   *
   * What was sent before leaves first. Keep polling until CLOSED, within `closeTimeLimit`. A negative code drops the
   * connection at once, without telling the other side; so does any code while CONNECTING. In CLOSING and CLOSED
   * nothing happens (CLOSING: unless the code is negative).
   */
  close(code: number = CloseCode.NORMAL_CLOSURE, reason: string = ''): void {
    if (!(code < 0) && !isSendableCloseCode(code)) {
      throw new RangeError(`${code} cannot be sent as a close code: 1000-1003, 1007-1014 and 3000-4999 can`);
    }
    if (typeof reason !== 'string') throw new TypeError('reason is a string');
    this.#session?.close(code, reason);
    this.#noteDeadline();
  }

  // ---------------------------------------------------------------- packets

  /**
   * Sends one message, as bytes by default. It leaves when the turn of the event loop ends, or in `poll()`, in one write
   * with all others. The message is copied.
   *
   * `FAILED`: not OPEN. `ERR_OUT_OF_MEMORY`: `outboundBufferSize` or `maxQueuedPackets` would be exceeded; nothing was
   * queued. `ERR_INVALID_DATA`: text that is not UTF-8. An empty message is sent like any other. `compress` (default
   * true): false sends it as it is although `compression` was agreed on.
   */
  send(message: Uint8Array, writeMode: WriteMode = WriteMode.WRITE_MODE_BINARY, compress: boolean = true): ErrorCode {
    if (!(message instanceof Uint8Array)) throw new TypeError('message is a Uint8Array; for a string, use sendText()');
    if (writeMode === WriteMode.WRITE_MODE_BINARY) return this.#send(message, Opcode.BINARY, compress);
    if (writeMode !== WriteMode.WRITE_MODE_TEXT) throw new RangeError(`${writeMode} is not a WriteMode`);
    if (nodePlatform.isUtf8(message)) return this.#send(message, Opcode.TEXT, compress);
    return this.#refuse(ErrorCode.ERR_INVALID_DATA, {
      code: 'TICKPEER_INVALID_TEXT',
      message: `a text message of ${message.length} bytes is not UTF-8`,
    });
  }

  /** Sends one message as text. A lone surrogate goes out as U+FFFD. Returns as `send`. */
  sendText(message: string, compress: boolean = true): ErrorCode {
    if (typeof message !== 'string') throw new TypeError('message is a string');
    return this.#send(nodePlatform.encodeUtf8(message), Opcode.TEXT, compress);
  }

  /**
   * How many packets can be read. Packets that arrived before the connection ended stay readable in CLOSED, until the
   * next `connectToUrl` or `acceptStream`.
   */
  getAvailablePacketCount(): number {
    return this.#session?.visiblePackets ?? 0;
  }

  /** Whether the last packet read came as text. */
  wasStringPacket(): boolean {
    return this.#session?.wasText ?? false;
  }

  /** Takes every packet that can be read now: text as a string, the rest as bytes. */
  *packets(): Generator<string | Uint8Array, void, undefined> {
    while (this.getAvailablePacketCount() > 0) {
      const packet = this.getPacket();
      yield this.wasStringPacket() ? nodePlatform.decodeUtf8(packet) : packet;
    }
  }

  /** Payload bytes that were sent and that the system has not taken yet. A message taken in part counts whole. */
  getCurrentOutboundBufferedAmount(): number {
    return this.#session?.outboundBufferedAmount ?? 0;
  }

  // ---------------------------------------------------------------- what is known

  /** CLOSED for a fresh peer. */
  getReadyState(): State {
    return this.#session?.state ?? State.STATE_CLOSED;
  }

  /**
   * In CLOSED: the code of the Close frame that arrived; 1005 if it had none; -1 when the connection did not end with a
   * closing handshake, or never opened. In any other state -1.
   */
  getCloseCode(): number {
    return this.#session?.closeCode ?? -1;
  }

  /** The reason that came with `getCloseCode()`; empty without one. */
  getCloseReason(): string {
    return this.#session?.closeReason ?? '';
  }

  /**
   * Why the last call was refused, or why the connection failed or ended uncleanly: a stable `code` and a message with
   * the facts. Null when nothing went wrong since the last `connectToUrl` or `acceptStream`.
   */
  getLastFailure(): Failure | null {
    const failure = this.#session?.failure ?? null;
    return failure === this.#failureBefore ? (this.#callFailure ?? failure) : failure;
  }

  /** A client: the `url` as it was given. A server: scheme, host, path and query of the request, once it has arrived. */
  getRequestedUrl(): string {
    return this.#session instanceof ServerSession ? this.#session.requestedUrl : this.#requestedUrl;
  }

  /** The sub-protocol agreed on; empty for none, and before the connection is open. */
  getSelectedProtocol(): string {
    return this.getReadyState() === State.STATE_CONNECTING ? '' : (this.#session?.selectedProtocol ?? '');
  }

  /** A server's end: the client's request (method, path, query, headers), once it has arrived. Otherwise null. */
  getHandshakeRequest(): HandshakeRequest | null {
    return this.#session instanceof ServerSession ? this.#session.request : null;
  }

  /** A client: what the server answered, status and headers, also when it refused. Null before, and on a server. */
  getHandshakeResponse(): HandshakeResponse | null {
    return this.#session instanceof ClientSession ? this.#session.response : null;
  }

  /** The other side's IP address; empty when there is none. */
  getConnectedHost(): string {
    return this.#session?.connectedHost ?? '';
  }

  /** The other side's port; 0 when there is none. */
  getConnectedPort(): number {
    return this.#session?.connectedPort ?? 0;
  }

  /** Counts of the current connection, or of the last one. */
  getStatistics(): Statistics {
    return this.#session?.statistics ?? { ...new Counters(), roundTripTime: -1 };
  }

  /** Switches Nagle's algorithm off (true, as it is from the start) or on, for this connection and later ones. */
  setNoDelay(enabled: boolean): void {
    this.settings.noDelay = enabled;
    this.#session?.setNoDelay(enabled);
  }

  // ---------------------------------------------------------------- waking

  /**
   * For programs without a tick: called at most once between two polls, from the event loop, when a poll would find
   * something to do: packets, a new state, a time limit, room to send after a refusal. Poll from there, or soon after.
   */
  get onWake(): (() => void) | null {
    return this.#wakeHook.callback;
  }

  set onWake(callback: (() => void) | null) {
    this.#wakeHook.callback = callback;
    this.#wakeHook.arm(this.#deadline);
  }

  /** Drops the connection, for `using peer = …`. */
  [Symbol.dispose](): void {
    this.close(-1);
    this.onWake = null;
  }

  // ---------------------------------------------------------------- the inside

  protected override takePacket(): Uint8Array | undefined {
    return this.#session?.takePacket();
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    return this.#send(packet, Opcode.BINARY, true);
  }

  protected override onSettingsChanged(): void {
    this.#session?.onSettingsChanged();
    this.#noteDeadline();
  }

  #send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode {
    const result = this.#session?.send(payload, opcode, compress) ?? ErrorCode.FAILED;
    if (result === ErrorCode.OK) return result;
    this.#callFailure = null;
    if (result === ErrorCode.FAILED && this.getLastFailure() === null) {
      const message = this.#session?.isOverUnseen
        ? 'the connection has ended; the next poll() shows how'
        : `a message was sent in ${State[this.getReadyState()]}; only in STATE_OPEN can one be`;
      return this.#refuse(result, { code: 'TICKPEER_NOT_OPEN', message });
    }
    return result;
  }

  /** When a poll is due even if nothing arrives. */
  get #deadline(): number {
    return this.#session?.deadline ?? Number.POSITIVE_INFINITY;
  }

  #isInUse(): boolean {
    const state = this.getReadyState();
    if (state !== State.STATE_CONNECTING && state !== State.STATE_OPEN) return false;
    const message = `the peer is in ${State[state]}: close() it first`;
    this.#refuse(ErrorCode.ERR_ALREADY_IN_USE, { code: 'TICKPEER_ALREADY_IN_USE', message });
    return true;
  }

  /** A new connection begins with nothing of the last one. */
  #reset(): void {
    this.#session?.drop({ code: 'TICKPEER_DROPPED', message: 'the peer was used for another connection' });
    this.#session = null;
    this.#requestedUrl = '';
    this.#callFailure = null;
    this.#failureBefore = null;
    this.#wakeHook.reset();
  }

  #refuse(code: ErrorCode, failure: Failure): ErrorCode {
    this.#callFailure = failure;
    this.#failureBefore = this.#session?.failure ?? null;
    return code;
  }

  /** A call of the user's may have changed when the next poll is due. */
  #noteDeadline(): void {
    this.#wakeObserver?.(this, true);
    this.#wakeHook.arm(this.#deadline);
  }
}

const NOT_A_STREAM: Failure = { code: 'TICKPEER_INVALID_STREAM', message: 'what was given is no StreamPeer' };

function toTlsOptions(tls: boolean | TLSOptions | null, trusted: X509Certificate | null): TLSOptions {
  if (trusted !== null && !(trusted instanceof X509Certificate)) {
    throw new TypeError('trustedTlsCertificate is an X509Certificate or null');
  }
  if (tls instanceof TLSOptions) return tls;
  if (tls !== null && typeof tls !== 'boolean') throw new TypeError('verifyTls is a boolean, or a TLSOptions');
  const chain = trusted ?? undefined;
  return tls === false ? TLSOptions.clientUnsafe(chain) : TLSOptions.client(chain);
}
