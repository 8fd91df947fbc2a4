import { domainToASCII } from 'node:url';
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
  checkTlsOptions,
  isAddressed,
  type StreamPeer,
  StreamPeerTCP,
  StreamPeerTLS,
  StreamPeerUDS,
  type TLSOptions,
} from '../../stream/index.ts';
import { extensionsOf } from '../compression/offered-extensions.ts';
import { HTTP2ClientStream } from '../http2/http2-client-stream.ts';
import { nodePlatform } from '../platform/node-platform.ts';
import type { HandshakeResponse, Opening, OpeningSession } from '../session/opening.ts';
import type { SessionContext } from '../session/session-context.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';
import { hostAndPort, type ProxyServer } from '../settings/proxy-options.ts';
import type { ClientUrl } from './client-url.ts';
import { proxyFor } from './proxy-environment.ts';
import { ProxyTunnel, type TunnelOptions } from './proxy-tunnel.ts';
import { redirectedTls } from './redirected-tls.ts';
import { type Hop, Redirects } from './redirects.ts';

/** Where a client gets its stream from: an address to dial, with TLS on top or without; or a stream that is there. */
type Way = DialledWay | { readonly stream: StreamPeer };

interface DialledWay {
  /** What is dialled: the second for a Unix socket. */
  readonly tcp: StreamPeerTCP | StreamPeerUDS;
  /** Of the Unix socket; null for none. */
  readonly socketPath: string | null;
  /** Whom `tcp` calls. Null: the server itself. */
  readonly proxy: ProxyServer | null;
  /** What leads to the server, before TLS: `tcp`, or the tunnel through the proxy on top of it. */
  readonly stream: StreamPeer;
  readonly host: string;
  readonly port: number;
  readonly tls: TLSOptions | null;
  /** HTTP/2 is offered, if there is TLS. */
  readonly http2: boolean;
}

/** What a client does first, and after a redirect again. */
interface Start {
  readonly way: Way;
  readonly handshake: ClientHandshake;
}

/** Where an answer that is not 101 leads: on, nowhere (null), or nowhere for a reason of its own. */
type Follow = (status: number, headers: HttpHeaders) => Start | Failure | null;

