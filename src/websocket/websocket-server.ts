import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { CloseCode, Opcode, SharedMessage } from '../protocol/index.ts';
import { StreamPeerTLS, systemClock, TCPServer, type TLSOptions } from '../stream/index.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { nodePlatform } from './node-platform.ts';
import type { PeerProperties } from './peer-configuration.ts';
import { type AllowedOrigins, OVERLOADED, requestRule } from './request-rules.ts';
import type { RequestRule } from './server-session.ts';
import { State, WriteMode } from './state.ts';
import { WakeHook } from './wake-hook.ts';
import { peerInternals, WebSocketPeer } from './websocket-peer.ts';

/** How a server is set up; the properties of `WebSocketPeer` among these are those of every peer it makes. */
export interface WebSocketServerOptions extends Partial<PeerProperties> {
  /** The one path that is served; requests for others get 404. Default: null, every path. */
  readonly path?: string | null;
  /**
   * Which web pages may connect (403 for the others): `'same-host'`, pages whose host name is the one they connect to,
   * whatever the port; a list of origins such as `https://example.com`; `'*'`, all. A browser sends a user's cookies along
   * whichever page connects, hence the default: `'same-host'`. Programs that are not browsers are not judged by it.
   */
  readonly allowedOrigins?: AllowedOrigins;
  /** Connections in all, those in the handshake included; further ones get 503. Default: no limit. */
  readonly maxConnections?: number;
  /** Connections in the handshake; when one more comes, the oldest of them is dropped. Default: 1024. */
  readonly maxPendingHandshakes?: number;
  /** Connections that the system holds for the next poll. Default: 511. */
  readonly backlog?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** How `WebSocketServer.stop` goes about it. */
export interface StopOptions {
  /** Seconds until what is left is dropped. Default: 10. */
  readonly timeLimit?: number;
  /** The close code sent to every peer. Default: 1001, going away. */
  readonly code?: number;
  /** Default: none. */
  readonly reason?: string;
}

/** What the server keeps of each peer. */
interface Entry {
  readonly peer: WebSocketPeer;
  /** In the handshake, and not yet handed out. */
  isPending: boolean;
  isWoken: boolean;
  deadline: number;
}

/**
 * A polled WebSocket server: `TCPServer`, TLS, handshakes and time limits in one.
 *
 * ```ts
 * const server = new WebSocketServer();
 * server.listen(9080);
 * setInterval(() => {
 *   server.poll();
 *   for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.sendText(`you said ${packet}`);
 * }, 16);
 * ```
 *
 * `poll()` polls the peers for you, and only those that have something to do: idle ones cost nothing. A peer may be polled
 * by hand as well.
 */
export class WebSocketServer {
  readonly #clock: Clock;
  readonly #properties: Partial<PeerProperties>;
  readonly #maxConnections: number;
  readonly #maxPendingHandshakes: number;
  readonly #backlog: number | undefined;
  readonly #rule: RequestRule;
  readonly #tcpServer = new TCPServer();
  #tlsOptions: TLSOptions | null = null;

  readonly #entries = new Map<WebSocketPeer, Entry>();
  /** In the order of their arrival. */
  readonly #pending = new Set<Entry>();
  readonly #opened: WebSocketPeer[] = [];
  #woken: Entry[] = [];
  #ready: WebSocketPeer[] = [];
  readonly #deadlines = new DeadlineQueue<Entry>();
  #stopDeadline = Number.POSITIVE_INFINITY;
  #callFailure: Failure | null = null;

  readonly #wakeHook: WakeHook;
  readonly #observe = (peer: WebSocketPeer, isInCall: boolean): void => this.#wakePeer(peer, isInCall);

  constructor(options: WebSocketServerOptions = {}) {
    const { path = null, allowedOrigins = 'same-host', clock = systemClock, backlog, ...rest } = options;
    const { maxConnections = Number.POSITIVE_INFINITY, maxPendingHandshakes = 1024, ...properties } = rest;
    if (!(maxConnections >= 1)) throw new RangeError(`maxConnections is at least 1, not ${maxConnections}`);
    if (!(maxPendingHandshakes >= 1))
      throw new RangeError(`maxPendingHandshakes is at least 1, not ${maxPendingHandshakes}`);
    this.#clock = clock;
    this.#wakeHook = new WakeHook(clock);
    this.#properties = properties;
    this.#maxConnections = maxConnections;
    this.#maxPendingHandshakes = maxPendingHandshakes;
    this.#backlog = backlog;
    this.#rule = requestRule({ path, allowedOrigins });
    new WebSocketPeer(properties); // A value out of range throws here, not when the first client comes.
  }

  // ---------------------------------------------------------------- listening

