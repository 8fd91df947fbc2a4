import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { type ParsedUrl, parseUrl, type SharedMessage } from '../../protocol/index.ts';
import {
  StreamPeer,
  StreamPeerTCP,
  StreamPeerTLS,
  systemClock,
  type TLSOptions,
  upgradedStream,
  type X509Certificate,
} from '../../stream/index.ts';
import { ClientOpening } from '../dialling/client-opening.ts';
import { parseClientUrl } from '../dialling/client-url.ts';
import { toTlsOptions } from '../dialling/tls-argument.ts';
import { HTTP2ServedStream, NOT_A_CONNECT } from '../http2/http2-served-stream.ts';
import { ServerOpening } from '../session/server-opening.ts';
import type { SessionContext } from '../session/session-context.ts';
import { StreamSession } from '../session/stream-session.ts';
import type { WebSocketPeerOptions } from '../settings/peer-properties.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { setProperties } from '../settings/setting-table.ts';
import { checkedClock } from '../settings/value-checks.ts';
import { BasePeer } from './base-peer.ts';
import { NOT_A_SOCKET, NOT_A_STREAM } from './unusable-stream.ts';

const NO_OPTIONS: WebSocketPeerOptions = {};

/** The server side of a peer that a server polls. */
export interface PeerKeeper {
  /** The peer needs a poll. May come several times between two polls. `isInCall` as in `BasePeer.wake`. */
  onPeerWake(isInCall: boolean): void;
}

/**
 * A WebSocket connection that you poll (RFC 6455): a client after `connectToUrl`, a server's end of a connection after
 * `acceptStream`. It emits no events: call `poll()` regularly, then read its state and packets.
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
 * Names, defaults and meanings are those of Godot's class reference; docs/differences.md lists where this differs from the engine.
 * No method throws for anything that the network or the peer's state can cause: methods return an `ErrorCode`, and
 * `getLastFailure()` has the cause in words. Wrong types and impossible values throw.
 */
export class WebSocketPeer extends BasePeer<StreamSession> {
  #keeper: PeerKeeper | null = null;

  /** `options` sets the properties of the same names; see each. `clock` is for tests. */
  constructor(options: WebSocketPeerOptions = NO_OPTIONS) {
    super(options.clock === undefined ? undefined : checkedClock(options.clock));
    if (options !== NO_OPTIONS) setProperties(this, options);
  }

  /** A peer of a server's, with the server's settings. Calls `keeper` when it needs a poll. @internal */
  static served(clock: Clock, settings: PeerSettings, keeper: PeerKeeper): WebSocketPeer {
    const peer = clock === systemClock ? new WebSocketPeer() : new WebSocketPeer({ clock });
    peer.settings = settings;
    peer.#keeper = keeper;
    return peer;
  }

  /** The server forgets the peer. @internal */
  release(): void {
    this.#keeper = null;
  }

