import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { type ParsedUrl, parseUrl, type SharedMessage } from '../../protocol/index.ts';
import {
  StreamPeer,
  StreamPeerTCP,
  StreamPeerTLS,
  type TLSOptions,
  upgradedStream,
  type X509Certificate,
} from '../../stream/index.ts';
import { NOT_A_CONNECT } from '../attach/http-attachment.ts';
import { ClientSession } from '../dialling/client-session.ts';
import { parseClientUrl } from '../dialling/client-url.ts';
import { toTlsOptions } from '../dialling/tls-argument.ts';
import { HTTP2ServedStream } from '../http2/http2-served-stream.ts';
import type { Farewell } from '../session/farewell.ts';
import { type HandshakeOwner, type Refusal, ServerSession } from '../session/server-session.ts';
import { Session } from '../session/session.ts';
import type { SessionContext } from '../session/session-context.ts';
import { checkedClock } from '../settings/option-checks.ts';
import type { PeerProperties, WebSocketPeerOptions } from '../settings/peer-configuration.ts';
import { changed, type PeerSettings } from '../settings/peer-settings.ts';
import { BasePeer } from './base-peer.ts';

/** Who polls a peer, and is told when it wants to be. */
export interface PeerKeeper {
  /** `isInCall`: it was found out inside a call of the user's, not in the event loop. */
  onPeerWake(isInCall: boolean): void;
}

/** What a `WebSocketServer` may do with the peers it makes; not part of the public face. */
export interface PeerInternals {
  /** A peer that is never connected, for `alike`. */
  model(properties: Partial<PeerProperties>, clock: Clock): WebSocketPeer;
  /** A peer with the clock of `model`, and its settings for what comes by `stream`. */
  alike(model: WebSocketPeer, stream: StreamPeer): WebSocketPeer;
  /** `acceptStream`, for an owner that decides on the request. */
  accept(peer: WebSocketPeer, stream: StreamPeer, owner: HandshakeOwner): ErrorCode;
  /** How the stream is being ended; null as long as it is not, and where it was dropped. */
  farewell(peer: WebSocketPeer): Farewell | null;
  /** The session of a client whose request waits for the program; null otherwise. */
  asking(peer: WebSocketPeer): ServerSession | null;
  /** Whoever was given by `setKeeper`. */
  keeper(peer: WebSocketPeer): PeerKeeper | null;
  /** Ends a connection that is still in the handshake, with an HTTP answer if the client can hear one. */
  refuse(peer: WebSocketPeer, refusal: Refusal, failure: Failure): void;
  /** Ends a connection without a word, for a reason that is not the user's. */
  drop(peer: WebSocketPeer, failure: Failure): void;
  setKeeper(peer: WebSocketPeer, keeper: PeerKeeper | null): void;
  /** `poll`, but what was sent leaves when the turn ends: a server may poll several times a turn. */
  poll(peer: WebSocketPeer): void;
  sendShared(peer: WebSocketPeer, message: SharedMessage): ErrorCode;
  /** When a poll is due even if nothing arrives; `Infinity` when never. */
  deadline(peer: WebSocketPeer): number;
}

/**
 * Milliseconds between two Pings of a server's peer over HTTP/2, where the program has not decided otherwise. Node does not end every HTTP/2
 * connection that breaks the protocol, so its streams would stay open for good.
 */
const HTTP2_HEARTBEAT = 30_000;

/** What the peers of a server's model have over HTTP/2, where that differs. */
const settingsOverHttp2 = new WeakMap<WebSocketPeer, PeerSettings>();

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
export class WebSocketPeer extends BasePeer {
  static {
    peerInternals = {
      model: (properties, clock) => {
        const model = new WebSocketPeer({ ...properties, clock });
        if (properties.heartbeatInterval === undefined) {
          settingsOverHttp2.set(model, changed(model.settings, 'heartbeatInterval', HTTP2_HEARTBEAT));
        }
        return model;
      },
      alike: (model, stream) => {
        const peer = new WebSocketPeer({ clock: model.clock });
        const settings = stream instanceof HTTP2ServedStream ? settingsOverHttp2.get(model) : undefined;
        peer.settings = settings ?? model.settings;
        return peer;
      },
      accept: (peer, stream, owner) => peer.#accept(stream, owner),
      farewell: ({ session }) => (session instanceof Session ? session.farewell : null),
      asking: ({ session }) => (session instanceof ServerSession && session.askedRequest !== null ? session : null),
      keeper: (peer) => peer.#keeper,
      refuse: (peer, refusal, failure) => {
        const { session } = peer;
        if (!(session instanceof ServerSession)) return;
        session.refuse(refusal, failure);
        session.drop(failure, true);
      },
      drop: (peer, failure) => peer.session?.drop(failure),
      setKeeper: (peer, keeper) => {
        peer.#keeper = keeper;
      },
      poll: (peer) => BasePeer.prototype.poll.call(peer),
      sendShared: ({ session }, message) =>
        session instanceof Session ? session.sendShared(message) : ErrorCode.FAILED,
      deadline: (peer) => peer.deadline,
    };
  }

