import { type Failure, isFailure } from '../../failure.ts';
import {
  type ExtensionOffer,
  type HeaderLine,
  listHas,
  parseExtensions,
  parseTokenList,
  quote,
} from '../http/header-grammar.ts';
import { type HttpHead, parseHead, parseRequestLine } from '../http/http-head.ts';
import type { HttpHeaders } from '../http/http-headers.ts';
import { isHandshakeKey } from './accept-key.ts';

/** What a client asks for. */
export interface HandshakeRequest {
  readonly method: 'GET';
  /** Path and query, ASCII, at least `/`. Percent-encoding is left as it is. */
  readonly target: string;
  readonly path: string;
  /** What follows the first `?`; empty when there is none. */
  readonly query: string;
  /** As the client sent it, with the port; may be empty. */
  readonly host: string;
  /** Null when there is none: only browsers must send it. The handshake does not check it. */
  readonly origin: string | null;
  readonly headers: HttpHeaders;
  /** Sub-protocols in the client's order of preference. */
  readonly protocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
  readonly key: string;
  readonly version: 13;
}

/** Why a request is refused, and how: an HTTP status, and headers besides the usual ones. */
export interface Refusal extends Failure {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
}

/** Parses the text of a head from which `readRequest` returned a request before (`ServerHandshake.requestText`). */
export function readHandshakeRequest(text: string): HandshakeRequest {
  const head = parseHead(text);
  const request = isFailure(head) ? head : readRequest(head);
  if (isFailure(request)) throw new Error('this is not the head of a request that was found good');
  return request;
}

