import { type Failure, isFailure } from '../../failure.ts';

/** The parts of a WebSocket URL (RFC 6455 section 3). */
export interface ParsedUrl {
  /** Whether the scheme is `wss`. */
  readonly secure: boolean;
  /**
   * Lower-case, without the brackets of an IPv6 address. It can contain non-ASCII characters: convert it to ASCII (Node:
   * `domainToASCII`) before resolving it and before `hostHeader`.
   */
  readonly host: string;
  /** 1 to 65535; 80 or 443 when the URL names none. */
  readonly port: number;
  /** Path and query for the request line: ASCII, at least `/`. */
  readonly target: string;
  /** The part before `@`, percent-decoded; null when there is none. */
  readonly authorization: UrlCredentials | null;
}

export interface UrlCredentials {
  readonly user: string;
  readonly password: string;
}

/**
 * Parses a WebSocket URL. Returns a `TICKPEER_INVALID_URL` failure for one that cannot be connected to, or that could
 * inject something into the request.
 *
 * The grammar is that of Godot (docs/engine/websocket-peer.md#urls): a missing scheme means `ws://`, the fragment is cut,
 * path and query are not normalised. Beyond it, a query may follow the host directly, credentials become Basic
 * authorization, and spaces and non-ASCII characters of the target are percent-encoded. Messages never quote credentials.
 */
export function parseUrl(text: string): ParsedUrl | Failure;
/** `messageOf` makes the failure's message of the problem. Default: a sentence about "the URL". @internal */
export function parseUrl(text: string, messageOf: (problem: string) => string): ParsedUrl | Failure;
export function parseUrl(text: string, messageOf: (problem: string) => string = urlMessage): ParsedUrl | Failure {
  const url = takeApart(text);
  return isFailure(url) ? { code: url.code, message: messageOf(url.message) } : url;
}

/** `parseUrl`, where a failure's message is the problem alone, and not a sentence. */
function takeApart(text: string): ParsedUrl | Failure {
  if (text === '') return invalid('it is empty');
  const forbidden = findForbidden(text);
  if (forbidden !== null) return invalid(forbidden);

  const scheme = /^([A-Za-z0-9+.-]*):\/\//.exec(text);
  const schemeName = scheme?.[1]?.toLowerCase() ?? 'ws';
  if (schemeName !== 'ws' && schemeName !== 'wss') {
    return invalid(`its scheme "${schemeName}" is neither "ws" nor "wss"`);
  }
  const secure = schemeName === 'wss';

  let rest = text.slice(scheme?.[0].length ?? 0);
  const fragmentStart = rest.indexOf('#');
  if (fragmentStart >= 0) rest = rest.slice(0, fragmentStart); // RFC 6455 3: never sent

  const targetStart = rest.search(/[/?]/);
  const authority = targetStart < 0 ? rest : rest.slice(0, targetStart);
  const target = targetStart < 0 ? '/' : encodeTarget(rest.slice(targetStart));

  const userInfoEnd = authority.lastIndexOf('@');
  const authorization = userInfoEnd < 0 ? null : parseUserInfo(authority.slice(0, userInfoEnd));
  if (isFailure(authorization)) return authorization;

  const address = parseAddress(authority.slice(userInfoEnd + 1), secure);
  if (isFailure(address)) return address;
  return { secure, host: address.host, port: address.port, target, authorization };
}

/**
 * The value of the `Host` header: brackets around an IPv6 address, without the zone (RFC 6874 section 3), and without
 * the scheme's default port (RFC 6455 4.1, step 4). `host` is `url.host` in ASCII.
 */
export function hostHeader(url: ParsedUrl, host: string = url.host): string {
  const name = host.includes(':') ? `[${host.replace(/%.*$/, '')}]` : host;
  return url.port === defaultPort(url.secure) ? name : `${name}:${url.port}`;
}

function defaultPort(secure: boolean): number {
  return secure ? 443 : 80;
}

function urlMessage(problem: string): string {
  return `The URL cannot be used: ${problem}.`;
}

function invalid(problem: string): Failure {
  return { code: 'TICKPEER_INVALID_URL', message: problem };
}

/** Describes the first character that no part of a URL may contain: a control character, or half of a surrogate pair. */
function findForbidden(text: string): string | null {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x20 && unit !== 0x7f) continue;
    return `it has the control character 0x${unit.toString(16).padStart(2, '0')} at position ${i}`;
  }
  const surrogate = text.search(/\p{Surrogate}/u);
  return surrogate < 0 ? null : `it has half of a surrogate pair at position ${surrogate}`;
}

/** Encodes only characters that would break the request line: printable ASCII and `%41` stay unchanged. */
function encodeTarget(text: string): string {
  const encoded = text.replace(/[ \u{80}-\u{10ffff}]+/gu, encodeURIComponent);
  return encoded.startsWith('/') ? encoded : `/${encoded}`;
}

function parseUserInfo(text: string): UrlCredentials | Failure | null {
  if (text === '' || text === ':') return null;
  const colon = text.indexOf(':');
  const user = decodePercent(colon < 0 ? text : text.slice(0, colon));
  const password = decodePercent(colon < 0 ? '' : text.slice(colon + 1));
  if (user === null || password === null) return invalid('the percent-encoding before its "@" is not UTF-8');
  // RFC 7617 section 2: Basic authorization cannot carry either.
  if (user.includes(':')) return invalid('its user name has a ":"');
  if (findForbidden(user + password) !== null) return invalid('it has a control character before its "@"');
  return { user, password };
}

function decodePercent(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function parseAddress(text: string, secure: boolean): Address | Failure {
  let host = text;
  let afterHost = '';
  const bracketed = text.startsWith('[');
  if (bracketed) {
    const end = text.indexOf(']');
    if (end < 0) return invalid('its "[" has no "]"');
    host = text.slice(1, end);
    afterHost = text.slice(end + 1);
    if (afterHost !== '' && !afterHost.startsWith(':')) return invalid('only ":" and a port may follow its "]"');
  } else {
    const colon = text.indexOf(':');
    if (colon >= 0) {
      host = text.slice(0, colon);
      afterHost = text.slice(colon);
    }
    if (afterHost.includes(':', 1))
      return invalid('it has more than one ":"; an IPv6 address needs brackets, as in [::1]');
  }

  if (host === '') return invalid('it names no host');
  const name = bracketed ? parseIPv6(host) : parseName(host);
  if (name === null) return invalid(`${JSON.stringify(host)} is not a host`);

  if (afterHost === '') return { host: name, port: defaultPort(secure) };
  const digits = afterHost.slice(1);
  const port = /^\d+$/.test(digits) ? Number(digits) : 0;
  if (port < 1 || port > 65_535) return invalid(`its port ${JSON.stringify(digits)} is not a number from 1 to 65535`);
  return { host: name, port };
}

/** An address with an optional zone (`fe80::1%25eth0`, RFC 6874). Connecting shows whether it exists. */
function parseIPv6(text: string): string | null {
  const parts = /^([0-9A-Fa-f:.]+)(?:%(?:25)?([A-Za-z0-9._~-]+))?$/.exec(text);
  const address = parts?.[1]?.toLowerCase();
  if (!address?.includes(':')) return null;
  const zone = parts?.[2];
  return zone === undefined ? address : `${address}%${zone}`;
}

function parseName(text: string): string | null {
  // The forbidden host code points of the URL standard, and characters that are not printable.
  return /[\s\u0080-\u009f"#%/:<>?@[\\\]^`{|}]/.test(text) ? null : text.toLowerCase();
}
