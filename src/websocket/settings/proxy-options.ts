import { domainToASCII } from 'node:url';
import { type Failure, isFailure } from '../../failure.ts';
import { parseHeaderLines, parseUrl } from '../../protocol/index.ts';
import { TLSOptions } from '../../stream/index.ts';

/** A proxy, with more than its URL. */
export interface ProxyOptions {
  /** `http://user:password@host:port` or `https://…`. */
  readonly url: string;
  /**
   * Extra headers of the CONNECT request, each one line, `Name: value`. The server does not get them. A `Proxy-Authorization`
   * replaces the one made of the URL's credentials; `Host` is not allowed. Default: none.
   */
  readonly headers?: readonly string[];
  /** How TLS to an `https` proxy is verified: `TLSOptions.client…`. Default: `TLSOptions.client()`. */
  readonly tls?: TLSOptions;
}

/** User and password, percent-decoded. */
export interface ProxyCredentials {
  readonly user: string;
  readonly password: string;
}

/** A proxy in parts. */
export interface ProxyServer {
  /** TLS to the proxy itself. */
  readonly secure: boolean;
  /** In ASCII, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Of its URL; null for none. `dialling/proxy-authorization.ts` makes the header of them. */
  readonly credentials: ProxyCredentials | null;
  /** The program's headers of the CONNECT request; never `Host`. */
  readonly headers: readonly string[];
  /** Null: the default. */
  readonly tls: TLSOptions | null;
}

/**
 * Checks the value of the property `proxy` and returns a copy. A wrong type throws a `TypeError`; a URL or a header that cannot be used
 * throws a `RangeError`. Neither quotes credentials.
 */
export function proxySetting(value: string | ProxyOptions | null): string | ProxyOptions | null {
  if (value === null || value === 'environment') return value;
  const setting = typeof value === 'string' ? value : copyOptions(value);
  const proxy = readProxy(setting);
  if (isFailure(proxy)) throw new RangeError(`proxy: ${proxy.message}`);
  return setting;
}

/** A proxy by its URL or its options. A failure's message is the problem alone, without a full stop. */
export function readProxy(setting: string | ProxyOptions): ProxyServer | Failure {
  const { url, headers = [], tls = null } = typeof setting === 'string' ? { url: setting } : setting;
  const server = parseProxyUrl(url);
  if (isFailure(server)) return server;
  const lines = parseHeaderLines(headers);
  if (isFailure(lines)) return invalid(lines.message);
  if (lines.some(({ name }) => name.toLowerCase() === 'host'))
    return invalid('CONNECT writes the header "Host" itself');
  return { ...server, tls, headers: lines.map(({ name, value }) => `${name}: ${value}`) };
}

/** `host:port` for CONNECT and for messages: with brackets around an IPv6 address, without its zone (RFC 6874 section 3). */
export function hostAndPort({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(':') ? `[${host.replace(/%.*$/, '')}]:${port}` : `${host}:${port}`;
}

type ProxyAddress = Omit<ProxyServer, 'headers' | 'tls'>;

/** Messages quote only text after the last "@": text before it may be a password. */
function parseProxyUrl(text: string): ProxyAddress | Failure {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  const schemeName = scheme?.[1]?.toLowerCase() ?? 'http';
  if (schemeName !== 'http' && schemeName !== 'https')
    return invalidUrl(`its scheme "${schemeName}" is neither "http" nor "https"`);
  const rest = text.slice(scheme?.[0].length ?? 0);
  const end = rest.search(/[/?#]/);
  if (end >= 0 && rest.includes('@', end))
    return invalidUrl('a "/", "?" or "#" before its "@" must be percent-encoded');
  if (end >= 0 && rest.slice(end) !== '/') return invalidUrl('it has a path, a query or a fragment');

  const secure = schemeName === 'https';
  // WebSocket URLs have the same grammar, and the same ports: 80 and 443.
  const parsed = parseUrl(`${secure ? 'wss' : 'ws'}://${end < 0 ? rest : rest.slice(0, end)}`, proxyUrlMessage);
  if (isFailure(parsed)) return invalid(parsed.message);
  const host = domainToASCII(parsed.host) || parsed.host;
  if (!/^[\x21-\x7e]+$/.test(host))
    return invalidUrl(`its host name ${JSON.stringify(host)} cannot be written in ASCII`);
  return { secure, host, port: parsed.port, credentials: parsed.authorization };
}

function invalidUrl(problem: string): Failure {
  return invalid(proxyUrlMessage(problem));
}

function proxyUrlMessage(problem: string): string {
  return `the proxy's URL cannot be used: ${problem}`;
}

function invalid(message: string): Failure {
  return { code: 'TICKPEER_INVALID_PROXY', message };
}

function copyOptions(options: ProxyOptions): ProxyOptions {
  if (typeof options !== 'object') throw new TypeError('proxy is a URL, an object with one, "environment", or null');
  const { url, headers = [], tls } = options;
  if (typeof url !== 'string') throw new TypeError('proxy.url is a string');
  if (!Array.isArray(headers) || !headers.every((line) => typeof line === 'string')) {
    throw new TypeError('proxy.headers is an array of strings');
  }
  if (tls !== undefined && (!(tls instanceof TLSOptions) || tls.isServer())) {
    throw new TypeError('proxy.tls is made by TLSOptions.client() or clientUnsafe()');
  }
  return Object.freeze({ url, headers: Object.freeze([...headers]), ...(tls === undefined ? {} : { tls }) });
}
