import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { systemClock, type TLSOptions } from '../../stream/index.ts';
import {
  type AllowedOrigins,
  type CompressionOptions,
  WebSocketPeer,
  WebSocketServer,
  type WebSocketServerOptions,
} from '../../websocket/index.ts';
import { Signal } from '../signal.ts';
import { ClientLink } from './client-link.ts';
import type { ConnectingClient } from './connecting-client.ts';
import type { Link } from './link.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
import { ServerLink } from './server-link.ts';

/**
 * What a `WebSocketMultiplayerPeer` can be made with: its properties by the same names, and what else a `WebSocketServer`
 * (its caps, its path) or a `WebSocketPeer` takes, for the one it will make.
 */
export interface WebSocketMultiplayerPeerOptions extends WebSocketServerOptions {
  readonly handshakeTimeout?: number;
}

/**
 * Godot's multiplayer over WebSocket, compatible with Godot games (docs/engine/multiplayer-wire.md#websocketmultiplayerpeer): a
 * server that numbers its clients, or a client of one.
 *
 * ```ts
 * const peer = new WebSocketMultiplayerPeer();
 * peer.createServer(9080);
 * peer.peerConnected.connect((id) => console.log(`${id} has come`));
 * setInterval(() => {
 *   peer.poll();
 *   while (peer.getAvailablePacketCount() > 0) console.log(peer.getPacketPeer(), peer.getPacket());
 * }, 16);
 * ```
 *
 * Properties are those of every `WebSocketPeer` made afterwards. Where the engine has holes, this has none
 * (docs/differences.md).
 */
export class WebSocketMultiplayerPeer extends MultiplayerPeer {
  /**
   * A server could not send a packet to `id`, and the packet is lost: its buffer is full, or the packet is above
   * `outboundBufferSize` and can never be sent (`ERR_OUT_OF_MEMORY`); or it is closing (`FAILED`). `failure` says which. The
   * engine loses such packets silently.
   */
  readonly packetRefused: Signal<[id: number, error: ErrorCode, failure: Failure | null]> = new Signal();

  supportedProtocols: string[];
  handshakeHeaders: string[];
  /** Bytes; see `WebSocketPeer`. Default: 65535. */
  inboundBufferSize: number;
  /** Bytes; see `WebSocketPeer`. Default: 65535. */
  outboundBufferSize: number;
  /** See `WebSocketPeer`. Default: 2048. */
  maxQueuedPackets: number;
  /** Seconds between two Pings, 0 for none; see `WebSocketPeer`. The engine does not pass it on. Default: 0. */
  heartbeatInterval: number;
  /** Seconds; see `WebSocketPeer`. Default: 0, as `heartbeatInterval`. */
  pongTimeLimit: number;
  /** See `WebSocketPeer`; Godot does not know it. Default: null, off. */
  compression: CompressionOptions | boolean | null;
  readonly #options: WebSocketServerOptions;
  #allowedOrigins: AllowedOrigins;
  #handshakeTimeout = 3;
  #link: Link | null = null;
  #server: WebSocketServer | null = null;
  #callFailure: Failure | null = null;

  constructor(options: WebSocketMultiplayerPeerOptions = {}) {
    super();
    const { handshakeTimeout = 3, ...others } = options;
    const model = new WebSocketPeer(peerOptions(others));
    this.supportedProtocols = model.supportedProtocols;
    this.handshakeHeaders = model.handshakeHeaders;
    this.inboundBufferSize = model.inboundBufferSize;
    this.outboundBufferSize = model.outboundBufferSize;
    this.maxQueuedPackets = model.maxQueuedPackets;
    this.heartbeatInterval = model.heartbeatInterval;
    this.pongTimeLimit = model.pongTimeLimit;
    this.compression = model.compression;
    this.#allowedOrigins = others.allowedOrigins ?? '*';
    checkForServer(others);
    this.#options = others;
    this.handshakeTimeout = handshakeTimeout;
  }

  /**
   * Which web pages may connect to a server. Default: `'*'`, all, since games are hosted apart from their servers and the
   * protocol uses no cookies; see `WebSocketServer`. What no browser could send as an origin throws.
   */
  get allowedOrigins(): AllowedOrigins {
    return this.#allowedOrigins;
  }

  set allowedOrigins(allowedOrigins: AllowedOrigins) {
    checkForServer({ allowedOrigins });
    this.#allowedOrigins = allowedOrigins;
  }