/** Reads what a client must send (RFC 6455 4.2.1, whose step numbers these are). */
export function readRequest(head: HttpHead): HandshakeRequest | Refusal {
  const { startLine, headers } = head;
  // 1. HTTP/1.1 or higher, GET, and a target that is a resource name.
  const line = parseRequestLine(startLine);
  if (isFailure(line)) return refusal(400, line.code, line.message);
  if (line.version !== '1.1') {
    const hint = 'a proxy in between has to be told to use HTTP/1.1';
    return malformed(505, `A WebSocket handshake needs HTTP/1.1, not HTTP/${line.version}; ${hint}.`);
  }
  // 2. The host; RFC 9112 3.2 wants 400 for a missing or a repeated one, whatever the method.
  const hosts = headers.getAll('host');
  const host = hosts[0];
  if (host === undefined) return badHeader(400, 'The request has no header "Host".');
  if (hosts.length > 1) return badHeader(400, 'The request has more than one header "Host".');
  if (!/^[^\s"#,/<>?@\\]*$/.test(host)) return badHeader(400, `The header "Host" is ${quote(host)}, which is no host.`);
  if (line.method !== 'GET') {
    const message = `A WebSocket handshake needs the method GET, not ${quote(line.method)}.`;
    return malformed(405, message, [{ name: 'Allow', value: 'GET' }]);
  }
  const resource = readTarget(line.target);
  if (resource === null) return malformed(400, `The request's target ${quote(line.target)} is not a path.`);
  const wrong = checkBody(headers) ?? checkUpgrade(headers);
  if (wrong !== null) return wrong;
  // 5. A key of 16 bytes, once.
  const keys = headers.getAll('sec-websocket-key');
  const key = keys[0];
  if (key === undefined) return badHeader(400, 'The request has no header "Sec-WebSocket-Key".');
  if (keys.length > 1) return badHeader(400, 'The request has more than one header "Sec-WebSocket-Key".');
  if (!isHandshakeKey(key)) return badHeader(400, 'The header "Sec-WebSocket-Key" is not 16 bytes in Base64.');
  // 8. Sub-protocols.
  const protocolList = headers.get('sec-websocket-protocol') ?? '';
  const protocols = parseTokenList(protocolList);
  if (protocols === null) {
    return badHeader(
      400,
      `The header "Sec-WebSocket-Protocol" is ${quote(protocolList)}, which is not a list of tokens.`,
    );
  }
  // 9. Extensions; RFC 6455 9.1: fail on bad grammar, even when no extension is supported.
  const extensionList = headers.get('sec-websocket-extensions') ?? '';
  const extensions = parseExtensions(extensionList);
  if (extensions === null) {
    const message = `The header "Sec-WebSocket-Extensions" is ${quote(extensionList)}, which is not a list of extensions.`;
    return refusal(400, 'TICKPEER_HANDSHAKE_EXTENSION', message);
  }
  return {
    method: 'GET',
    target: resource.target,
    path: resource.path,
    query: resource.query,
    host: resource.host ?? host,
    origin: headers.get('origin'), // 7.
    headers,
    protocols,
    extensions,
    key,
    version: 13,
  };
}

/** A handshake has no body. One that announces a body could hide a second request from a proxy. */
function checkBody(headers: HttpHeaders): Refusal | null {
  if (headers.has('transfer-encoding'))
    return badHeader(400, 'A handshake has no body, but "Transfer-Encoding" announces one.');
  if (headers.getAll('content-length').every((length) => /^0+$/.test(length))) return null;
  return badHeader(400, 'A handshake has no body, but "Content-Length" announces one.');
}

/** A status of 426 names what to ask for instead (RFC 9110 15.5.22, RFC 6455 4.4). */
function checkUpgrade(headers: HttpHeaders): Refusal | null {
  const version = { name: 'Sec-WebSocket-Version', value: '13' };
  // 3. and 4.
  if (!listHas(headers.get('upgrade') ?? '', 'websocket')) {
    return badHeader(426, 'This is a WebSocket server: the request needs the header "Upgrade: websocket".', [version]);
  }
  if (!listHas(headers.get('connection') ?? '', 'upgrade')) {
    return badHeader(426, 'This is a WebSocket server: the request needs the header "Connection: Upgrade".', [version]);
  }
  // 6.
  const versions = headers.getAll('sec-websocket-version');
  if (versions.length > 1) return badHeader(400, 'The request has more than one header "Sec-WebSocket-Version".');
  if (versions[0] === '13') return null;
  const got = versions[0] === undefined ? 'none' : quote(versions[0]);
  return badHeader(426, `The request needs the header "Sec-WebSocket-Version: 13"; it has ${got}.`, [version]);
}

/** The resource that a request's target names. */
export interface Resource {
  readonly target: string;
  readonly path: string;
  readonly query: string;
  /** Null unless the target named one. */
  readonly host: string | null;
}

/** Null when `text` is neither a path nor a URL (RFC 9112 3.2). A URL's host replaces the header's (3.2.2). */
export function readTarget(text: string): Resource | null {
  const absolute = /^(?:https?|wss?):\/\/([^"#,/<>?@\\]+)(?=[/?]|$)/i.exec(text);
  const rest = text.slice(absolute?.[0].length ?? 0);
  const target = absolute !== null && !rest.startsWith('/') ? `/${rest}` : rest;
  if (!target.startsWith('/') || target.includes('#')) return null;
  const queryStart = target.indexOf('?');
  const path = queryStart < 0 ? target : target.slice(0, queryStart);
  const query = queryStart < 0 ? '' : target.slice(queryStart + 1);
  return { target, path, query, host: absolute?.[1] ?? null };
}

function refusal(status: number, code: Failure['code'], message: string, headers: readonly HeaderLine[] = []): Refusal {
  return { code, message, status, headers };
}

function malformed(status: number, message: string, headers: readonly HeaderLine[] = []): Refusal {
  return refusal(status, 'TICKPEER_HANDSHAKE_MALFORMED', message, headers);
}

function badHeader(status: number, message: string, headers: readonly HeaderLine[] = []): Refusal {
  return refusal(status, 'TICKPEER_HANDSHAKE_HEADER', message, headers);
}
