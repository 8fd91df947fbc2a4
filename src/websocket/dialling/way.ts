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
export type Way = DialledWay | GivenWay;

export interface GivenWay {
  readonly kind: 'given';
  readonly stream: StreamPeer;
}

export type DialledWay = TcpWay | UnixWay;

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

export interface TcpWay extends DialledParts {
  readonly kind: 'tcp';
  readonly socket: StreamPeerTCP;
  /** Null: the socket leads to the server itself. */
  readonly proxy: ProxyServer | null;
}

export interface UnixWay extends DialledParts {
  readonly kind: 'unix';
  readonly socket: StreamPeerUDS;
  readonly path: string;
}

interface WayContext {
  readonly settings: PeerSettings;
  readonly clock: Clock;
}

/**
 * The way to the host of `url`, or to a Unix socket at `socketPath`, to be dialled. `tlsOptions` are used for `wss` only. Fails
 * where the proxy's settings or the client's certificate cannot be used.
 */
export function wayTo(
  url: ParsedUrl,
  socketPath: string | null,
  tlsOptions: TLSOptions,
  context: WayContext,
): DialledWay | Failure {
  const host = asciiHost(url);
  const proxy = socketPath === null ? proxyFor({ ...url, host }, context.settings.proxy) : null;
  if (isFailure(proxy)) return proxy;
  const tls = url.secure ? tlsOptions : null;
  // Only options with a certificate of the client's own can be wrong before the server is known.
  const wrong = tls?.getExtraOptions().certificate === undefined ? null : checkTlsOptions(tls);
  if (wrong !== null) return wrong;
  const { port } = url;
  const parts = { host, port, tls, http2: context.settings.http2 };
  return socketPath === null ? tcpWay(proxy, parts, context) : unixWay(socketPath, parts);
}

/** The same way with new sockets, and without HTTP/2. */
export function wayWithoutHttp2(way: DialledWay, context: WayContext): DialledWay {
  const { host, port, tls } = way;
  const parts = { host, port, tls, http2: false };
  return way.kind === 'tcp' ? tcpWay(way.proxy, parts, context) : unixWay(way.path, parts);
}

/** Begins to connect. Returns why that cannot be, or null. */
export function dial(way: DialledWay, settings: PeerSettings): Failure | null {
  if (way.kind === 'unix') {
    if (way.socket.connectToHost(way.path) === ErrorCode.OK) return null;
    return unusableUrl(way.socket.getLastFailure()?.message ?? 'its socket is in use');
  }
  way.socket.connectTimeLimit = settings.connectTimeLimit / 1000;
  way.socket.setNoDelay(settings.noDelay);
  const { host, port } = way.proxy ?? way;
  if (way.socket.connectToHost(host, port) === ErrorCode.OK) return null;
  if (way.proxy === null) return unusableUrl(`"${way.host}" is not a host.`);
  return { code: 'TICKPEER_INVALID_PROXY', message: `The proxy ${hostAndPort(way.proxy)} is not a host.` };
}

/** The host as DNS, TLS and the `Host` header need it; empty when it has no such form. */
export function asciiHost(url: ParsedUrl): string {
  return /^[\x20-\x7e]*$/.test(url.host) ? url.host : domainToASCII(url.host);
}

type Parts = Omit<DialledParts, 'stream'>;

function tcpWay(proxy: ProxyServer | null, parts: Parts, { settings, clock }: WayContext): TcpWay {
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

function unixWay(path: string, parts: Parts): UnixWay {
  const socket = new StreamPeerUDS();
  return { kind: 'unix', socket, path, stream: socket, ...parts };
}

function unusableUrl(problem: string): Failure {
  return { code: 'TICKPEER_INVALID_URL', message: `The URL cannot be used: ${problem}` };
}
