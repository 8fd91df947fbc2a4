import { expect, test } from 'vitest';
import { isFailure } from '../../failure.ts';
import { parseHead } from '../http/http-head.ts';
import { readHandshakeRequest, readRequest, readTarget } from './handshake-request.ts';

const LINES: Readonly<Record<string, string | readonly string[]>> = {
  Host: 'game.test',
  Upgrade: 'websocket',
  Connection: 'keep-alive, Upgrade',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** A request with these headers instead of, or besides, the usual ones; an empty list leaves one out. */
function textOf(
  changes: Readonly<Record<string, string | readonly string[]>> = {},
  line = 'GET /a?b HTTP/1.1',
): string {
  const lines = Object.entries({ ...LINES, ...changes }).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => `${name}: ${value}`),
  );
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}

function read(changes?: Readonly<Record<string, string | readonly string[]>>, line?: string) {
  const head = parseHead(textOf(changes, line));
  if (isFailure(head)) throw new Error(head.message);
  return readRequest(head);
}

test.each([
  ['/', '/', '/', '', null],
  ['/a?b=c?d', '/a?b=c?d', '/a', 'b=c?d', null],
  ['/a?', '/a?', '/a', '', null],
  ['ws://h', '/', '/', '', 'h'],
  ['http://h:80/a', '/a', '/a', '', 'h:80'],
  ['HTTPS://h?b', '/?b', '/', 'b', 'h'],
  ['//h/a', '//h/a', '//h/a', '', null],
])('the target %s', (text, target, path, query, host) => {
  expect(readTarget(text)).toEqual({ target, path, query, host });
});

test.each(['', '*', 'a', '?a', '/a#b', 'ftp://h/', 'http://', 'http:///a', 'http://u@h/', 'http://h:80x#'])(
  'the target "%s" is none',
  (text) => {
    expect(readTarget(text)).toBeNull();
  },
);

test('a request that may be accepted', () => {
  const changes = { Origin: 'https://p.test', 'Sec-WebSocket-Protocol': ['a, b', 'c'] };
  expect(read(changes)).toMatchObject({
    method: 'GET',
    target: '/a?b',
    path: '/a',
    query: 'b',
    host: 'game.test',
    origin: 'https://p.test',
    protocols: ['a', 'b', 'c'],
    extensions: [],
    key: 'dGhlIHNhbXBsZSBub25jZQ==',
    version: 13,
  });
});

test('the host of the target replaces that of the header (RFC 9112 3.2.2)', () => {
  expect(read({}, 'GET http://other.test/a HTTP/1.1')).toMatchObject({ host: 'other.test', target: '/a' });
});

test.each([
  [400, 'two hosts', { Host: ['a', 'b'] }],
  [400, 'no host', { Host: [] }],
  [400, 'a host that is none', { Host: 'a/b' }],
  [400, 'a body', { 'Content-Length': '1' }],
  [400, 'a body in chunks', { 'Transfer-Encoding': 'chunked' }],
  [426, 'no upgrade', { Upgrade: 'h2c' }],
  [426, 'no connection header for it', { Connection: 'keep-alive' }],
  [426, 'another version', { 'Sec-WebSocket-Version': '8' }],
  [426, 'no version', { 'Sec-WebSocket-Version': [] }],
  [400, 'two versions', { 'Sec-WebSocket-Version': ['13', '13'] }],
  [400, 'no key', { 'Sec-WebSocket-Key': [] }],
  [400, 'two keys', { 'Sec-WebSocket-Key': ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ=='] }],
  [400, 'a key of 15 bytes', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25j' }],
  [400, 'a bad list of sub-protocols', { 'Sec-WebSocket-Protocol': 'a b' }],
  [400, 'a bad list of extensions', { 'Sec-WebSocket-Extensions': 'a b' }],
])('%i for %s', (status, _name, changes) => {
  expect(read(changes)).toMatchObject({ status });
});

test.each([
  [405, 'POST /a HTTP/1.1'],
  [505, 'GET /a HTTP/1.0'],
  [400, 'GET a HTTP/1.1'],
])('%i for "%s"', (status, line) => {
  expect(read({}, line)).toMatchObject({ status });
});

test('a body of no bytes is none', () => {
  expect(isFailure(read({ 'Content-Length': '0' }))).toBe(false);
});

test('a refusal for a version or a method says what would do', () => {
  expect(read({ 'Sec-WebSocket-Version': '8' })).toMatchObject({
    headers: [{ name: 'Sec-WebSocket-Version', value: '13' }],
  });
  expect(read({}, 'POST /a HTTP/1.1')).toMatchObject({ headers: [{ name: 'Allow', value: 'GET' }] });
});

test('the text of a good request is read again, that of another throws', () => {
  expect(readHandshakeRequest(textOf())).toEqual(read());
  expect(() => readHandshakeRequest(textOf({ Upgrade: 'h2c' }))).toThrow();
});
