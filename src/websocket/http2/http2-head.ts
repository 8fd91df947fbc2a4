import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { HeadLimits, HttpHead } from '../../protocol/index.ts';
import { nodeHttp } from '../../stream/index.ts';

/**
 * Translates heads between HTTP/2 (RFC 8441) and HTTP/1.1 (RFC 6455 section 4), so that one handshake with one set of rules and limits
 * serves both. The headers that HTTP/1.1 needs and HTTP/2 lacks (`Upgrade`, `Connection`, the key and the accept value) are added to
 * what arrives and removed from what is sent.
 */

/** Headers that HTTP/2 does not use or forbids (RFC 9113 8.2.2; RFC 8441 section 5). */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'sec-websocket-accept',
  'sec-websocket-key',
  'transfer-encoding',
  'upgrade',
]);

/** For heads that this package writes. */
export const UNLIMITED: HeadLimits = { maxHeadSize: Number.POSITIVE_INFINITY, maxHeaders: Number.POSITIVE_INFINITY };

/** Any 16 bytes: the accept value for it is not sent. */
const MADE_UP_KEY = 'AAAAAAAAAAAAAAAAAAAAAA==';

/** Whether a request asks for a WebSocket on its stream (RFC 8441 4). */
export function isWebSocketConnect(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT' && headers[':protocol'] === 'websocket';
}

/** An extended CONNECT as an HTTP/1.1 request. */
export function requestAsHttp1(headers: IncomingHttpHeaders): Uint8Array {
  const host = headers[':authority'] ?? headers.host ?? '';
  const lines = [
    `GET ${headers[':path'] ?? '/'} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    `Sec-WebSocket-Key: ${headers['sec-websocket-key'] ?? MADE_UP_KEY}`,
    ...headerLines(headers),
  ];
  return encode(lines);
}

/** The head of the response to `request`, for HTTP/2. */
export function responseAsHttp2(status: number, head: HttpHead, request: IncomingHttpHeaders): OutgoingHttpHeaders {
  // RFC 8441 section 5: HTTP/2 has 200 for HTTP/1.1's 101.
  const response: OutgoingHttpHeaders = { ':status': status === 101 ? 200 : status, ...http2Headers(head) };
  // The client undici sends a key, which HTTP/2 does not need, and expects the accept value.
  const accept = head.headers.get('sec-websocket-accept');
  if (accept !== null && 'sec-websocket-key' in request) response['sec-websocket-accept'] = accept;
  return response;
}

/** An HTTP/1.1 request for a WebSocket as an extended CONNECT over TLS. */
export function requestAsHttp2(target: string, head: HttpHead): OutgoingHttpHeaders {
  return {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': target,
    ':authority': head.headers.get('host') ?? '',
    ...http2Headers(head),
  };
}

/** The head of a response, for HTTP/1.1; `accept` becomes its `Sec-WebSocket-Accept`. */
export function responseAsHttp1(headers: IncomingHttpHeaders, accept: string): Uint8Array {
  const status = Number(headers[':status']);
  const isAccepted = status >= 200 && status < 300;
  const lines = isAccepted
    ? [
        'HTTP/1.1 101 Switching Protocols',
        'Connection: Upgrade',
        'Upgrade: websocket',
        `Sec-WebSocket-Accept: ${accept}`,
      ]
    : [`HTTP/1.1 ${status} ${nodeHttp().STATUS_CODES[status] ?? ''}`];
  return encode([...lines, ...headerLines(headers)]);
}

function headerLines(headers: IncomingHttpHeaders): string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || LEFT_OUT.has(name)) continue;
    for (const one of Array.isArray(value) ? value : [value]) lines.push(`${name}: ${one}`);
  }
  return lines;
}

function http2Headers({ headers }: HttpHead): OutgoingHttpHeaders {
  const found: Record<string, string[]> = {};
  for (const [name, value] of headers) {
    const lowerName = name.toLowerCase(); // RFC 9113 8.2.1
    if (LEFT_OUT.has(lowerName)) continue;
    found[lowerName] ??= [];
    found[lowerName].push(value);
  }
  // A single value is not passed as a list: Node refuses lists for some names.
  return Object.fromEntries(
    Object.entries(found).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

function encode(lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