/** The client's side: reaches the server, puts TLS on top for `wss`, and asks for the upgrade. */
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
  #way: Way;
  /** Null: redirects are answers like all others. */
  readonly #follow: Follow | null;
  /** Since the last poll. */
  #wasRedirected = false;

  /** A session to the host of `url`, to be started; or why there can be none. */
  static connect(url: ClientUrl, tlsOptions: TLSOptions, context: SessionContext): ClientOpening | Failure {
    const { handshakeHeaders, maxRedirects } = context.settings;
    const hop: Hop = { url, headers: handshakeHeaders };
    const start = ClientOpening.#dial(hop, url.socketPath, tlsOptions, context);
    if (isFailure(start)) return start;
    // What lies behind a Unix socket does not say which other machines to call.
    if (maxRedirects === 0 || url.socketPath !== null) return new ClientOpening(start, null);
    const redirects = new Redirects(hop, maxRedirects);
    return new ClientOpening(start, (status, headers) => {
      const next = redirects.follow(status, headers);
      if (next === null || isFailure(next)) return next;
      const tls = redirects.hasLeftOrigin ? redirectedTls(tlsOptions) : tlsOptions;
      const nextStart = ClientOpening.#dial(next, null, tls, context);
      // It was not the program that gave this URL.
      if (!isFailure(nextStart) || nextStart.code !== 'TICKPEER_INVALID_URL') return nextStart;
      return { code: 'TICKPEER_REDIRECT_LOCATION', message: `The server redirects. ${nextStart.message}` };
    });
  }

  /** The same over a stream that is there already. */
  static over(stream: StreamPeer, url: ParsedUrl, context: SessionContext): ClientOpening | Failure {
    const hop: Hop = { url, headers: context.settings.handshakeHeaders };
    const start = ClientOpening.#make({ stream }, hop, asciiHost(url), context);
    return isFailure(start) ? start : new ClientOpening(start, null);
  }

  /** Begins to connect. */
  static #dial(hop: Hop, socketPath: string | null, tlsOptions: TLSOptions, context: SessionContext): Start | Failure {
    const { url } = hop;
    const host = asciiHost(url);
    const proxy = socketPath === null ? proxyFor({ ...url, host }, context.settings.proxy) : null;
    if (isFailure(proxy)) return proxy;
    const tls = url.secure ? tlsOptions : null;
    // Only a certificate of its own can be wrong in itself.
    const wrong = tls?.getExtraOptions().certificate === undefined ? null : checkTlsOptions(tls);
    if (wrong !== null) return wrong;
    const { http2 } = context.settings;
    const way = dialledWay({ socketPath, proxy, host, port: url.port, tls, http2 }, context);
    const start = ClientOpening.#make(way, hop, host, context);
    if (isFailure(start)) return start;
    return ClientOpening.#call(way, context.settings) ?? start;
  }

  static #make(way: Way, { url, headers }: Hop, host: string, { settings }: SessionContext): Start | Failure {
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
    return { way, handshake };
  }

  /** Calls the server, or the proxy. */
  static #call(way: DialledWay, settings: PeerSettings): Failure | null {
    if (way.tcp instanceof StreamPeerUDS) {
      if (way.tcp.connectToHost(way.socketPath ?? '') === ErrorCode.OK) return null;
      const problem = way.tcp.getLastFailure()?.message ?? 'its socket is in use';
      return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: ${problem}` };
    }
    way.tcp.connectTimeLimit = settings.connectTimeLimit / 1000;
    way.tcp.setNoDelay(settings.noDelay);
    const { host, port } = way.proxy ?? way;
    if (way.tcp.connectToHost(host, port) === ErrorCode.OK) return null;
    if (way.proxy !== null) {
      return { code: 'TICKPEER_INVALID_PROXY', message: `The proxy ${hostAndPort(way.proxy)} is not a host.` };
    }
    return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: "${way.host}" is not a host.` };
  }

  private constructor({ way, handshake }: Start, follow: Follow | null) {
    this.#way = way;
    this.#handshake = handshake;
    this.#follow = follow;
  }

  join(session: OpeningSession): void {
    this.#session = session;
  }

  /** The stream to start on. */
  get stream(): StreamPeer {
    return this.#way.stream;
  }

  get knownUrl(): string {
    return this.requestedUrl;
  }

  /** It lies below all else: TLS, a tunnel, HTTP/2. */
  get addressedStream(): AddressedStream | null {
    if ('tcp' in this.#way) return this.#way.tcp;
    const { stream } = this.#session;
    return isAddressed(stream) ? stream : null;
  }

  begin(): boolean {
    const way = this.#way;
    const { stream } = this.#session;
    if ('tcp' in way && way.tls !== null && stream === way.stream) {
      this.#beginTls(way, way.tls);
      return false;
    }
    if ('tcp' in way && way.http2 && stream instanceof StreamPeerTLS && stream.getAlpnProtocol() === 'h2') {
      this.#beginHttp2(way, stream);
      return false;
    }
    if (this.#handshake !== null) stream.write(this.#handshake.takeRequest());
    return true;
  }

  #beginTls(way: DialledWay, options: TLSOptions): void {
    const tls = new StreamPeerTLS();
    this.#session.wrapStream(tls);
    const result = tls.connectToStream(way.stream, way.host, options, way.http2 ? HTTP2_FIRST : undefined);
    if (result === ErrorCode.OK) {
      tls.setSink(this.#session);
    } else {
      const failure = tls.getLastFailure();
      this.#session.fail(failure ?? { code: 'TICKPEER_TLS', message: `TLS could not begin: ${ErrorCode[result]}` });
    }
  }

  #beginHttp2(way: DialledWay, tls: StreamPeerTLS): void {
    const stream = HTTP2ClientStream.over(tls, () => this.#dialAgain(way));
    if (stream === null) {
      this.#session.fail({
        code: 'TICKPEER_CONNECTION_LOST',
        message: 'the other side hung up after the TLS handshake',
      });
      return;
    }
    this.#session.wrapStream(stream);
    stream.setSink(this.#session);
  }

  /** The server knows HTTP/2, but no WebSockets on it: for HTTP/1.1. */
  #dialAgain(before: DialledWay): void {
    const way = dialledWay({ ...before, http2: false }, this.#session);
    this.#way = way;
    const failure = ClientOpening.#call(way, this.#session.settings);
    if (failure === null) this.#session.restart(way.stream);
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

  #restart({ way, handshake }: Start): void {
    this.#way = way;
    this.#handshake = handshake;
    this.#wasRedirected = true;
    // It may have changed since.
    if ('tcp' in way) way.tcp.setNoDelay(this.#session.settings.noDelay);
    this.#session.restart(way.stream);
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

/** What is offered by ALPN, the best first. */
const HTTP2_FIRST: readonly string[] = ['h2', 'http/1.1'];

/** What a way lives by. */
type WayContext = Pick<SessionContext, 'settings' | 'clock'>;

function dialledWay(to: Omit<DialledWay, 'tcp' | 'stream'>, context: WayContext): DialledWay {
  const { socketPath, proxy, host, port, tls, http2 } = to;
  const tcp = socketPath === null ? new StreamPeerTCP(context.clock) : new StreamPeerUDS();
  const stream = proxy === null ? tcp : new ProxyTunnel(tcp, tunnelOptions(proxy, { host, port }, context));
  return { tcp, socketPath, proxy, stream, host, port, tls, http2 };
}

function tunnelOptions(
  proxy: ProxyServer,
  target: TunnelOptions['target'],
  { settings, clock }: WayContext,
): TunnelOptions {
  return { proxy, target, limits: headLimits(settings), timeLimit: settings.connectTimeLimit, clock };
}

function headLimits({ maxHandshakeSize, maxHandshakeHeaders }: PeerSettings): HeadLimits {
  return { maxHeadSize: maxHandshakeSize, maxHeaders: maxHandshakeHeaders };
}

/** The host as DNS, TLS and the `Host` header need it; empty when there is no such form. */
function asciiHost(url: ParsedUrl): string {
  return /^[\x20-\x7e]*$/.test(url.host) ? url.host : domainToASCII(url.host);
}
