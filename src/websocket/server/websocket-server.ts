import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { StreamPeer, type TLSOptions, upgradedStream } from '../../stream/index.ts';
import type { AttachableServer } from '../attach/http-attachment.ts';
import { HTTP2ServedStream, NOT_A_CONNECT } from '../http2/http2-served-stream.ts';
import { NOT_A_SOCKET, NOT_A_STREAM } from '../peer/unusable-stream.ts';
import { WakeHook } from '../peer/wake-hook.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { addressKey } from '../requests/address-key.ts';
import { HandshakeLimits } from '../requests/handshake-limits.ts';
import type { PendingRequest } from '../requests/pending-request.ts';
import { STOPPING } from '../requests/request-rules.ts';
import { ServedPeer } from '../requests/served-peer.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { checkedPath } from '../settings/value-checks.ts';
import { WriteMode } from '../state.ts';
import { broadcast } from './broadcast.ts';
import { Listener } from './listener.ts';
import { ServedPeers } from './served-peers.ts';
import type { AttachOptions, StopOptions, StopResult, WebSocketServerOptions } from './server-options.ts';
import { serverSettings } from './server-settings.ts';
import { Shutdown, STOPPED } from './shutdown.ts';

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
 * `poll()` also polls the peers, and only those that have something to do: idle ones cost nothing. A program may poll a peer itself,
 * too.
 */
export class WebSocketServer {
  /** While it is false, requests for `healthPath` get 503, and everything else goes on. `Rooms.drain` changes it, too. Default: true. */
  isReady: boolean = true;
  /** Whether the last poll has found no peer and no connection, and none has come since: another poll has nothing to do. @internal */
  isQuiet: boolean = false;
  readonly #clock: Clock;
  readonly #peerSettings: PeerSettings;
  readonly #peerSettingsOverHttp2: PeerSettings;
  readonly #handshakes: HandshakeLimits;
  readonly #listener: Listener;
  readonly #peers: ServedPeers;
  /** Begins with `stop`, and ends when the server takes connections again. */
  readonly #shutdown = new Shutdown();
  #callFailure: Failure | null = null;
  readonly #wakeHook: WakeHook;