  /**
   * Seconds that a connection may take until the client has its id. Above 0. On a client a poll adds at most a quarter of a
   * second, however late it comes. Default: 3.
   */
  get handshakeTimeout(): number {
    return this.#handshakeTimeout;
  }

  set handshakeTimeout(seconds: number) {
    if (!(seconds > 0)) throw new RangeError(`handshakeTimeout is a number of seconds, above 0, not ${seconds}`);
    this.#handshakeTimeout = seconds;
  }

  /**
   * Becomes a server: see `WebSocketServer.listen` for the arguments and the codes. The status is CONNECTED at once, the id
   * 1. `options` are those of a `WebSocketServer`, such as `trustedProxies`, and go before those of the constructor and the
   * properties here. `ERR_ALREADY_IN_USE` also unless DISCONNECTED. In a browser `ERR_UNAVAILABLE`.
   */
  createServer(
    port: number,
    bindAddress: string = '*',
    tlsServerOptions: TLSOptions | null = null,
    options: WebSocketServerOptions = {},
  ): ErrorCode {
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const server = new WebSocketServer({
      ...this.#options,
      ...this.#settings,
      allowedOrigins: this.allowedOrigins,
      handshakeTimeLimit: this.#handshakeTimeout,
      ...options,
    });
    const result = server.listen(port, bindAddress, tlsServerOptions);
    this.#callFailure = server.getLastFailure();
    if (result === ErrorCode.OK) this.#serve(server, true);
    return result;
  }

  /**
   * Becomes the server of all peers that a `WebSocketServer` has from now on, which is polled here. It keeps its own
   * settings, and goes on listening after `close()`. `ERR_ALREADY_IN_USE` unless DISCONNECTED.
   */
  createServerFrom(server: WebSocketServer): ErrorCode {
    if (!(server instanceof WebSocketServer)) throw new TypeError('server is a WebSocketServer');
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.#serve(server, false);
    return ErrorCode.OK;
  }

