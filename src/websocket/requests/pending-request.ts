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
  /** The client's request: path, query, origin, headers, sub-protocols. */
  readonly request: HandshakeRequest;
  /** The client's peer, still CONNECTING. `takePeer` returns the same one once it is OPEN. */
  readonly peer: WebSocketPeer;
  /** The client's address, behind the trusted proxies if it came through any. */
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

  /** The request's URL, with `ws:` or `wss:`; the host is the one in the request, or `localhost` if no URL can have that. */
  get url(): URL {
    const { host, target } = this.request;
    const { scheme } = this.#opening;
    const origin = `${scheme}://${urlHost(host)}`;
    this.#url ??= new URL(`${URL.canParse(origin) ? origin : `${scheme}://localhost`}${target}`);
    return this.#url;
  }

  /** The request's cookies by name; of several with one name the first (RFC 6265 4.2), also where they came in several lines. Values are not decoded. */
  get cookies(): ReadonlyMap<string, string> {
    this.#cookies ??= parseCookies(this.request.headers.getAll('cookie').join(';'));
    return this.#cookies;
  }

  /** The client's certificate; null without one, and without TLS. */
  get clientCertificate(): X509Certificate | null {
    const stream = this.#opening.carrier;
    return stream instanceof StreamPeerTLS || stream instanceof HTTP2Stream ? stream.getPeerCertificate() : null;
  }

  /** Whether it still waits: false after the decision, after `handshakeTimeLimit`, and when the client has disconnected. */
  get isWaiting(): boolean {
    return this.#opening.askedRequest !== null;
  }

  /**
   * Accepts the client; its peer opens with the next poll. `protocol`: one of the sub-protocols in the request, or null for none;
   * default: its first one that is in `supportedProtocols`. `headers`: lines for this response alone, such as `Set-Cookie: …`.
   *
   * `ERR_UNAVAILABLE`: the request no longer waits. `ERR_INVALID_PARAMETER`: a header or the protocol cannot be sent; it still waits.
   * `FAILED`: the request and `supportedProtocols` have nothing in common, and the client got a 400.
   */
  accept(options: AcceptOptions = {}): ErrorCode {
    return this.#result(this.isWaiting, this.#opening.acceptAsked(options));
  }

  /**
   * Refuses the client with an HTTP status of 200 to 599 (others throw a `RangeError`). A browser tells its page only that connecting
   * failed. Returns as `accept`.
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