  constructor(options: WebSocketServerOptions = {}) {
    const settings = serverSettings(options);
    this.#clock = settings.clock;
    this.#wakeHook = new WakeHook(settings.clock, () => this.#peers.hasWoken || this.#listener.isConnectionAvailable);
    this.#peerSettings = settings.peerSettings;
    this.#peerSettingsOverHttp2 = settings.peerSettingsOverHttp2;
    this.#handshakes = new HandshakeLimits(settings, this.#shutdown, this);
    this.#peers = new ServedPeers(this.#handshakes, this.#wakeHook, {
      onPeerClosed: (peer) => this.#shutdown.note(peer),
      onEmpty: () => {
        this.#shutdown.deadline = Number.POSITIVE_INFINITY;
        this.#stopAnswering();
      },
    });
    this.#listener = new Listener({ ...settings, onConnection: () => this.#onConnection() });
  }

  // ---------------------------------------------------------------- listening

  /**
   * Begins to listen. `port` 0 takes a free port (`getLocalPort()`); `bindAddress` `'*'` is every address, IPv4 and IPv6; with
   * `tlsOptions` (`TLSOptions.server`) it is a `wss` server.
   *
   * `ERR_ALREADY_IN_USE`: already listening, or the port is taken. `ERR_INVALID_PARAMETER`: a bad port or address, or TLS options
   * that are not a server's, or whose key and certificate do not match. `ERR_CANT_CREATE`: anything else, see
   * `getLastFailure()`.
   */
  listen(port: number, bindAddress: string = '*', tlsOptions: TLSOptions | null = null): ErrorCode {
    return this.#begin(() => this.#listener.listen(port, bindAddress, tlsOptions));
  }

  /**
   * As `listen`, on a Unix domain socket: a file at `path`, at most 107 bytes long (Linux; elsewhere 103), which `stop()` removes. Clients
   * connect to `ws+unix:///path/of.sock:/request/path`. A server listens at one place at a time.
   *
   * `ERR_ALREADY_IN_USE`: already listening, or the file exists, which is never removed. `ERR_INVALID_PARAMETER`: no path, one that
   * is too long or has a NUL, or TLS options as for `listen`. `ERR_CANT_CREATE`: no such directory, no permission.
   */
  listenUnix(path: string, tlsOptions: TLSOptions | null = null): ErrorCode {
    return this.#begin(() => this.#listener.listenUnix(path, tlsOptions));
  }

  /**
   * Sets another certificate, or other TLS options, for new connections; existing ones keep theirs. `ERR_UNCONFIGURED`: the server does
   * not listen with TLS. `ERR_INVALID_PARAMETER`: as `listen`, and the options do not change.
   */
  setTlsOptions(tlsOptions: TLSOptions): ErrorCode {
    const result = this.#listener.setTlsOptions(tlsOptions);
    this.#callFailure = this.#listener.failure;
    return result;
  }

  /** Whether it takes new connections: it listens, or is attached to an HTTP server. */
  isListening(): boolean {
    return this.#listener.isListening && !this.#shutdown.hasBegun;
  }

  /**
   * Takes the WebSocket requests of an HTTP server of `node:http` or `node:https`, also under Express, Fastify and others, or of
   * `node:http2`, whose clients can have a WebSocket on a stream (RFC 8441). Several WebSocket servers can share an HTTP server, each
   * with its `path`. The application gets all other requests, also for other upgrades and other paths. Listening, TLS and closing are
   * up to the HTTP server; `stop()` detaches this server from it.
   *
   * `ERR_ALREADY_IN_USE`: another WebSocket server is attached there with that path.
   */
  attach(httpServer: AttachableServer, { path = null }: AttachOptions = {}): ErrorCode {
    checkedPath('path', path);
    const take = (stream: StreamPeer): boolean => this.acceptStream(stream) === ErrorCode.OK;
    return this.#begin(() => this.#listener.attach(httpServer, path, take));
  }

  /** For a front that routes requests: see `Listener.attachFront`. @internal */
  attachFront(...parts: Parameters<Listener['attachFront']>): (() => void) | null {
    return this.#listener.attachFront(...parts);
  }

  /**
   * Takes one connection from an HTTP server's 'upgrade' event, for a program that routes requests itself. Returns as
   * `acceptStream`. Bytes that came with the upgrade are not lost.
   */
  acceptUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): ErrorCode {
    return this.#accept(() => upgradedStream(request, socket, head), NOT_A_SOCKET);
  }

  /**
   * As `acceptUpgrade`, for an extended CONNECT (RFC 8441) of a server of `node:http2`, which has to allow it
   * (`enableConnectProtocol`): takes the arguments of its 'stream' event. `ERR_INVALID_PARAMETER`: the request is not for a WebSocket, or
   * has a response already.
   */
  acceptConnect(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): ErrorCode {
    return this.#accept(() => HTTP2ServedStream.over(stream, headers), NOT_A_CONNECT);
  }

  /** The port on which it listens; 0 for none. */
  getLocalPort(): number {
    return this.#listener.localPort;
  }

  /** Why the last call that takes connections failed; null when it did not. */
  getLastFailure(): Failure | null {
    return this.#callFailure ?? this.#listener.failure;
  }

  /**
   * Stops listening, refuses connections in the handshake (503) and closes every peer, after what was sent to it. Keep polling until
   * `isStopped()`; peers that have not closed within the time limit are dropped. (With `healthPath` the port stays open until then, and
   * every request gets a 503.)
   */
  stop(options: StopOptions = {}): void {
    const { code, reason } = this.#shutdown.begin(options, this.#clock.now());
    this.#listener.stop(this.#handshakes.answersHealth);
    this.#peers.closeAll(code, reason, STOPPING);
    this.#wakeHook.arm(this.#deadline);
  }

  /** Whether the server neither listens nor has a connection. */
  isStopped(): boolean {
    return !this.isListening() && this.#peers.size === 0;
  }

  /** How the peers that existed when `stop` was called have ended. Null until `isStopped()`, and without a `stop`. */
  getStopResult(): StopResult | null {
    return this.isStopped() ? this.#shutdown.result : null;
  }

  /**
   * Takes a connection from elsewhere: a socket of another server (`StreamPeerTCP.fromSocket`), a stream of a virtual network. The
   * handshake, the rules and the limits apply as to any other. The stream has to deliver its bytes by itself, so a `StreamPeerMemory`,
   * which does so only when it is polled, cannot be used.
   *
   * `OK`: the handshake has begun. `ERR_INVALID_PARAMETER`: not a stream, or a header or sub-protocol of the server's cannot be used.
   * `ERR_UNAVAILABLE`: the server was stopped, and has not listened since. In both cases the stream is untouched.
   */
  acceptStream(stream: StreamPeer): ErrorCode {
    if (this.#shutdown.hasBegun) {
      this.#callFailure = STOPPED;
      return ErrorCode.ERR_UNAVAILABLE;
    }
    return this.#take(stream);
  }

  // ---------------------------------------------------------------- polling

  /**
   * Accepts every waiting connection, and polls every peer that has something to do. Neither waits nor writes: what was sent is
   * written when the turn ends.
   */
  poll(): void {
    if (this.isQuiet) return;
    this.#wakeHook.reset();
    this.#peers.beginPoll();
    this.#acceptWaiting();
    // Without a time limit the clock is not read.
    if (this.#deadline !== Number.POSITIVE_INFINITY) {
      const now = this.#clock.now();
      this.#peers.wakeDue(now);
      if (now >= this.#shutdown.deadline) this.#dropAll('the server stopped, and the peer did not close in time');
    }
    this.#peers.pollWoken();
    this.#peers.endPoll();
    this.#wakeHook.arm(this.#deadline);
    this.isQuiet = this.#peers.isQuiet && !this.#listener.isConnectionAvailable;
  }

  /** Whether `takeRequest` has one. */
  isRequestAvailable(): boolean {
    return this.#peers.requests.isAvailable;
  }

  /** With `manualHandshake`: the request that has waited longest for a decision and was not taken yet; or null. */
  takeRequest(): PendingRequest | null {
    return this.#peers.requests.take();
  }

  /**
   * The address of a peer's client: behind the trusted proxies if it came through any, otherwise as `getConnectedHost()`. Empty for a
   * peer that this server does not have, or not any more.
   */
  getClientAddress(peer: WebSocketPeer): string {
    return this.#peers.get(peer)?.clientAddress ?? '';
  }

  /**
   * The key that counts a peer's client for `maxConnectionsPerAddress`: its IPv4 address, or its IPv6 network of 64 bits. Empty where
   * there is no address, as over a Unix socket.
   */
  getClientAddressKey(peer: WebSocketPeer): string {
    return addressKey(this.getClientAddress(peer));
  }

  /** Whether `takePeer` has one. */
  isPeerAvailable(): boolean {
    return this.#peers.hasOpened;
  }

  /** Takes a peer that has opened, is not closed and was not taken yet; or null. The server keeps polling it. */
  takePeer(): WebSocketPeer | null {
    return this.#peers.takeOpened();
  }

  /**
   * The peers with something new after this poll: a new state, or packets to read, with which they are listed until these are read. A
   * peer that has closed is listed once, and is no longer the server's.
   */
  readyPeers(): readonly WebSocketPeer[] {
    return this.#peers.ready;
  }

  /**
   * For rooms, which look at a peer later than the server does: `poll` calls `listener` with each peer when it has something new, and
   * `readyPeers` has none. @internal
   */
  watchReady(listener: (peer: WebSocketPeer) => void): void {
    this.#peers.watchReady(listener);
  }

  /** Every peer that is open or closing. */
  getPeers(): Generator<WebSocketPeer, void, undefined> {
    return this.#peers.admitted();
  }

  /** How many peers are open or closing. */
  getPeerCount(): number {
    return this.#peers.admittedCount;
  }

  /** Whether a peer is this server's, also in the handshake or while it is refused. @internal */
  keeps(peer: WebSocketPeer): boolean {
    return this.#peers.has(peer);
  }

  /** Whether `trustedProxies` has the address; `''` is a connection by a Unix socket. @internal */
  trustsProxy(address: string): boolean {
    return this.#handshakes.trustsProxy(address);
  }

  /** How many connections were dropped unread, because too many waited for a poll, in all or from one address. */
  getDroppedConnections(): number {
    return this.#listener.droppedConnections;
  }

  /** How many connections are in the handshake. */
  getPendingCount(): number {
    return this.#peers.pendingCount;
  }

  /**
   * Sends one message to many peers; it is framed once. A string is sent as text, bytes as `writeMode` says. Returns the peers that
   * refused it (not OPEN, or a limit was reached), usually none. `compress` as in `WebSocketPeer.send`.
   */
  broadcast(
    peers: Iterable<WebSocketPeer>,
    message: Uint8Array | string,
    writeMode: WriteMode = WriteMode.WRITE_MODE_BINARY,
    compress: boolean = true,
  ): WebSocketPeer[] {
    return broadcast(peers, message, writeMode, compress);
  }

  /** As `WebSocketPeer.onWake`, for the server and all its peers. */
  get onWake(): (() => void) | null {
    return this.#wakeHook.callback;
  }

  set onWake(callback: (() => void) | null) {
    this.#wakeHook.callback = callback;
    this.#wakeHook.arm(this.#deadline);
  }

  /** Stops, and drops every connection at once, for `using server = …`. */
  [Symbol.dispose](): void {
    this.stop();
    this.#dropAll('the server was disposed of');
    this.#peers.clearReady();
    this.onWake = null;
  }

  // ---------------------------------------------------------------- the inside

  /** Takes the stream that `make` returns, or fails with `wrong` for null. A stopped server does not call `make`. */
  #accept(make: () => StreamPeer | null, wrong: Failure): ErrorCode {
    const isStopped = this.#shutdown.hasBegun;
    const stream = isStopped ? null : make();
    if (stream !== null) return this.acceptStream(stream);
    this.#callFailure = isStopped ? STOPPED : wrong;
    return isStopped ? ErrorCode.ERR_UNAVAILABLE : ErrorCode.ERR_INVALID_PARAMETER;
  }

  /** For calls that begin to take connections. */
  #begin(listen: () => ErrorCode): ErrorCode {
    this.#stopAnswering();
    const result = listen();
    this.#callFailure = result === ErrorCode.OK ? null : this.#listener.failure;
    if (result === ErrorCode.OK) this.#shutdown.cancel();
    return result;
  }

  #onConnection(): void {
    this.isQuiet = false;
    this.#wakeHook.wake(false);
  }

  #take(stream: StreamPeer): ErrorCode {
    const settings = stream instanceof HTTP2ServedStream ? this.#peerSettingsOverHttp2 : this.#peerSettings;
    const parts = { clock: this.#clock, settings, gate: this.#handshakes, owner: this.#peers };
    const served = stream instanceof StreamPeer ? ServedPeer.on(stream, parts) : NOT_A_STREAM;
    if (isFailure(served)) {
      this.#callFailure = served;
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    this.isQuiet = false;
    this.#peers.add(served);
    this.#wakeHook.arm(this.#deadline);
    return ErrorCode.OK;
  }

  /** Takes at most as many connections as may be in the handshake: more would be refused before they have sent their request. */
  #acceptWaiting(): void {
    if (!this.#listener.isConnectionAvailable) return;
    for (let count = 0; count < this.#handshakes.mostAtOnce; count++) {
      const stream = this.#listener.takeConnection();
      if (stream === null) return;
      if (this.#take(stream) !== ErrorCode.OK) stream.destroy();
    }
    if (this.#listener.isConnectionAvailable) this.#wakeHook.wake(true);
  }

  /** Closes the port that `stop` left open for `healthPath`. */
  #stopAnswering(): void {
    if (this.#shutdown.hasBegun) this.#listener.stop();
  }

  #dropAll(message: string): void {
    this.#shutdown.deadline = Number.POSITIVE_INFINITY;
    this.#peers.dropAll({ code: 'TICKPEER_DROPPED', message });
  }

  /** When a poll is due even if nothing happens. */
  get #deadline(): number {
    return Math.min(this.#peers.deadline, this.#shutdown.deadline);
  }
}