  /**
   * Becomes a client: see `WebSocketPeer.connectToUrl` for the arguments and the codes. The status is CONNECTING until the
   * server has sent an id, at most for `handshakeTimeout`.
   */
  createClient(url: string, tlsClientOptions: TLSOptions | null = null): ErrorCode {
    return this.#connect((peer) =>
      tlsClientOptions === null ? peer.connectToUrl(url) : peer.connectToUrl(url, tlsClientOptions),
    );
  }

  /** The same on a `WebSocketPeer` that has been told to connect: over a stream, for example. */
  createClientFrom(peer: WebSocketPeer): ErrorCode {
    if (!(peer instanceof WebSocketPeer)) throw new TypeError('peer is a WebSocketPeer');
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.#follow(peer);
    return ErrorCode.OK;
  }

  /** The connection to peer `id`: a client's only one is to 1. Null for an unknown id. */
  getPeer(id: number): WebSocketPeer | null {
    return this.#link?.getPeer(id) ?? null;
  }

  /** The `WebSocketServer` of a server: to take requests (`manualHandshake`) or to count connections. Null unless one. */
  getServer(): WebSocketServer | null {
    return this.#server;
  }

  /** The IP address of peer `id`; behind the server's `trustedProxies`, the client's own. Empty for an unknown one. */
  override getPeerAddress(id: number): string {
    return this.#link?.getAddress(id) ?? '';
  }

  /**
   * The id of a client that has connected: an integer from 2 to 2147483647. Default: by chance. Override it to give a player who
   * comes back the id from before; `client` says who it is, and `disconnectPeer(id, true)` frees an id at once. A taken id is asked for again, at most 8 times; a client whose
   * id is taken for good, or invalid, is closed with 1008, and `getLastFailure()` has `TICKPEER_INVALID_ID`.
   */
  override generateUniqueId(_client?: ConnectingClient): number {
    return super.generateUniqueId();
  }

  /** The port of peer `id`; 0 for an unknown one. */
  getPeerPort(id: number): number {
    return this.getPeer(id)?.getConnectedPort() ?? 0;
  }

  /** The port that a server listens on: which one, after `createServer(0)`. Otherwise 0. */
  getLocalPort(): number {
    return this.#link?.localPort ?? 0;
  }

  /** Why the last call or packet was refused, or the connection failed or ended; null when nothing went wrong. */
  override getLastFailure(): Failure | null {
    return this.#link?.failure ?? this.#callFailure;
  }

  // ---------------------------------------------------------------- MultiplayerPeer

  override getAvailablePacketCount(): number {
    return this.#link?.packetCount ?? 0;
  }

  override getPacketPeer(): number {
    return this.#link?.packetPeer ?? 0;
  }

  /** Reliable, always. */
  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  /** 0, always. */
  override getPacketChannel(): number {
    return 0;
  }

  /** A server accepts every connection that waits. What was not read of a peer that is gone goes with it. */
  override poll(): void {
    this.#link?.poll();
  }

  /** Says goodbye with 1001 (a server) or 1000, and is DISCONNECTED at once. No signals. */
  override close(): void {
    const link = this.#link;
    this.#callFailure = link?.failure ?? null;
    this.#link = null;
    this.#server = null;
    link?.close();
  }

  /** Closes with 1000. The signal follows in the next poll of a server, or when the server has answered; `force`: never. */
  override disconnectPeer(id: number, force: boolean = false): void {
    this.#link?.disconnectPeer(id, force);
  }

  override getConnectionStatus(): ConnectionStatus {
    return this.#link?.status ?? ConnectionStatus.CONNECTION_DISCONNECTED;
  }

  override getUniqueId(): number {
    return this.#link?.uniqueId ?? 0;
  }

  override isServerRelaySupported(): boolean {
    return true;
  }

  override putPacketTo(ids: Iterable<number>, packet: Uint8Array): ErrorCode {
    return this.#connected()?.sendTo(ids, packet) ?? ErrorCode.ERR_UNCONFIGURED;
  }

  /**
   * A server: `ERR_INVALID_PARAMETER` for a target that is not there; the code of the `WebSocketPeer` that did not take it
   * (also `packetRefused`). A client: everything goes to the server. `ERR_UNCONFIGURED` unless CONNECTED.
   */
  protected override sendPacket(packet: Uint8Array): ErrorCode {
    return this.#connected()?.send(packet, this.targetPeer) ?? ErrorCode.ERR_UNCONFIGURED;
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.#link?.takePacket();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  // ---------------------------------------------------------------- the inside

  #connected(): Link | null {
    return this.#link?.status === ConnectionStatus.CONNECTION_CONNECTED ? this.#link : null;
  }

  #isInUse(): boolean {
    if (this.getConnectionStatus() === ConnectionStatus.CONNECTION_DISCONNECTED) return false;
    this.#callFailure = {
      code: 'TICKPEER_ALREADY_IN_USE',
      message: 'the multiplayer peer is in use: close() it first',
    };
    return true;
  }

  get #settings(): WebSocketServerOptions {
    const { supportedProtocols, handshakeHeaders, inboundBufferSize, outboundBufferSize, maxQueuedPackets } = this;
    const { heartbeatInterval, pongTimeLimit, compression } = this;
    const texts = { supportedProtocols, handshakeHeaders };
    const sizes = { inboundBufferSize, outboundBufferSize, maxQueuedPackets };
    return { ...texts, ...sizes, heartbeatInterval, pongTimeLimit, compression };
  }

  #serve(server: WebSocketServer, isOurs: boolean): void {
    this.beginSession();
    this.#server = server;
    this.#link = new ServerLink(server, isOurs, this, {
      onConnected: (id) => this.peerConnected.emit(id),
      onDisconnected: (id, failure) => this.peerDisconnected.emit(id, failure),
      onRefused: (id, error, failure) => this.packetRefused.emit(id, error, failure),
    });
  }

  #connect(begin: (peer: WebSocketPeer) => ErrorCode): ErrorCode {
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const peer = new WebSocketPeer(peerOptions({ ...this.#options, ...this.#settings }));
    const result = begin(peer);
    this.#callFailure = peer.getLastFailure();
    if (result === ErrorCode.OK) this.#follow(peer);
    return result;
  }

  #follow(peer: WebSocketPeer): void {
    const clock = this.#options.clock ?? systemClock;
    this.beginSession();
    this.#link = new ClientLink(peer, this.#handshakeTimeout * 1000, clock, {
      onConnected: (id) => this.peerConnected.emit(id),
      onDisconnected: (id, failure) => this.peerDisconnected.emit(id, failure),
    });
  }
}

/** Throws for options that `createServer` could not use. (In browsers, where there is no server, it does not.) */
function checkForServer(options: WebSocketServerOptions): void {
  new WebSocketServer(options);
}

/** Of a server's options, those of its peers. */
function peerOptions(options: WebSocketServerOptions): WebSocketServerOptions {
  const { path, allowedOrigins, maxConnections, maxPendingHandshakes, backlog, maxWaitingConnections, ...rest } =
    options;
  return rest;
}
