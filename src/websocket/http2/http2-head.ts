import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { HeadLimits, HttpHead } from '../../protocol/index.ts';
import { nodeHttp } from '../../stream/index.ts';

/**
 * The opening handshake of HTTP/2 (RFC 8441) in the words of HTTP/1.1 (RFC 6455 4), so that one handshake serves both: the
 * same rules, limits and answers. What HTTP/1.1 needs and HTTP/2 does not have (`Upgrade`, `Connection`, the key and its
 * answer) is made up on the way in and left out on the way out.
 */

/** What HTTP/2 has no use for, or forbids (RFC 9113 8.2.2; RFC 8441 5). */
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

/** For the heads that we write ourselves. */
export const UNLIMITED: HeadLimits = { maxHeadSize: Number.POSITIVE_INFINITY, maxHeaders: Number.POSITIVE_INFINITY };

/** Any 16 bytes do: nobody reads the answer to it. */
const MADE_UP_KEY = 'AAAAAAAAAAAAAAAAAAAAAA==';

/** Whether a request asks for a WebSocket on its stream (RFC 8441 4). */
export function isWebSocketConnect(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'CONNECT' && headers[':protocol'] === 'websocket';
}

/** An extended CONNECT as the HTTP/1.1 request that says the same. */
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

/** The head of the response to `request`, as HTTP/2 has it. */
export function responseAsHttp2(status: number, head: HttpHead, request: IncomingHttpHeaders): OutgoingHttpHeaders {
  // RFC 8441 5: 200 is to HTTP/2 what 101 is to HTTP/1.1.
  const response: OutgoingHttpHeaders = { ':status': status === 101 ? 200 : status, ...http2Headers(head) };
  // No client needs to send a key, but there is one that does, and waits for the answer: undici.
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

/** The head of a response as HTTP/1.1 has it; `accept` is what `Sec-WebSocket-Accept` must be. */
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
  // A list of one would be sent as a list, which some names may not be.
  return Object.fromEntries(
    Object.entries(found).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  );
}

function encode(lines: readonly string[]): Uint8Array {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
