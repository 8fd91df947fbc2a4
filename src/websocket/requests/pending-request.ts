import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { type AcceptOptions, type HandshakeRequest, parseCookies, type RefuseOptions } from '../../protocol/index.ts';
import { HTTP2Stream, StreamPeerTLS, type X509Certificate } from '../../stream/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { urlHost } from '../platform/url-host.ts';
import type { ServerOpening } from '../session/server-opening.ts';

/**
 * A client that waits for the program's decision: `WebSocketServer.takeRequest`, with `manualHandshake` on. It waits until
 * `accept`, `reject` or the end of `handshakeTimeLimit`, over as many polls as that takes.
 */
export class PendingRequest {
  /** What the client sent: path, query, origin, headers, the sub-protocols it asks for. */
  readonly request: HandshakeRequest;
  /** The peer that the client is to have; CONNECTING as yet. `takePeer` hands out the same one, once it is open. */
  readonly peer: WebSocketPeer;
  /** Where the client is; behind the trusted proxies, if it came through any. */
  readonly clientAddress: string;
  readonly #opening: ServerOpening;
  #url: URL | null = null;
  #cookies: ReadonlyMap<string, string> | null = null;
  #failure: Failure | null = null;

  /** @internal */
  constructor(request: HandshakeRequest, peer: WebSocketPeer, clientAddress: string, opening: ServerOpening) {
    this.request = request;
    this.peer = peer;
    this.clientAddress = clientAddress;
    this.#opening = opening;
  }

  /** The request's URL, with `ws:` or `wss:`; the host is the one that the client named, `localhost` if no URL can have it. */
  get url(): URL {
    const { host, target } = this.request;
    const { scheme } = this.#opening;
    const origin = `${scheme}://${urlHost(host)}`;
    this.#url ??= new URL(`${URL.canParse(origin) ? origin : `${scheme}://localhost`}${target}`);
    return this.#url;
  }

  /** The cookies sent along, by name; of several with one name the first (RFC 6265 4.2). Values are not decoded. */
  get cookies(): ReadonlyMap<string, string> {
    this.#cookies ??= parseCookies(this.request.headers.get('cookie') ?? '');
    return this.#cookies;
  }

  /** The certificate that the client showed; null without one, and without TLS. */
  get clientCertificate(): X509Certificate | null {
    const stream = this.#opening.carrier;
    return stream instanceof StreamPeerTLS || stream instanceof HTTP2Stream ? stream.getPeerCertificate() : null;
  }

  /** Whether it still waits: false once it was decided, its time was up or the client has gone. */
  get isWaiting(): boolean {
    return this.#opening.askedRequest !== null;
  }

  /**
   * Lets the client in; its peer opens with the next poll. `protocol`: one of those that it asked for, or null for none;
   * default: its first one that is in `supportedProtocols`. `headers`: lines for this answer alone, such as `Set-Cookie: …`.
   *
   * `ERR_UNAVAILABLE`: it no longer waits. `ERR_INVALID_PARAMETER`: a header or the protocol cannot be sent; it still waits.
   * `FAILED`: the client and `supportedProtocols` have nothing in common, and it was refused with 400.
   */
  accept(options: AcceptOptions = {}): ErrorCode {
    return this.#result(this.isWaiting, this.#opening.acceptAsked(options));
  }

  /**
   * Turns the client away with an HTTP status of 200 to 599 (others throw a `RangeError`); browsers show a page no more than
   * that it failed. Returns as `accept`.
   */
  reject(status: number, options: RefuseOptions = {}): ErrorCode {
    return this.#result(this.isWaiting, this.#opening.rejectAsked(status, options));
  }

  /** Why `accept` or `reject` failed; null when it did not. */
  getLastFailure(): Failure | null {
    return this.#failure;
  }

  #result(wasWaiting: boolean, failure: Failure | null): ErrorCode {
    this.#failure = failure;
    if (failure === null) return ErrorCode.OK;
    if (!wasWaiting) return ErrorCode.ERR_UNAVAILABLE;
    return this.isWaiting ? ErrorCode.ERR_INVALID_PARAMETER : ErrorCode.FAILED;
  }
}
