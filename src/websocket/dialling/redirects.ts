import { type Failure, isFailure } from '../../failure.ts';
import { type HttpHeaders, hostHeader, type ParsedUrl, parseUrl, quote } from '../../protocol/index.ts';

/** One request of a client. */
export interface Hop {
  readonly url: ParsedUrl;
  /** The lines of `handshakeHeaders` that this server may get. */
  readonly headers: readonly string[];
}

/**
 * Follows a server's redirects (RFC 9110 15.4): 301, 302, 303, 307 and 308 alike, since the request is a GET.
 *
 * `follow` is the only input. A server of another origin (scheme, host, port) gets no credentials and no header for the first server
 * alone; later servers do not get them back (`hasLeftOrigin`, also for the client's certificate). A redirect from `wss` to `ws` is refused.
 */
export class Redirects {
  readonly #most: number;
  #hop: Hop;
  #followed = 0;
  #hasLeftOrigin = false;
  readonly #seen = new Set<string>();

  /** `most`: how many redirects are followed. */
  constructor(first: Hop, most: number) {
    this.#most = most;
    this.#hop = first;
    this.#seen.add(hrefOf(first.url));
  }

  /** Whether any hop so far went to another origin. */
  get hasLeftOrigin(): boolean {
    return this.#hasLeftOrigin;
  }

  /** The next hop after a response that is not 101, or why it is not followed; null where the response is no redirect. */
  follow(status: number, headers: HttpHeaders): Hop | Failure | null {
    if (!STATUSES.includes(status)) return null;
    const { url } = this.#hop;
    const refuse = (code: RedirectFailureCode, problem: string): Failure => {
      return { code, message: `The server at ${hostHeader(url)} answered ${status}, a redirect: ${problem}.` };
    };
    const next = readLocation(headers.getAll('location'), url);
    if (isFailure(next)) return refuse('TICKPEER_REDIRECT_LOCATION', next.message);
    const href = hrefOf(next);
    if (this.#followed >= this.#most) {
      return refuse('TICKPEER_REDIRECT_LIMIT', `maxRedirects, ${this.#most}, were followed, and ${href} is one more`);
    }
    if (url.secure && !next.secure) {
      return refuse('TICKPEER_REDIRECT_INSECURE', `${href} is not secure, other than where it comes from`);
    }
    if (this.#seen.has(href)) return refuse('TICKPEER_REDIRECT_LOOP', `${href} was asked before`);
    this.#seen.add(href);
    this.#followed++;
    const isSame = isSameOrigin(url, next);
    this.#hasLeftOrigin ||= !isSame;
    this.#hop = isSame
      ? { url: { ...next, authorization: url.authorization }, headers: this.#hop.headers }
      : { url: next, headers: this.#hop.headers.filter((line) => !isForOneServer(line)) };
    return this.#hop;
  }
}

type RedirectFailureCode = Extract<Failure['code'], `TICKPEER_REDIRECT_${string}`>;

const STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Headers that are meant for the first server alone. */
const FOR_ONE_SERVER: readonly string[] = ['authorization', 'cookie', 'proxy-authorization', 'host'];

function isForOneServer(line: string): boolean {
  return FOR_ONE_SERVER.includes(line.slice(0, line.indexOf(':')).toLowerCase());
}

/** Reads a `Location` (RFC 9110 10.2.2), which may be relative to the URL of the request. */
function readLocation([location = '', ...others]: readonly string[], from: ParsedUrl): ParsedUrl | Failure {
  if (location === '') return badLocation('it has no Location');
  if (others.length > 0) return badLocation('it has more than one Location');
  // Bytes beyond ASCII were read as Latin-1. They are sent as the same bytes, percent-encoded.
  const text = location.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
  const base = resolve(hrefOf(from));
  const next = base === null ? null : resolve(text, base);
  if (base === null || next === null) return badLocation(`its Location ${quote(location)} is not a URL`);
  // RFC 9110 4.2.4: credentials in a URL from another source are not to be used.
  if (next.username !== '' || next.password !== '') return badLocation('its Location has a user name or a password');
  const secure = next.protocol === 'wss:' || next.protocol === 'https:';
  if (!secure && next.protocol !== 'ws:' && next.protocol !== 'http:') {
    return badLocation(`its Location ${quote(location)} is neither "ws", "wss", "http" nor "https"`);
  }
  const parsed = parseUrl(next.href.replace(/^[a-z]+/, secure ? 'wss' : 'ws'));
  if (isFailure(parsed)) return badLocation(`its Location ${quote(location)}: ${parsed.message}`);
  // The same host keeps the zone of its address, which a Location cannot have.
  return next.hostname === base.hostname ? { ...parsed, host: from.host } : parsed;
}

function badLocation(problem: string): Failure {
  return { code: 'TICKPEER_REDIRECT_LOCATION', message: problem };
}

function resolve(text: string, base?: URL): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

function isSameOrigin(one: ParsedUrl, other: ParsedUrl): boolean {
  return one.secure === other.secure && one.host === other.host && one.port === other.port;
}

/** The URL without credentials. */
function hrefOf(url: ParsedUrl): string {
  return `${url.secure ? 'wss' : 'ws'}://${hostHeader(url)}${url.target}`;
}