  #keeper: PeerKeeper | null = null;

  /** `options` sets the properties of the same names; see each. `clock` is for tests. */
  constructor(options: WebSocketPeerOptions = {}) {
    super(options.clock === undefined ? undefined : checkedClock(options.clock));
    this.configure(options);
  }

  override poll(): void {
    super.poll();
    if (this.session instanceof Session) this.session.flush();
  }

  // ---------------------------------------------------------------- connecting

  /**
   * Begins to connect to a server. `url` is `ws://…` or `wss://…`; without a scheme, `ws://` is meant. Credentials in it
   * become an `Authorization` header. `ws+unix:///path/of.sock:/request/path`, or `wss+unix:`, goes to a Unix socket, past any
   * `proxy`, as a request to `localhost`.
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
    if ('code' in options) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, options);
    return this.#connect(url, parseClientUrl, (parsed) => ClientSession.connect(parsed, options, this.#context));
  }

  /**
   * As `connectToUrl`, over a stream that is there already: a tunnel, a Unix socket, a stream in memory. `url` gives the
   * request its host and path; nothing is resolved, and no TLS is put on top. The stream belongs to the peer from now on.
   * Returns as `connectToUrl`.
   */
  connectToStream(stream: StreamPeer, url: string): ErrorCode {
    if (!(stream instanceof StreamPeer)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM);
    return this.#connect(url, parseUrl, (parsed) => ClientSession.over(stream, parsed, this.#context));
  }

  #connect<Url extends ParsedUrl>(
    url: string,
    parse: (url: string) => Url | Failure,
    begin: (parsed: Url) => ClientSession | Failure,
  ): ErrorCode {
    if (typeof url !== 'string') throw new TypeError('url is a string');
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.reset();
    const parsed = parse(url);
    if ('code' in parsed) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, parsed);
    const session = begin(parsed);
    if ('code' in session) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, session);
    session.requestedUrl = url;
    return this.start(session);
  }

  get #context(): SessionContext {
    return { settings: this.settings, clock: this.clock, peer: this, wake: WebSocketPeer.#wake };
  }

  static #wake(peer: WebSocketPeer, isInCall: boolean): void {
    if (peer.wake(isInCall)) peer.#keeper?.onPeerWake(isInCall);
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

  /**
   * As `acceptStream`, for a program that routes requests itself: takes what the 'upgrade' event of a server of `node:http` or
   * `node:https` brings. Bytes that came with the upgrade are not lost. `ERR_INVALID_PARAMETER` also for a `socket` that is not
   * one of `node:net` or `node:tls`. (`WebSocketServer.attach` does it for a whole server.)
   */
  acceptUpgrade(request: IncomingMessage, socket: Duplex, head: Uint8Array): ErrorCode {
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const stream = upgradedStream(request, socket, head);
    return stream === null ? this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM) : this.acceptStream(stream);
  }

  /**
   * The same for an extended CONNECT (RFC 8441) of a server of `node:http2`, which has to allow it (`enableConnectProtocol`): takes what
   * its 'stream' event brings. `ERR_INVALID_PARAMETER` also for no request for a WebSocket, and one that was answered.
   */
  acceptConnect(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): ErrorCode {
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    const served = HTTP2ServedStream.over(stream, headers);
    return served === null ? this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_CONNECT) : this.acceptStream(served);
  }

  #accept(stream: StreamPeer, owner: HandshakeOwner | null): ErrorCode {
    if (!(stream instanceof StreamPeer)) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, NOT_A_STREAM);
    if (this.isInUse()) return ErrorCode.ERR_ALREADY_IN_USE;
    this.reset();
    if (stream instanceof StreamPeerTCP || stream instanceof StreamPeerTLS) stream.setNoDelay(this.settings.noDelay);
    const session = ServerSession.on(stream, owner, this.#context);
    if ('code' in session) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, session);
    return this.start(session);
  }

  protected override onDeadlineMoved(): void {
    this.#keeper?.onPeerWake(true);
  }
}

const NOT_A_STREAM: Failure = { code: 'TICKPEER_INVALID_STREAM', message: 'what was given is no StreamPeer' };
