import { domainToASCII } from 'node:url';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import type { ParsedUrl } from '../../protocol/index.ts';
import { checkTlsOptions, type StreamPeer, StreamPeerTCP, StreamPeerUDS, type TLSOptions } from '../../stream/index.ts';
import { headLimits, type PeerSettings } from '../settings/peer-settings.ts';
import { hostAndPort, type ProxyServer } from '../settings/proxy-options.ts';
import { proxyFor } from './proxy-environment.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';

/** How a client reaches its server: through a socket that it dials, or over a stream that the program gave it. */
export type Route = DialledRoute | GivenRoute;

export interface GivenRoute {
  readonly kind: 'given';
  readonly stream: StreamPeer;
}

export type DialledRoute = TcpRoute | UnixRoute;

interface DialledParts {
  /** The stream to the server, below TLS: the socket, or a tunnel through a proxy on top of it. */
  readonly stream: StreamPeer;
  /** The server's, in ASCII. */
  readonly host: string;
  readonly port: number;
  /** Null without TLS. */
  readonly tls: TLSOptions | null;
  /** Whether TLS offers HTTP/2. */
  readonly http2: boolean;
}

export interface TcpRoute extends DialledParts {
  readonly kind: 'tcp';
  readonly socket: StreamPeerTCP;
  /** Null: the socket leads to the server itself. */
  readonly proxy: ProxyServer | null;
}

export interface UnixRoute extends DialledParts {
  readonly kind: 'unix';
  readonly socket: StreamPeerUDS;
  readonly path: string;
}

interface RouteContext {
  readonly settings: PeerSettings;
  readonly clock: Clock;
}

/**
 * The route to the host of `url`, or to a Unix socket at `socketPath`, to be dialled. `tlsOptions` are used for `wss` only. Fails
 * where the proxy's settings or the client's certificate cannot be used.
 */
export function routeTo(
  url: ParsedUrl,
  socketPath: string | null,
  tlsOptions: TLSOptions,
  context: RouteContext,
): DialledRoute | Failure {
  const host = asciiHost(url);
  const proxy = socketPath === null ? proxyFor({ ...url, host }, context.settings.proxy) : null;
  if (isFailure(proxy)) return proxy;
  const tls = url.secure ? tlsOptions : null;
  // Only options with a certificate of the client's own can be wrong before the server is known.
  const wrong = tls?.getExtraOptions().certificate === undefined ? null : checkTlsOptions(tls);
  if (wrong !== null) return wrong;
  const { port } = url;
  const parts = { host, port, tls, http2: context.settings.http2 };
  return socketPath === null ? tcpRoute(proxy, parts, context) : unixRoute(socketPath, parts);
}

/** The same route with new sockets, and without HTTP/2. */
export function routeWithoutHttp2(route: DialledRoute, context: RouteContext): DialledRoute {
  const { host, port, tls } = route;
  const parts = { host, port, tls, http2: false };
  return route.kind === 'tcp' ? tcpRoute(route.proxy, parts, context) : unixRoute(route.path, parts);
}

/** Begins to connect. Returns why that cannot be, or null. */
export function dial(route: DialledRoute, settings: PeerSettings): Failure | null {
  if (route.kind === 'unix') {
    if (route.socket.connectToHost(route.path) === ErrorCode.OK) return null;
    return unusableUrl(route.socket.getLastFailure()?.message ?? 'its socket is in use');
  }
  route.socket.connectTimeLimit = settings.connectTimeLimit / 1000;
  route.socket.setNoDelay(settings.noDelay);
  const { host, port } = route.proxy ?? route;
  if (route.socket.connectToHost(host, port) === ErrorCode.OK) return null;
  if (route.proxy === null) return unusableUrl(`"${route.host}" is not a host.`);
  return { code: 'TICKPEER_INVALID_PROXY', message: `The proxy ${hostAndPort(route.proxy)} is not a host.` };
}

/** The host as DNS, TLS and the `Host` header need it; empty when it has no such form. */
export function asciiHost(url: ParsedUrl): string {
  return /^[\x20-\x7e]*$/.test(url.host) ? url.host : domainToASCII(url.host);
}

type Parts = Omit<DialledParts, 'stream'>;

function tcpRoute(proxy: ProxyServer | null, parts: Parts, { settings, clock }: RouteContext): TcpRoute {
  const socket = new StreamPeerTCP(clock);
  if (proxy === null) return { kind: 'tcp', socket, proxy, stream: socket, ...parts };
  const { host, port } = parts;
  const stream = new ProxyTunnel(socket, {
    proxy,
    target: { host, port },
    limits: headLimits(settings),
    timeLimit: settings.connectTimeLimit,
    clock,
  });
  return { kind: 'tcp', socket, proxy, stream, ...parts };
}

function unixRoute(path: string, parts: Parts): UnixRoute {
  const socket = new StreamPeerUDS();
  return { kind: 'unix', socket, path, stream: socket, ...parts };
}

function unusableUrl(problem: string): Failure {
  return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: ${problem}` };
}