  /**
   * Begins to listen. `port` 0 takes a free one (`getLocalPort()`); `bindAddress` `'*'` is every address, IPv4 and IPv6;
   * with `tlsOptions` (`TLSOptions.server`) the server speaks `wss`.
   *
   * `ERR_ALREADY_IN_USE`: already listening, or the port is taken. `ERR_INVALID_PARAMETER`: a bad port or address, or
   * TLS options that are not a server's. `ERR_CANT_CREATE`: anything else, see `getLastFailure()`.
   */
  listen(port: number, bindAddress: string = '*', tlsOptions: TLSOptions | null = null): ErrorCode {
    if (tlsOptions !== null && !tlsOptions.isServer()) {
      this.#callFailure = { code: 'TICKPEER_INVALID_TLS_OPTIONS', message: 'listen() needs TLSOptions.server()' };
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    this.#callFailure = null;
    const result = this.#tcpServer.listen(
      port,
      bindAddress,
      this.#backlog === undefined ? {} : { backlog: this.#backlog },
    );
    if (result === ErrorCode.OK) {
      this.#tlsOptions = tlsOptions;
      this.#stopDeadline = Number.POSITIVE_INFINITY;
      this.#tcpServer.onConnection = () => this.#wakeHook.wake(false);
    }
    return result;
  }

  isListening(): boolean {
    return this.#tcpServer.isListening();
  }

  /** The port that is listened on; 0 when none is. */
  getLocalPort(): number {
    return this.#tcpServer.getLocalPort();
  }

  /** Why `listen` failed; null when it did not. */
  getLastFailure(): Failure | null {
    return this.#callFailure ?? this.#tcpServer.getLastFailure();
  }

