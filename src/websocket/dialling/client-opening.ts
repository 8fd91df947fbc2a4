import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import {
  ClientHandshake,
  type HeadLimits,
  type HttpHeaders,
  hostHeader,
  type ParsedUrl,
} from '../../protocol/index.ts';
import {
  type AddressedStream,
  isAddressed,
  type StreamPeer,
  StreamPeerTLS,
  type TLSOptions,
} from '../../stream/index.ts';
import { extensionsOf } from '../compression/negotiable-extensions.ts';
import { HTTP2ClientStream } from '../http2/http2-client-stream.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import type { HandshakeResponse, Opening, OpeningSession } from '../session/opening.ts';
import type { SessionContext } from '../session/session-context.ts';
import { headLimits } from '../settings/peer-settings.ts';
import type { ClientUrl } from './client-url.ts';
import { redirectedTls } from './redirected-tls.ts';
import { type Hop, Redirects } from './redirects.ts';
import { asciiHost, type DialledRoute, dial, type Route, routeTo, routeWithoutHttp2 } from './route.ts';

/** A route and the handshake to send over it; a redirect makes another one. */
interface Start {
  readonly route: Route;
  readonly handshake: ClientHandshake;
}

/** What to do after a response other than 101: connect again, fail with that response (null), or fail for another reason. */
type Follow = (status: number, headers: HttpHeaders) => Start | Failure | null;

/** A client's opening: reaches the server, begins TLS for `wss`, and sends the request. */
export class ClientOpening implements Opening {
  readonly role = 'client';
  readonly request: null = null;
  readonly clientAddress = '';
  requestedUrl = '';
  response: HandshakeResponse | null = null;
  reachedLimit: keyof HeadLimits | null = null;
  #session!: OpeningSession; // set by `join`, before all else
  #response: HandshakeResponse | null = null;
  #handshake: ClientHandshake | null;
  #route: Route;
  /** Null where redirects are not followed. */
  readonly #follow: Follow | null;
  /** Whether a redirect was followed since the last poll. */
  #wasRedirected = false;

  /** Begins to connect to the host of `url`. */
  static connect(url: ClientUrl, tlsOptions: TLSOptions, context: SessionContext): ClientOpening | Failure {
    const { handshakeHeaders, maxRedirects } = context.settings;
    const hop: Hop = { url, headers: handshakeHeaders };
    const start = ClientOpening.#dial(hop, url.socketPath, tlsOptions, context);
    if (isFailure(start)) return start;
    // A server behind a Unix socket does not decide which other machines are dialled.
    if (maxRedirects === 0 || url.socketPath !== null) return new ClientOpening(start, null);
    const redirects = new Redirects(hop, maxRedirects);
    return new ClientOpening(start, (status, headers) => {
      const next = redirects.follow(status, headers);
      if (next === null || isFailure(next)) return next;
      const tls = redirects.hasLeftOrigin ? redirectedTls(tlsOptions) : tlsOptions;
      const nextStart = ClientOpening.#dial(next, null, tls, context);
      // The program did not give this URL.
      if (!isFailure(nextStart) || nextStart.code !== 'TICKPEER_INVALID_URL') return nextStart;
      return { code: 'TICKPEER_REDIRECT_LOCATION', message: `The server redirects. ${nextStart.message}` };
    });
  }

  /** An opening over a stream that exists already. */
  static over(stream: StreamPeer, url: ParsedUrl, context: SessionContext): ClientOpening | Failure {
    const hop: Hop = { url, headers: context.settings.handshakeHeaders };
    const start = ClientOpening.#make({ kind: 'given', stream }, hop, context);
    return isFailure(start) ? start : new ClientOpening(start, null);
  }

