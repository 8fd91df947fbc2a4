import { expect, test } from 'vitest';
import { HeadReader, type HttpHead } from '../../protocol/http/http-head.ts';
import {
  isWebSocketConnect,
  requestAsHttp1,
  requestAsHttp2,
  responseAsHttp1,
  responseAsHttp2,
  UNLIMITED,
} from './http2-head.ts';

function head(...lines: readonly string[]): HttpHead {
  const reader = new HeadReader(UNLIMITED);
  reader.push(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  return reader.head!;
}

function linesOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('latin1');
  expect(text.endsWith('\r\n\r\n')).toBe(true);
  return text.slice(0, -4).split('\r\n');
}

test.each([
  [{ ':method': 'CONNECT', ':protocol': 'websocket' }, true],
  [{ ':method': 'CONNECT' }, false],
  [{ ':method': 'GET', ':protocol': 'websocket' }, false],
  [{ ':method': 'CONNECT', ':protocol': 'connect-udp' }, false],
])('%j requests a WebSocket: %s', (headers, expected) => {
  expect(isWebSocketConnect(headers)).toBe(expected);
});

test('an extended CONNECT gets what HTTP/1.1 needs, and loses what HTTP/2 adds', () => {
  const headers = {
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': '/a?b=c',
    ':authority': 'game.test:99',
    host: 'other.test',
    upgrade: 'h2c',
    'keep-alive': '5',
    'sec-websocket-version': '13',
    'x-two': ['1', '2'],
    'x-none': undefined,
  };
  expect(linesOf(requestAsHttp1(headers))).toEqual([
    'GET /a?b=c HTTP/1.1',
    'Host: game.test:99',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version: 13',
    'x-two: 1',
    'x-two: 2',
  ]);
});

test('without :authority the host header counts, and a key that was sent stays', () => {
  const lines = linesOf(requestAsHttp1({ host: 'game.test', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }));
  expect(lines).toEqual([
    'GET / HTTP/1.1',
    'Host: game.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]);
});

test('a request for a WebSocket becomes an extended CONNECT', () => {
  const request = head(
    'GET /a HTTP/1.1',
    'Host: game.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    'X-Two: 1',
    'x-two: 2',
  );
  expect(requestAsHttp2('/a', request)).toEqual({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':scheme': 'https',
    ':path': '/a',
    ':authority': 'game.test',
    'sec-websocket-version': '13',
    'x-two': ['1', '2'],
  });
});

test.each([
  [101, 200],
  [200, 200],
  [403, 403],
  [503, 503],
])('the status %i of HTTP/1.1 is %i of HTTP/2', (status, expected) => {
  const answer = head(`HTTP/1.1 ${status} Any`, 'Connection: close', 'Content-Length: 4');
  expect(responseAsHttp2(status, answer, {})).toEqual({ ':status': expected, 'content-length': '4' });
});

test('the accept value is sent to clients that sent a key, and to no others', () => {
  const answer = head('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Sec-WebSocket-Accept: abc=');
  expect(responseAsHttp2(101, answer, {})).toEqual({ ':status': 200 });
  expect(responseAsHttp2(101, answer, { 'sec-websocket-key': 'k' })).toEqual({
    ':status': 200,
    'sec-websocket-accept': 'abc=',
  });
});

test.each([
  [199, 'HTTP/1.1 199 '],
  [200, 'HTTP/1.1 101 Switching Protocols'],
  [299, 'HTTP/1.1 101 Switching Protocols'],
  [300, 'HTTP/1.1 300 Multiple Choices'],
  [404, 'HTTP/1.1 404 Not Found'],
  [499, 'HTTP/1.1 499 '],
])('the status %i of HTTP/2 is the line "%s"', (status, line) => {
  expect(linesOf(responseAsHttp1({ ':status': String(status) }, 'abc='))[0]).toBe(line);
});

test('an accepted response has the accept value; a refusal has only the headers that were sent', () => {
  expect(linesOf(responseAsHttp1({ ':status': '200', 'x-a': '1', upgrade: 'h2c' }, 'abc='))).toEqual([
    'HTTP/1.1 101 Switching Protocols',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Accept: abc=',
    'x-a: 1',
  ]);
  expect(linesOf(responseAsHttp1({ ':status': '403', 'set-cookie': ['a=1', 'b=2'] }, 'abc='))).toEqual([
    'HTTP/1.1 403 Forbidden',
    'set-cookie: a=1',
    'set-cookie: b=2',
  ]);
});