  /**
   * Stops listening, drops connections in the handshake and closes every peer, after what was sent to it. Go on polling
   * until `isStopped()`; what has not closed within the time limit is dropped.
   */
  stop(options: StopOptions = {}): void {
    const { timeLimit = 10, code = CloseCode.GOING_AWAY, reason = '' } = options;
    this.#tcpServer.stop();
    this.#stopDeadline = this.#clock.now() + timeLimit * 1000;
    for (const entry of [...this.#pending]) this.#remove(entry, true);
    for (const { peer } of this.#entries.values()) peer.close(code, reason);
    this.#opened.length = 0;
    this.#wakeHook.arm(this.#deadline);
  }

  /** Whether the server neither listens nor has a connection. */
  isStopped(): boolean {
    return !this.isListening() && this.#entries.size === 0;
  }

  // ---------------------------------------------------------------- polling

  /** Accepts every waiting connection, and polls every peer that has something to do. Never waits. */
  poll(): void {
    this.#wakeHook.reset();
    this.#ready = this.#ready.filter((peer) => peer.getAvailablePacketCount() > 0);
    const stillReady = new Set(this.#ready);
    this.#acceptWaiting();
    this.#wakeDue();
    const woken = this.#woken;
    this.#woken = [];
    for (const entry of woken) {
      entry.isWoken = false;
      if (this.#pollEntry(entry) && !stillReady.has(entry.peer)) this.#ready.push(entry.peer);
    }
    this.#wakeHook.arm(this.#deadline);
  }

  /** Whether `takePeer` has one. */
  isPeerAvailable(): boolean {
    return this.#opened.length > 0;
  }

  /** A peer that has opened and was not handed out yet, or null. The server goes on polling it. */
  takePeer(): WebSocketPeer | null {
    return this.#opened.shift() ?? null;
  }

  /** The peers that this poll found something new at: packets that wait (until they are read), or a new state. */
  readyPeers(): readonly WebSocketPeer[] {
    return this.#ready;
  }

  /** Every peer that is open or closing. */
  *getPeers(): Generator<WebSocketPeer, void, undefined> {
    for (const entry of this.#entries.values()) if (!entry.isPending) yield entry.peer;
  }

  /** How many peers are open or closing. */
  getPeerCount(): number {
    return this.#entries.size - this.#pending.size;
  }

  /** How many connections are in the handshake. */
  getPendingCount(): number {
    return this.#pending.size;
  }

  /**
   * Sends one message to many peers; it is framed once. A string goes as text, bytes go by `writeMode`. Returns the peers
   * that did not take it (not OPEN, or a limit): usually none.
   */
  broadcast(
    peers: Iterable<WebSocketPeer>,
    message: Uint8Array | string,
    writeMode: WriteMode = WriteMode.WRITE_MODE_BINARY,
  ): WebSocketPeer[] {
    const isString = typeof message === 'string';
    const payload = isString ? nodePlatform.encodeUtf8(message) : message;
    const isText = isString || writeMode === WriteMode.WRITE_MODE_TEXT;
    if (isText && !isString && !nodePlatform.isUtf8(payload)) throw new TypeError('a text message must be UTF-8');
    const shared = new SharedMessage(payload, isText ? Opcode.TEXT : Opcode.BINARY);
    const refused: WebSocketPeer[] = [];
    for (const peer of peers) {
      if (peerInternals.sendShared(peer, shared) !== ErrorCode.OK) refused.push(peer);
    }
    return refused;
  }

  /** As `WebSocketPeer.onWake`, for the server and all its peers. */
  get onWake(): (() => void) | null {
    return this.#wakeHook.callback;
  }

  set onWake(callback: (() => void) | null) {
    this.#wakeHook.callback = callback;
    this.#wakeHook.arm(this.#deadline);
  }

  /** Drops everything at once, for `using server = …`. */
  [Symbol.dispose](): void {
    this.stop({ timeLimit: 0 });
    for (const entry of [...this.#entries.values()]) this.#remove(entry, true);
    this.onWake = null;
  }

  // ---------------------------------------------------------------- the inside

  #acceptWaiting(): void {
    while (this.#tcpServer.isConnectionAvailable()) {
      const tcp = this.#tcpServer.takeConnection();
      if (tcp === null) return;
      let stream: StreamPeerTLS | typeof tcp = tcp;
      if (this.#tlsOptions !== null) {
        stream = new StreamPeerTLS();
        if (stream.acceptStream(tcp, this.#tlsOptions) !== ErrorCode.OK) {
          this.#callFailure = stream.getLastFailure();
          tcp.destroy();
          continue;
        }
      }
      const isFull = this.#entries.size >= this.#maxConnections;
      const peer = new WebSocketPeer({ ...this.#properties, clock: this.#clock });
      if (peerInternals.accept(peer, stream, isFull ? OVERLOADED : this.#rule) !== ErrorCode.OK) {
        this.#callFailure = peer.getLastFailure();
        stream.destroy();
        continue;
      }
      const entry: Entry = { peer, isPending: true, isWoken: false, deadline: Number.POSITIVE_INFINITY };
      peerInternals.setWakeObserver(peer, this.#observe);
      this.#entries.set(peer, entry);
      this.#pending.add(entry);
      this.#noteDeadline(entry);
      if (this.#pending.size > this.#maxPendingHandshakes) {
        const [oldest] = this.#pending;
        if (oldest !== undefined) this.#remove(oldest, true);
      }
    }
  }

  /** Polls one peer; true when the user should look at it. */
  #pollEntry(entry: Entry): boolean {
    const { peer } = entry;
    if (this.#entries.get(peer) !== entry) return false;
    const before = peer.getReadyState();
    peer.poll();
    const state = peer.getReadyState();
    if (entry.isPending && state === State.STATE_OPEN) {
      entry.isPending = false;
      this.#pending.delete(entry);
      this.#opened.push(peer);
    }
    if (state === State.STATE_CLOSED) this.#remove(entry, false);
    else this.#noteDeadline(entry);
    return !entry.isPending && (state !== before || peer.getAvailablePacketCount() > 0);
  }

  #remove(entry: Entry, isDropped: boolean): void {
    this.#entries.delete(entry.peer);
    this.#pending.delete(entry);
    peerInternals.setWakeObserver(entry.peer, null);
    if (isDropped) entry.peer.close(-1);
  }

  #wakePeer(peer: WebSocketPeer, isInCall: boolean): void {
    const entry = this.#entries.get(peer);
    if (entry === undefined || entry.isWoken) return;
    entry.isWoken = true;
    this.#woken.push(entry);
    this.#wakeHook.wake(isInCall);
  }

  /** Time limits and heartbeats that are due wake their peers, and the server's own stop drops what is left. */
  #wakeDue(): void {
    const now = this.#clock.now();
    while (this.#deadlines.next <= now) {
      const due = this.#deadlines.next;
      const entry = this.#deadlines.take();
      if (entry === undefined || entry.deadline !== due) continue;
      entry.deadline = Number.POSITIVE_INFINITY;
      this.#wakePeer(entry.peer, true);
    }
    if (now >= this.#stopDeadline) {
      for (const entry of [...this.#entries.values()]) this.#remove(entry, true);
    }
  }

  #noteDeadline(entry: Entry): void {
    const deadline = peerInternals.deadline(entry.peer);
    if (deadline === entry.deadline) return;
    entry.deadline = deadline;
    if (deadline !== Number.POSITIVE_INFINITY) this.#deadlines.add(deadline, entry);
  }

  /** When a poll is due even if nothing happens. */
  get #deadline(): number {
    return Math.min(this.#deadlines.next, this.#stopDeadline);
  }
}
