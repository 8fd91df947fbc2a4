import { isBytes } from '../../bytes.ts';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { CloseCode, Counters, type HandshakeRequest, isSendableCloseCode, Opcode } from '../../protocol/index.ts';
import { systemClock } from '../../stream/index.ts';
import { decodeUtf8, isUtf8 } from '../platform/utf8.ts';
import type { HandshakeResponse } from '../session/opening.ts';
import type { Session } from '../session/session.ts';
import type { PeerAccessors } from '../settings/peer-properties.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from '../settings/peer-settings.ts';
import { defineProperties } from '../settings/setting-table.ts';
import { State, WriteMode } from '../state.ts';
import type { Statistics } from '../statistics.ts';
import { PacketPeer } from './packet-peer.ts';
import { WakeHook } from './wake-hook.ts';

// biome-ignore lint/correctness/noUnusedVariables: both declarations of a class have the same type parameters.
export interface BasePeer<S extends Session> extends PeerAccessors {}

/**
 * The part of `WebSocketPeer` that Node and browsers share: everything but beginning a connection. It has the session of the present
 * connection, or of the last one, and reports from it.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `defineProperties` below makes every property of the interface.
export abstract class BasePeer<S extends Session> extends PacketPeer {
  static readonly State: typeof State = State;
  static readonly STATE_CONNECTING: State.STATE_CONNECTING = State.STATE_CONNECTING;
  static readonly STATE_OPEN: State.STATE_OPEN = State.STATE_OPEN;
  static readonly STATE_CLOSING: State.STATE_CLOSING = State.STATE_CLOSING;
  static readonly STATE_CLOSED: State.STATE_CLOSED = State.STATE_CLOSED;
  static readonly WriteMode: typeof WriteMode = WriteMode;
  static readonly WRITE_MODE_TEXT: WriteMode.WRITE_MODE_TEXT = WriteMode.WRITE_MODE_TEXT;
  static readonly WRITE_MODE_BINARY: WriteMode.WRITE_MODE_BINARY = WriteMode.WRITE_MODE_BINARY;

  /**
   * In a browser: whether peers connect by `WebSocketStream` where it exists, which can stop reading when the queue is full. False:
   * by `WebSocket`, which tools that simulate the network replace. Read by `connectToUrl`. Default: true. No effect in Node.
   */
  static usesWebSocketStream = true;

  protected readonly clock: Clock;
  protected session: S | null = null;
  protected settings: PeerSettings = DEFAULT_SETTINGS;
  /** Why the last call was refused; null when it was not. */
  #callFailure: Failure | null = null;
  /** The session's failure at that time: a newer one takes precedence. */
  #failureBefore: Failure | null = null;
  /** A poll would find something to do. */
  #isAwake = false;
  /** Made when `onWake` is set, to save memory on servers. */
  #wakeHook: WakeHook | null = null;

  constructor(clock: Clock = systemClock) {
    super();
    this.clock = clock;
  }

  /**
   * Advances the peer: state, packets, statistics, heartbeat and time limits. Never waits. Call it every tick, also while CLOSING,
   * until CLOSED. Packets arrive through Node's event loop: a loop that never yields to it gets none.
   */
  poll(): void {
    this.advance();
  }

  /** As `poll`, but what was sent is written when the turn ends: a server may poll several times a turn. @internal */
  advance(): void {
    const session = this.session;
    if (session === null) return;
    this.#isAwake = false;
    this.#wakeHook?.reset();
    session.poll();
    this.#wakeHook?.arm(session.deadline);
  }

  /**
   * Closes the connection. `code`: 1000 (the default) to 1003, 1007 to 1014, or 3000 to 4999; any other throws a
   * `RangeError`. `reason` is for people: up to 123 bytes of UTF-8; a longer one is cut at a character boundary.
   *
   * What was sent before is written first. Keep polling until CLOSED, which takes at most `closeTimeLimit`. A negative code drops the
   * connection at once, without a Close frame; so does any code while CONNECTING. No effect in CLOSED, and in CLOSING
   * unless the code is negative.
   */
  close(code: number = CloseCode.NORMAL_CLOSURE, reason: string = ''): void {
    if (!(code < 0) && !isSendableCloseCode(code)) {
      throw new RangeError(`${code} cannot be sent as a close code: 1000-1003, 1007-1014 and 3000-4999 can`);
    }
    if (typeof reason !== 'string') throw new TypeError('reason is a string');
    this.session?.close(code, reason);
    this.#noteDeadline();
  }

  // ---------------------------------------------------------------- packets

  /**
   * Sends one message: a string as text, whatever `writeMode` is, and bytes as bytes by default. It is written when the turn of the event
   * loop ends, or in the peer's `poll()`, together with all others. The message is copied.
   *
   * `FAILED`: not OPEN. `ERR_OUT_OF_MEMORY`: `outboundBufferSize` or `maxQueuedPackets` would be exceeded; nothing was
   * queued. `ERR_INVALID_DATA`: text that is not UTF-8. An empty message is sent like any other. `compress` (default
   * true): false sends it uncompressed although `compression` was negotiated.
   */
  send(
    message: Uint8Array | string,
    writeMode: WriteMode = WriteMode.WRITE_MODE_BINARY,
    compress: boolean = true,
  ): ErrorCode {
    if (typeof message === 'string') return this.sendText(message, compress);
    if (!isBytes(message)) throw new TypeError('message is a Uint8Array or a string');
    if (writeMode === WriteMode.WRITE_MODE_BINARY) return this.#send(message, Opcode.BINARY, compress);
    if (writeMode !== WriteMode.WRITE_MODE_TEXT) throw new RangeError(`${writeMode} is not a WriteMode`);
    if (isUtf8(message)) return this.#send(message, Opcode.TEXT, compress);
    return this.refuse(ErrorCode.ERR_INVALID_DATA, {
      code: 'TICKPEER_INVALID_TEXT',
      message: `a text message of ${message.length} bytes is not UTF-8`,
    });
  }

  /** Sends one message as text. A lone surrogate is sent as U+FFFD. Returns as `send`. */
  sendText(message: string, compress: boolean = true): ErrorCode {
    if (typeof message !== 'string') throw new TypeError('message is a string');
    return this.#sent(this.session?.sendText(message, compress) ?? ErrorCode.FAILED);
  }

  /** As `PacketPeer.putPacket`, and sends a string as text: `packets()` returns both. */
  override putPacket(packet: Uint8Array | string): ErrorCode {
    if (typeof packet !== 'string') return super.putPacket(packet);
    return packet === '' ? ErrorCode.OK : this.sendText(packet);
  }

  /**
   * How many packets can be read. Packets that arrived before the connection ended stay readable in CLOSED, until the
   * next `connectToUrl` or `acceptStream`.
   */
  getAvailablePacketCount(): number {
    return this.session?.visiblePackets ?? 0;
  }

  /** Whether the last packet read came as text. */
  wasStringPacket(): boolean {
    return this.session?.wasText ?? false;
  }

  /** Takes every packet that can be read now: text as a string, the rest as bytes. */
  *packets(): Generator<string | Uint8Array<ArrayBuffer>, void, undefined> {
    while (this.getAvailablePacketCount() > 0) {
      const packet = this.getPacket();
      yield this.wasStringPacket() ? decodeUtf8(packet) : packet;
    }
  }

  /** Payload bytes that were sent and that the system has not taken yet. A message taken in part counts as a whole. */
  getCurrentOutboundBufferedAmount(): number {
    return this.session?.outboundBufferedAmount ?? 0;
  }

  // ---------------------------------------------------------------- queries

  /** CLOSED for a fresh peer. */
  getReadyState(): State {
    return this.session?.state ?? State.STATE_CLOSED;
  }

  /**
   * In CLOSED: the code of the Close frame that arrived; 1005 if it had none; -1 when the connection did not end with a
   * closing handshake, or never opened. In any other state -1.
   */
  getCloseCode(): number {
    return this.session?.closeCode ?? -1;
  }

  /** The reason that came with `getCloseCode()`; empty without one. */
  getCloseReason(): string {
    return this.session?.closeReason ?? '';
  }

  /**
   * Why the last call was refused, or why the connection failed or ended uncleanly: a stable `code` and a message with the
   * facts. Null when nothing has failed since the last `connectToUrl` or `acceptStream`.
   */
  getLastFailure(): Failure | null {
    const failure = this.session?.failure ?? null;
    return failure === this.#failureBefore ? (this.#callFailure ?? failure) : failure;
  }

  /** A client: the `url` as it was given. A server: scheme, host, path and query of the request, once it has arrived. */
  getRequestedUrl(): string {
    return this.session?.handshake.requestedUrl ?? '';
  }

  /** The negotiated sub-protocol; empty for none, and before the connection is open. */
  getSelectedProtocol(): string {
    return this.getReadyState() === State.STATE_CONNECTING ? '' : (this.session?.selectedProtocol ?? '');
  }

  /** A server's end: the client's request (method, path, query, headers), once it has arrived. Otherwise null. */
  getHandshakeRequest(): HandshakeRequest | null {
    return this.session?.handshake.request ?? null;
  }

  /** A client: status and headers of the server's response, also of a refusal. Null before that, and on a server. */
  getHandshakeResponse(): HandshakeResponse | null {
    return this.session?.handshake.response ?? null;
  }

  /**
   * The IP address at the other end of the socket, which is the proxy's where there is a `proxy`; empty when there is none, and
   * over a Unix socket.
   */
  getConnectedHost(): string {
    return this.session?.connectedHost ?? '';
  }

  /** The port at the other end of the socket; 0 when there is none. */
  getConnectedPort(): number {
    return this.session?.connectedPort ?? 0;
  }

  /** Counts of the current connection, or of the last one. */
  getStatistics(): Statistics {
    return this.session?.statistics ?? { ...new Counters() };
  }

  /** Turns Nagle's algorithm off (true, the default) or on, for this connection and later ones. */
  setNoDelay(enabled: boolean): void {
    this.change('noDelay', enabled);
    this.session?.setNoDelay(enabled);
  }

  // ---------------------------------------------------------------- waking

  /**
   * For programs without a tick: called at most once between two polls, from the event loop, when a poll would find something to
   * do: packets, a new state, a time limit, room to send after a refusal. Poll in it, or soon after it.
   */
  get onWake(): (() => void) | null {
    return this.#wakeHook?.callback ?? null;
  }

  set onWake(callback: (() => void) | null) {
    if (callback === null && this.#wakeHook === null) return;
    this.#wakeHook ??= new WakeHook(this.clock, () => this.#isAwake);
    this.#wakeHook.callback = callback;
    this.#wakeHook.arm(this.deadline);
  }

  /** Drops the connection, for `using peer = …`. */
  [Symbol.dispose](): void {
    this.close(-1);
    this.onWake = null;
  }

  // ---------------------------------------------------------------- the inside

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.session?.takePacket();
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    return this.#send(packet, Opcode.BINARY, true);
  }

  protected change<K extends keyof PeerSettings>(name: K, value: PeerSettings[K]): void {
    this.settings = changed(this.settings, name, value);
    if (this.session === null) return;
    // An open connection may have waited for this limit to change.
    this.session.useSettings(this.settings);
    this.#noteDeadline();
  }

  #send(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, compress: boolean): ErrorCode {
    return this.#sent(this.session?.send(payload, opcode, compress) ?? ErrorCode.FAILED);
  }

  #sent(result: ErrorCode): ErrorCode {
    if (result === ErrorCode.OK) return result;
    this.#callFailure = null;
    // The next poll may be due earlier, to try again.
    if (result === ErrorCode.ERR_OUT_OF_MEMORY) this.#noteDeadline();
    const known = this.getLastFailure()?.code ?? 'TICKPEER_UNAVAILABLE';
    if (result === ErrorCode.FAILED && known === 'TICKPEER_UNAVAILABLE') {
      const message = this.session?.isOverUnseen
        ? 'the connection has ended; the next poll() shows how'
        : `a message was sent in ${State[this.getReadyState()]}; only in STATE_OPEN can one be`;
      return this.refuse(result, { code: 'TICKPEER_NOT_OPEN', message });
    }
    return result;
  }

  /** When a poll is due even if nothing arrives. */
  protected get deadline(): number {
    return this.session?.deadline ?? Number.POSITIVE_INFINITY;
  }

  protected isInUse(): boolean {
    const state = this.getReadyState();
    if (state !== State.STATE_CONNECTING && state !== State.STATE_OPEN) return false;
    const message = `the peer is in ${State[state]}: close() it first`;
    this.refuse(ErrorCode.ERR_ALREADY_IN_USE, { code: 'TICKPEER_ALREADY_IN_USE', message });
    return true;
  }

  /**
   * A poll would find something to do; the session calls this, perhaps several times between two polls. `isInCall`: it was found
   * out inside a call of the user's, which `onWake` must not interrupt. @internal
   */
  wake(isInCall: boolean): void {
    this.#isAwake = true;
    this.#wakeHook?.wake(isInCall);
  }

  /** Begins a connection: `OK`. @internal */
  start(session: S): ErrorCode {
    this.session = session;
    session.start();
    this.#wakeHook?.arm(this.deadline);
    return ErrorCode.OK;
  }

  /** Removes everything of the last connection, before a new one. */
  protected reset(): void {
    this.session?.drop({ code: 'TICKPEER_DROPPED', message: 'the peer was used for another connection' });
    this.session = null;
    this.#callFailure = null;
    this.#failureBefore = null;
    this.#isAwake = false;
    this.#wakeHook?.reset();
  }

  protected refuse(code: ErrorCode, failure: Failure): ErrorCode {
    this.#callFailure = failure;
    this.#failureBefore = this.session?.failure ?? null;
    return code;
  }

  /** Called when `deadline` may have changed; a server keeps a list of deadlines. */
  protected onDeadlineMoved(): void {}

  /** A call of the user's may have changed `deadline`. */
  #noteDeadline(): void {
    this.onDeadlineMoved();
    this.#wakeHook?.arm(this.deadline);
  }
}

defineProperties(BasePeer.prototype);
