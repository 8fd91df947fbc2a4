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
import { type ClientEvents, ClientLink } from './client-link.ts';
import { type ClientLinkParts, dialClient, peerOptions, settingsOf, withToken } from './client-links.ts';
import type { ConnectingClient } from './connecting-client.ts';
import type { Link } from './link.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';
import { checkReconnectOptions, type ReconnectOptions } from './reconnect-options.ts';
import { endingCodeOf } from './return-desk.ts';
import { ServedClients } from './served-clients.ts';
import { ServerLink } from './server-link.ts';

/**
 * Options of a `WebSocketMultiplayerPeer`: its properties by the same names, and the other options of the `WebSocketServer`
 * (its caps, its path) or `WebSocketPeer` that it will make.
 */
export interface WebSocketMultiplayerPeerOptions extends WebSocketServerOptions {
  readonly handshakeTimeout?: number;
  /** Whether a client connects again by itself when its connection was cut; see `ReconnectOptions`. Default: false. */
  readonly reconnect?: boolean | ReconnectOptions;
}

/**
 * Godot's multiplayer over WebSocket, compatible with Godot games
 * (docs/engine/multiplayer-wire.md#websocketmultiplayerpeer). It is a server that gives each client an id, or a client of
 * such a server.
 *
 * ```ts
 * const peer = new WebSocketMultiplayerPeer();
 * peer.createServer(9080);
 * peer.peerConnected.connect((id) => console.log(`${id} has connected`));
 * setInterval(() => {
 *   peer.poll();
 *   while (peer.getAvailablePacketCount() > 0) console.log(peer.getPacketPeer(), peer.getPacket());
 * }, 16);
 * ```
 *
 * A property applies to every `WebSocketPeer` that is made after it was set. docs/differences.md lists what differs from the
 * engine.
 */
export class WebSocketMultiplayerPeer extends MultiplayerPeer {
  /**
   * A server could not send a packet to `id`, and the packet is lost. `ERR_OUT_OF_MEMORY`: the send buffer is full, or the
   * packet is larger than `outboundBufferSize` and can never be sent. `FAILED`: the connection is closing. `failure` says
   * which. The engine loses such packets silently.
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
  /**
   * Seconds between two Pings, 0 for none; see `WebSocketPeer`. The engine does not apply it to the peers that it makes.
   * Default: 0.
   */
  heartbeatInterval: number;
  /** Seconds, 0 for those of `heartbeatInterval`; see `WebSocketPeer`. Default: 0. */
  pongTimeLimit: number;
  /** See `WebSocketPeer`. Godot does not support it. Default: null, off. */
  compression: CompressionOptions | boolean | null;
  /**
   * The token of the server by which a client comes back as the same player (docs/returning.md): `createClient`, and connecting again, put it into
   * the URL as `?token=…`. It is cleared when the server says that it is not valid. Default: empty.
   */
  returnToken = '';
  readonly #reconnect: Required<ReconnectOptions> | null;
  readonly #options: WebSocketServerOptions;
  #allowedOrigins: AllowedOrigins;
  #handshakeTimeout = 3;
  #link: Link | null = null;
  #server: WebSocketServer | null = null;
  #callFailure: Failure | null = null;