  /** Begins to connect. */
  static #dial(hop: Hop, socketPath: string | null, tlsOptions: TLSOptions, context: SessionContext): Start | Failure {
    const route = routeTo(hop.url, socketPath, tlsOptions, context);
    if (isFailure(route)) return route;
    const start = ClientOpening.#make(route, hop, context);
    if (isFailure(start)) return start;
    return dial(route, context.settings) ?? start;
  }

  static #make(route: Route, { url, headers }: Hop, { settings }: SessionContext): Start | Failure {
    const host = asciiHost(url);
    if (host === '') {
      return { code: 'TICKPEER_INVALID_URL', message: `The host name "${url.host}" cannot be written in ASCII.` };
    }
    const handshake = new ClientHandshake(
      {
        url,
        host: hostHeader(url, host),
        protocols: settings.supportedProtocols,
        headers,
        extensions: extensionsOf(settings.compression),
        limits: headLimits(settings),
      },
      nodePlatform,
    );
    if (handshake.result.state === 'failed') return handshake.result.failure;
    return { route, handshake };
  }

  private constructor({ route, handshake }: Start, follow: Follow | null) {
    this.#route = route;
    this.#handshake = handshake;
    this.#follow = follow;
  }

  join(session: OpeningSession): void {
    this.#session = session;
  }

  /** The stream to start on. */
  get stream(): StreamPeer {
    return this.#route.stream;
  }

  get knownUrl(): string {
    return this.requestedUrl;
  }

  /** The socket below TLS, a tunnel and HTTP/2. */
  get addressedStream(): AddressedStream | null {
    if (this.#route.kind !== 'given') return this.#route.socket;
    const { stream } = this.#session;
    return isAddressed(stream) ? stream : null;
  }

  onStreamOpen(): boolean {
    const route = this.#route;
    const { stream } = this.#session;
    if (route.kind !== 'given' && route.tls !== null && stream === route.stream) {
      this.#beginTls(route, route.tls);
      return false;
    }
    const isTls = route.kind !== 'given' && stream instanceof StreamPeerTLS;
    if (isTls && route.http2 && stream.getAlpnProtocol() === 'h2') {
      this.#beginHttp2(route, stream);
      return false;
    }
    if (this.#handshake !== null) stream.write(this.#handshake.takeRequest());
    return true;
  }

  #beginTls(route: DialledRoute, options: TLSOptions): void {
    const tls = new StreamPeerTLS();
    this.#session.wrapStream(tls);
    const result = tls.connectToStream(route.stream, route.host, options, route.http2 ? HTTP2_FIRST : undefined);
    if (result === ErrorCode.OK) {
      tls.setSink(this.#session);
    } else {
      const failure = tls.getLastFailure();
      this.#session.fail(failure ?? { code: 'TICKPEER_TLS', message: `TLS could not begin: ${ErrorCode[result]}` });
    }
  }

  #beginHttp2(route: DialledRoute, tls: StreamPeerTLS): void {
    const stream = HTTP2ClientStream.over(tls, () => this.#dialAgain(route));
    if (stream === null) {
      this.#session.fail({
        code: 'TICKPEER_CONNECTION_LOST',
        message: 'the other side ended the connection after the TLS handshake',
      });
      return;
    }
    this.#session.wrapStream(stream);
    stream.setSink(this.#session);
  }

  /** The server speaks HTTP/2, but no WebSockets over it: connects again, for HTTP/1.1. */
  #dialAgain(before: DialledRoute): void {
    const route = routeWithoutHttp2(before, this.#session);
    this.#route = route;
    const failure = dial(route, this.#session.settings);
    if (failure === null) this.#session.restart(route.stream);
    else this.#session.fail(failure);
  }

  receive(chunk: Uint8Array): number {
    const handshake = this.#handshake;
    if (handshake === null) return 0;
    const taken = handshake.receive(chunk);
    const { result } = handshake;
    if (result.state === 'accepted') {
      this.#response = { status: result.status, headers: result.headers };
      this.#handshake = null;
      this.#session.open(result.protocol, result.extensions);
    } else if (result.state === 'failed') {
      this.reachedLimit = handshake.reachedLimit;
      const { failure, status, headers } = result;
      const next = status === null || headers === null ? null : (this.#follow?.(status, headers) ?? null);
      if (next !== null && !isFailure(next)) {
        this.#restart(next);
        return taken;
      }
      if (status !== null && headers !== null) this.#response = { status, headers };
      this.#session.observer.tellHandshakeRefused(status, null, next ?? failure);
      this.#session.fail(next ?? failure);
    }
    return taken;
  }

  #restart({ route, handshake }: Start): void {
    this.#route = route;
    this.#handshake = handshake;
    this.#wasRedirected = true;
    // The setting may have changed since the first connection began.
    if (route.kind !== 'given') route.socket.setNoDelay(this.#session.settings.noDelay);
    this.#session.restart(route.stream);
  }

  answerFailure(): boolean {
    return false;
  }

  show(): void {
    this.response = this.#response;
    if (this.#wasRedirected) this.#session.connectedHost = '';
    this.#wasRedirected = false;
  }

  end(): void {}
}

/** What ALPN offers, the preferred one first. */
const HTTP2_FIRST: readonly string[] = ['h2', 'http/1.1'];