  /** The session of a server's end on `stream`, to be begun with `start`. @internal */
  sessionOn(stream: StreamPeer, opening: ServerOpening): StreamSession {
    if (stream instanceof StreamPeerTCP || stream instanceof StreamPeerTLS) stream.setNoDelay(this.settings.noDelay);
    return new StreamSession(opening, stream, this.#context);
  }

  /** Sends a message that is framed once for many peers. Returns as `send`. @internal */
  sendShared(message: SharedMessage): ErrorCode {
    return this.session?.sendShared(message) ?? ErrorCode.FAILED;
  }

  /** Bytes of earlier turns of the event loop that the system has not taken. @internal */
  get backlog(): number {
    return this.session?.stream.getUnsentBytes() ?? 0;
  }

  /** The code with which this side has closed the connection, whether or not the other side has answered; -1 when it has not. @internal */
  get ownCloseCode(): number {
    return this.session?.ownCloseCode ?? -1;
  }

  /** The session of the present connection, or of the last one, for the inspector. @internal */
  get inspected(): StreamSession | null {
    return this.session;
  }

  override poll(): void {
    this.advance();
    this.session?.flush();
  }

  // ---------------------------------------------------------------- connecting

  /**
   * Begins to connect to a server. `url` is `ws://…` or `wss://…`; without a scheme it is `ws://`. Credentials in it become an
   * `Authorization` header. `ws+unix:///path/of.sock:/request/path`, or `wss+unix:`, connects to a Unix socket, without a `proxy`, with
   * a request to `localhost`.
   *
   * `verifyTls` (default true): false turns certificate validation off. `trustedTlsCertificate` (default null): the only certificate
   * that is accepted. In the place of both, `TLSOptions.client…` has every option.
   *
   * `OK` means that connecting has begun: poll until the state is OPEN, or CLOSED, where `getLastFailure()` has the cause.
   * `ERR_INVALID_PARAMETER`: the URL, a header, a sub-protocol or the TLS options cannot be used. `ERR_ALREADY_IN_USE`: the peer is
   * CONNECTING or OPEN.
   */
  connectToUrl(url: string, verifyTls?: boolean, trustedTlsCertificate?: X509Certificate | null): ErrorCode;
  connectToUrl(url: string, tls: TLSOptions | boolean | null): ErrorCode;
  connectToUrl(
    url: string,
    tls: boolean | TLSOptions | null = true,
    trustedTlsCertificate: X509Certificate | null = null,
  ): ErrorCode {
    const options = toTlsOptions(tls, trustedTlsCertificate);
    if (isFailure(options)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, options);
    return this.#connect(url, parseClientUrl, (parsed) => ClientOpening.connect(parsed, options, this.#context));
  }

  /**
   * As `connectToUrl`, over an existing stream: a tunnel, a Unix socket, a stream in memory. `url` has the request's host and path; no
   * name is resolved, and no TLS begins. The stream belongs to the peer from now on. Returns as `connectToUrl`.
   */
  connectToStream(stream: StreamPeer, url: string): ErrorCode {
    if (!(stream instanceof StreamPeer)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM);
    return this.#connect(url, parseUrl, (parsed) => ClientOpening.over(stream, parsed, this.#context));
  }

  #connect<Url extends ParsedUrl>(
    url: string,
    parse: (url: string) => Url | Failure,
    begin: (parsed: Url) => ClientOpening | Failure,
  ): ErrorCode {
    if (typeof url !== 'string') throw new TypeError('url is a string');
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.reset();
    const parsed = parse(url);
    if (isFailure(parsed)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, parsed);
    const opening = begin(parsed);
    if (isFailure(opening)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, opening);
    opening.requestedUrl = url;
    return this.start(new StreamSession(opening, opening.stream, this.#context));
  }

  get #context(): SessionContext {
    return { settings: this.settings, clock: this.clock, peer: this };
  }

  /** As `BasePeer.wake`, and tells the server that keeps the peer. @internal */
  override wake(isInCall: boolean): void {
    super.wake(isInCall);
    this.#keeper?.onPeerWake(isInCall);
  }

  /**
   * Becomes the server's end of a connection: reads the HTTP request from `stream` and sends the response. `stream` is a
   * `StreamPeerTCP` from `TCPServer.takeConnection`, a `StreamPeerTLS` on top of one, or any other `StreamPeer`. It belongs to the peer
   * from now on.
   *
   * `OK` means that the handshake has begun: poll. `ERR_INVALID_PARAMETER`: not a stream, or a header or sub-protocol of the peer's cannot
   * be used. `ERR_ALREADY_IN_USE`: the peer is CONNECTING or OPEN.
   */
  acceptStream(stream: StreamPeer): ErrorCode {
    if (!(stream instanceof StreamPeer)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM);
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.reset();
    const opening = ServerOpening.with(this.settings, null);
    if (isFailure(opening)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, opening);
    return this.start(this.sessionOn(stream, opening));
  }

  /**
   * As `acceptStream`, for a program that routes requests itself: takes the arguments of an 'upgrade' event of a server of `node:http` or
   * `node:https`. Bytes that came with the upgrade are not lost. `ERR_INVALID_PARAMETER` also for a `socket` that is not
   * one of `node:net` or `node:tls`. (`WebSocketServer.attach` does it for a whole server.)
   */
  acceptUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): ErrorCode {
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const stream = upgradedStream(request, socket, head);
    return stream === null ? this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_SOCKET) : this.acceptStream(stream);
  }

  /**
   * As `acceptUpgrade`, for an extended CONNECT (RFC 8441) of a server of `node:http2`, which has to allow it
   * (`enableConnectProtocol`): takes the arguments of its 'stream' event. `ERR_INVALID_PARAMETER` also where the request is not for a
   * WebSocket, or has a response already.
   */
  acceptConnect(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): ErrorCode {
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const served = HTTP2ServedStream.over(stream, headers);
    return served === null ? this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_CONNECT) : this.acceptStream(served);
  }

  protected override onDeadlineMoved(): void {
    this.#keeper?.onPeerWake(true);
  }
}