  constructor(options: WebSocketMultiplayerPeerOptions = {}) {
    super();
    const { handshakeTimeout = 3, reconnect = false, ...others } = options;
    this.#reconnect = checkReconnectOptions(reconnect);
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
   * The origins of the web pages that may connect to a server; see `WebSocketServer`. Default: `'*'`, all, because games are
   * hosted apart from their servers and the protocol uses no cookies. Throws for a text that no browser sends as an origin.
   */
  get allowedOrigins(): AllowedOrigins {
    return this.#allowedOrigins;
  }

  set allowedOrigins(allowedOrigins: AllowedOrigins) {
    checkForServer({ allowedOrigins });
    this.#allowedOrigins = allowedOrigins;
  }

  /**
   * Seconds until the client must have its id. Above 0. On a client, each poll adds at most a quarter of a second to the
   * measured time. Default: 3.
   */
  get handshakeTimeout(): number {
    return this.#handshakeTimeout;
  }

  set handshakeTimeout(seconds: number) {
    if (!(seconds > 0)) throw new RangeError(`handshakeTimeout is a number of seconds, above 0, not ${seconds}`);
    this.#handshakeTimeout = seconds;
  }

  /**
   * Starts a server; see `WebSocketServer.listen` for the arguments and the codes. The status is CONNECTED at once, and the
   * id is 1. `options` are those of a `WebSocketServer`, such as `trustedProxies`; they override the options of the
   * constructor and the properties. Returns `ERR_ALREADY_IN_USE` also when the status is not DISCONNECTED, and
   * `ERR_UNAVAILABLE` in a browser.
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
      ...settingsOf(this),
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
   * Starts a server on an existing `WebSocketServer`: `poll()` polls it and takes all peers that it has accepted. It keeps
   * its own settings, and keeps listening after `close()`. Returns `ERR_ALREADY_IN_USE` when the status is not DISCONNECTED.
   */
  createServerFrom(server: WebSocketServer): ErrorCode {
    if (!(server instanceof WebSocketServer)) throw new TypeError('server is a WebSocketServer');
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.#serve(server, false);
    return ErrorCode.OK;
  }

  /**
   * Connects to a server; see `WebSocketPeer.connectToUrl` for the arguments and the codes. The status is CONNECTING until
   * the server has sent an id, for at most `handshakeTimeout`. With `reconnect`, it is CONNECTING again after the connection was cut.
   */
  createClient(url: string, tlsClientOptions: TLSOptions | null = null): ErrorCode {
    return this.#connect((peer) => {
      const target = withToken(url, this.returnToken);
      return tlsClientOptions === null ? peer.connectToUrl(target) : peer.connectToUrl(target, tlsClientOptions);
    });
  }

  /** As `createClient`, on a `WebSocketPeer` that has already begun to connect, for example over a stream. */
  createClientFrom(peer: WebSocketPeer): ErrorCode {
    if (!(peer instanceof WebSocketPeer)) throw new TypeError('peer is a WebSocketPeer');
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const { timeLimit, clock, events } = this.#clientParts;
    this.#follow(new ClientLink(peer, timeLimit, clock, events));
    return ErrorCode.OK;
  }

  /** The connection to peer `id`; null for an unknown id. A client is connected to peer 1 only. */
  getPeer(id: number): WebSocketPeer | null {
    return this.#link?.getPeer(id) ?? null;
  }

  /** The id of the peer at the other end of a connection; 0 for none. @internal */
  idOf(peer: WebSocketPeer): number {
    return this.#link?.idOf(peer) ?? 0;
  }

  /**
   * The `WebSocketServer` of a server, to take requests (`manualHandshake`) or to count connections. Null when this is not a
   * server.
   */
  getServer(): WebSocketServer | null {
    return this.#server;
  }

  /**
   * The IP address of peer `id`; behind the server's `trustedProxies`, the address of the client. Empty for an unknown id.
   */
  override getPeerAddress(id: number): string {
    return this.#link?.getAddress(id) ?? '';
  }

  override canEverSend(id: number, size: number): boolean {
    const limit = this.getPeer(id)?.outboundBufferSize ?? 0;
    return limit <= 0 || size <= limit;
  }

  override disconnectWith(id: number, code: number, reason: string): void {
    this.getPeer(id)?.close(code, reason);
  }

  override getPeerCloseCode(id: number): number {
    return endingCodeOf(this.getPeer(id));
  }

  override getOutboundBacklog(id: number): number {
    return this.#link?.getPeer(id)?.backlog ?? 0;
  }

  /**
   * Returns the id for a client that has connected: an integer from 2 to 2147483647. Default: a random one. Override it to
   * give a returning player the same id as before: `client` identifies the player, and `disconnectPeer(id, true)` frees an
   * id at once. It is called again when the id is taken, at most 8 times in all. A client without a free and valid id is
   * closed with 1008, and `getLastFailure()` returns `TICKPEER_INVALID_ID`.
   */
  override generateUniqueId(_client?: ConnectingClient): number {
    return super.generateUniqueId();
  }

  /** The port of peer `id`; 0 for an unknown id. */
  getPeerPort(id: number): number {
    return this.getPeer(id)?.getConnectedPort() ?? 0;
  }

  /** The port that a server listens on; after `createServer(0)`, the port that was chosen. Otherwise 0. */
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

  /** Always reliable. */
  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  /** Always 0. */
  override getPacketChannel(): number {
    return 0;
  }

  /** A server accepts all waiting connections. Unread packets of a disconnected peer are dropped. */
  override poll(): void {
    this.#link?.poll();
  }

  /**
   * Closes all connections, a server with 1001 and a client with 1000. The status is DISCONNECTED at once. Emits no signals.
   */
  override close(): void {
    const link = this.#link;
    this.#callFailure = link?.failure ?? null;
    this.#link = null;
    this.#server = null;
    link?.close();
  }

  /**
   * Closes the connection to `id` with 1000. A server emits the signal in its next poll, a client once the server has
   * closed, too. With `force` no signal is emitted.
   */
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

  override putPacketTo(ids: Iterable<number>, packet: Uint8Array, refused: number[] | null = null): ErrorCode {
    return this.#connected()?.sendTo(ids, packet, refused) ?? ErrorCode.ERR_UNCONFIGURED;
  }

  /**
   * A server returns `ERR_INVALID_PARAMETER` for an unknown target, or the code of the `WebSocketPeer` that did not send the
   * packet (also `packetRefused`). A client sends every packet to the server. `ERR_UNCONFIGURED` when the status is not
   * CONNECTED.
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

  get #events(): ClientEvents {
    return {
      onConnected: (id) => this.peerConnected.emit(id),
      onDisconnected: (id, failure) => this.peerDisconnected.emit(id, failure),
    };
  }

  #serve(server: WebSocketServer, isOurs: boolean): void {
    this.beginSession();
    this.#server = server;
    this.#link = new ServerLink(new ServedClients(server, isOurs, this), {
      ...this.#events,
      onRefused: (id, error, failure) => this.packetRefused.emit(id, error, failure),
    });
  }

  #connect(begin: (peer: WebSocketPeer) => ErrorCode): ErrorCode {
    if (this.#isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const link = dialClient(this.#clientParts, begin);
    if (!('status' in link)) {
      [, this.#callFailure] = link;
      return link[0];
    }
    this.#callFailure = null;
    this.#follow(link);
    return ErrorCode.OK;
  }

  get #clientParts(): ClientLinkParts {
    return {
      timeLimit: this.#handshakeTimeout * 1000,
      clock: this.#options.clock ?? systemClock,
      reconnect: this.#reconnect,
      events: this.#events,
      newPeer: () => new WebSocketPeer(peerOptions({ ...this.#options, ...settingsOf(this) })),
      onInvalidToken: () => {
        this.returnToken = '';
      },
    };
  }

  #follow(link: Link): void {
    this.beginSession();
    this.#link = link;
  }
}

/** Throws for options that `createServer` could not use. In browsers, which have no server, it checks nothing. */
function checkForServer(options: WebSocketServerOptions): void {
  new WebSocketServer(options);
}
