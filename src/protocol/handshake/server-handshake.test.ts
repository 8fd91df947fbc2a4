import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodePlatform, seededPlatform } from '../../../test/support/platform.ts';
import type { ExtensionFactory } from '../extension.ts';
import { parseUrl } from '../http/url.ts';
import { ClientHandshake } from './client-handshake.ts';
import type { HandshakeRequest } from './handshake-request.ts';
import { ServerHandshake, type ServerHandshakeOptions } from './server-handshake.ts';

const wire = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const REQUEST =
  'GET /chat?room=1 HTTP/1.1\r\n' +
  'Host: server.example.com\r\n' +
  'Upgrade: websocket\r\n' +
  'Connection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
  'Sec-WebSocket-Version: 13\r\n';

function receive(handshake: ServerHandshake, bytes: Uint8Array, size = 1e9): number {
  let taken = 0;
  for (let at = 0; at < bytes.length; at += size) taken += handshake.receive(bytes.slice(at, at + size));
  return taken;
}

/** A server that was sent `request`; the same whether that comes whole or byte by byte. */
function serve(request: string, options: ServerHandshakeOptions = {}): ServerHandshake {
  const whole = new ServerHandshake(options, nodePlatform);
  const pieces = new ServerHandshake(options, nodePlatform);
  expect(receive(pieces, wire(request), 1)).toBe(receive(whole, wire(request)));
  expect(pieces.state).toBe(whole.state);
  expect(pieces.failure).toEqual(whole.failure);
  const response = pieces.takeResponse();
  const other = new ServerHandshake(options, nodePlatform);
  receive(other, wire(request));
  expect(text(other.takeResponse())).toBe(text(response));
  return whole;
}

function requested(request: string): HandshakeRequest {
  const handshake = serve(`${request}\r\n`);
  if (handshake.request === null) throw new Error(handshake.failure?.message);
  return handshake.request;
}

function fakeExtension(name: string, rsv1: boolean): ExtensionFactory {
  return {
    name,
    offer: () => [],
    accept: () => ({ code: 'TICKPEER_HANDSHAKE_EXTENSION', message: '' }),
    answer(offers) {
      const offer = offers.find(({ params }) => !params.some((param) => param.name === 'wrong'));
      if (offer === undefined) return null;
      return {
        name,
        params: offer.params,
        extension: {
          name,
          rsv1,
          sharingKey: null,
          encode: () => null,
          release: () => {},
          decode: (payload) => payload.slice(),
        },
      };
    },
  };
}

describe('a request that may be accepted', () => {
  test('is returned', () => {
    const request = requested(
      `${REQUEST}Origin: https://game.example\r\nSec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Protocol: c,a\r\nCookie: x=1\r\n`,
    );
    expect(request).toMatchObject({
      method: 'GET',
      target: '/chat?room=1',
      path: '/chat',
      query: 'room=1',
      host: 'server.example.com',
      origin: 'https://game.example',
      protocols: ['a', 'b', 'c', 'a'],
      extensions: [],
      key: 'dGhlIHNhbXBsZSBub25jZQ==',
      version: 13,
    });
    expect(request.headers.get('cookie')).toBe('x=1');
  });

  test.each([
    [
      'lists and other case',
      REQUEST.replace('Upgrade: websocket', 'upgrade: h2c, WebSocket').replace(
        'Connection: Upgrade',
        'connection: keep-alive, upgrade',
      ),
    ],
    ['Content-Length: 0', `${REQUEST}Content-Length: 0\r\n`],
    ['an empty header', `${REQUEST}X-Foo:\r\n`],
    ['an empty list of protocols', `${REQUEST}Sec-WebSocket-Protocol:\r\n`],
    ["the engine's IPv6 host, without brackets", REQUEST.replace('server.example.com', '::1:8080')],
    ['an empty host', REQUEST.replace('server.example.com', '')],
    ['a host with brackets', REQUEST.replace('server.example.com', '[::1]:80')],
    ['the version with space around it', REQUEST.replace('Version: 13', 'Version: \t13 ')],
  ])('%s', (_name, request) => {
    expect(requested(request)).toMatchObject({ protocols: [], origin: null });
  });

  test.each([
    ['/', '/', '/', ''],
    ['/a?b?c', '/a?b?c', '/a', 'b?c'],
    ['/a?', '/a?', '/a', ''],
    ['/%2e%2e/', '/%2e%2e/', '/%2e%2e/', ''],
    ['/r\xc3\xa4um?x=\xff', '/r%C3%A4um?x=%FF', '/r%C3%A4um', 'x=%FF'],
    ['//evil', '//evil', '//evil', ''],
    ['http://other:9/a?b', '/a?b', '/a', 'b'],
    ['WS://other:9', '/', '/', ''],
    ['https://other:9?x', '/?x', '/', 'x'],
  ])('with the target %s', (sent, target, path, query) => {
    const request = requested(REQUEST.replace('/chat?room=1', sent));
    const host = sent.includes('://') ? 'other:9' : 'server.example.com';
    expect(request).toMatchObject({ target, path, query, host });
  });

  test('does not consume what follows, frames or another request', () => {
    for (const behind of ['\x81\x80\x00\x00\x00\x00', 'GET /admin HTTP/1.1\r\nHost: x\r\n\r\n', '\r\n\r\n']) {
      for (const size of [1e9, 1, 7]) {
        const handshake = new ServerHandshake({}, nodePlatform);
        expect(receive(handshake, wire(`${REQUEST}\r\n${behind}`), size)).toBe(REQUEST.length + 2);
        expect(handshake.request?.path).toBe('/chat');
        expect(handshake.accept()).toBeNull();
        expect(handshake.receive(wire(behind))).toBe(0);
      }
    }
  });
});

describe('accept', () => {
  test('writes the lines of the engine, in its order', () => {
    const handshake = serve(`${REQUEST}Sec-WebSocket-Protocol: z, b, a\r\n\r\n`, {
      supportedProtocols: ['a', 'b'],
      headers: ['X-Server: 1'],
    });
    expect(handshake.state).toBe('requested');
    expect(handshake.takeResponse()).toHaveLength(0);
    expect(handshake.accept({ headers: ['Set-Cookie: s=\xfc'] })).toBeNull();
    expect(handshake).toMatchObject({ state: 'accepted', protocol: 'b', extensions: [], failure: null });
    expect(Buffer.from(handshake.takeResponse()).toString('latin1')).toBe(
      'HTTP/1.1 101 Switching Protocols\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n' +
        'Sec-WebSocket-Protocol: b\r\n' +
        'X-Server: 1\r\n' +
        'Set-Cookie: s=\xfc\r\n' +
        '\r\n',
    );
    expect(handshake.takeResponse()).toHaveLength(0);
    expect(() => handshake.accept()).toThrow('accepted');
    expect(() => handshake.refuse(400)).toThrow('accepted');
  });

  test.each([
    ['x', [], 'the client asked for [x], the server supports none'],
    ['x, y', ['a', 'b'], 'the client asked for [x, y], the server supports [a, b]'],
    ['A', ['a'], 'the client asked for [A], the server supports [a]'],
    [null, ['a', 'b'], 'the client asked for none, the server supports [a, b]'],
  ])('refuses the sub-protocols %j where %j are supported', (asked, supportedProtocols, lists) => {
    const line = asked === null ? '' : `Sec-WebSocket-Protocol: ${asked}\r\n`;
    const handshake = serve(`${REQUEST}${line}\r\n`, { supportedProtocols });
    const failure = { code: 'TICKPEER_HANDSHAKE_PROTOCOL', message: `No sub-protocol in common: ${lists}.` };
    expect(handshake.accept()).toEqual(failure);
    expect(handshake).toMatchObject({ state: 'refused', failure, protocol: '' });
    const response = text(handshake.takeResponse());
    expect(response).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(response).toContain(lists);
  });

  test('lets the owner choose the sub-protocol', () => {
    const asks = `${REQUEST}Sec-WebSocket-Protocol: x, y\r\n\r\n`;
    const chosen = serve(asks, { supportedProtocols: ['a'] });
    expect(chosen.accept({ protocol: 'y' })).toBeNull();
    expect(text(chosen.takeResponse())).toContain('Sec-WebSocket-Protocol: y\r\n');
    const none = serve(asks, { supportedProtocols: ['a'] });
    expect(none.accept({ protocol: null })).toBeNull();
    expect(none.protocol).toBe('');
    expect(text(none.takeResponse())).not.toContain('Protocol:');
  });

  test.each([
    [{ protocol: 'z' }, 'TICKPEER_INVALID_PROTOCOL'],
    [{ headers: ['Upgrade: x'] }, 'TICKPEER_INVALID_HEADER'],
    [{ headers: ['X: a\r\nY: b'] }, 'TICKPEER_INVALID_HEADER'],
  ])('leaves the request unanswered after %j, for another call', (options, code) => {
    const handshake = serve(`${REQUEST}\r\n`);
    expect(handshake.accept(options)).toMatchObject({ code });
    expect(handshake).toMatchObject({ state: 'requested', failure: null });
    expect(handshake.takeResponse()).toHaveLength(0);
    expect(handshake.accept()).toBeNull();
  });

  test.each([
    ['x; a=1, y', 'Sec-WebSocket-Extensions: y, x; a=1\r\n', ['y', 'x']],
    ['x; wrong, x; a', 'Sec-WebSocket-Extensions: x; a\r\n', ['x']],
    ['x, z', 'Sec-WebSocket-Extensions: x\r\n', ['x']],
    ['z', 'Sec-WebSocket-Extensions: z\r\n', ['z']],
    ['x; wrong, other', '', []],
  ])('agrees on extensions: %s', (offers, line, names) => {
    const extensions = [fakeExtension('y', false), fakeExtension('x', true), fakeExtension('z', true)];
    const handshake = serve(`${REQUEST}Sec-WebSocket-Extensions: ${offers}\r\n\r\n`, { extensions });
    expect(handshake.accept()).toBeNull();
    expect(handshake.extensions.map((extension) => extension.name)).toEqual(names);
    const response = text(handshake.takeResponse());
    if (line === '') expect(response).not.toContain('Extensions');
    else expect(response).toContain(line);
  });

  test('throws before there is a request', () => {
    expect(() => new ServerHandshake({}, nodePlatform).accept()).toThrow('reading');
  });
});

describe('automatic refusals', () => {
  const without = (name: string): string => REQUEST.replace(new RegExp(`${name}: .*\r\n`), '');

  test.each([
    ['no HTTP', 'hello\r\n', 400, 'MALFORMED', 'not the first line'],
    ['two parts in the first line', REQUEST.replace(' HTTP/1.1', ''), 400, 'MALFORMED', 'not the first line'],
    ['a space in the target', REQUEST.replace('/chat', '/a b'), 400, 'MALFORMED', 'not the first line'],
    ['HTTP/1.0', REQUEST.replace('HTTP/1.1', 'HTTP/1.0'), 505, 'MALFORMED', 'not HTTP/1.0'],
    ['HTTP/2.0', 'PRI * HTTP/2.0\r\n', 505, 'MALFORMED', 'not HTTP/2.0'],
    ['POST', REQUEST.replace('GET', 'POST'), 405, 'MALFORMED', 'method GET, not "POST"'],
    ['get', REQUEST.replace('GET', 'get'), 405, 'MALFORMED', 'not "get"'],
    ['the target *', REQUEST.replace('/chat?room=1', '*'), 400, 'MALFORMED', '"*" is not a path'],
    ['a target without a slash', REQUEST.replace('/chat?room=1', 'chat'), 400, 'MALFORMED', '"chat" is not a path'],
    ['a fragment', REQUEST.replace('/chat?room=1', '/a#b'), 400, 'MALFORMED', '"/a#b" is not a path'],
    ['another scheme', REQUEST.replace('/chat?room=1', 'ftp://x/'), 400, 'MALFORMED', 'is not a path'],
    ['a URL without a host', REQUEST.replace('/chat?room=1', 'http:///x'), 400, 'MALFORMED', 'is not a path'],
    ['no Host', without('Host'), 400, 'HEADER', 'no header "Host"'],
    ['two Hosts', `${REQUEST}Host: server.example.com\r\n`, 400, 'HEADER', 'more than one header "Host"'],
    ['a bad Host', REQUEST.replace('server.example.com', 'a/b'), 400, 'HEADER', '"a/b", which is no host'],
    ['a body', `${REQUEST}Content-Length: 5\r\n`, 400, 'HEADER', '"Content-Length" announces one'],
    ['a body of bad length', `${REQUEST}Content-Length: +0\r\n`, 400, 'HEADER', '"Content-Length" announces one'],
    [
      'a body in one of two lengths',
      `${REQUEST}Content-Length: 0\r\nContent-Length: 5\r\n`,
      400,
      'HEADER',
      '"Content-Length"',
    ],
    ['a chunked body', `${REQUEST}Transfer-Encoding: chunked\r\n`, 400, 'HEADER', '"Transfer-Encoding" announces one'],
    ['no Upgrade', without('Upgrade'), 426, 'HEADER', '"Upgrade: websocket"'],
    ['another Upgrade', REQUEST.replace('Upgrade: websocket', 'Upgrade: h2c'), 426, 'HEADER', '"Upgrade: websocket"'],
    ['no Connection', without('Connection'), 426, 'HEADER', '"Connection: Upgrade"'],
    [
      'another Connection',
      REQUEST.replace('Connection: Upgrade', 'Connection: close'),
      426,
      'HEADER',
      '"Connection: Upgrade"',
    ],
    ['no version', without('Sec-WebSocket-Version'), 426, 'HEADER', 'it has none'],
    ['an old version', REQUEST.replace('Version: 13', 'Version: 8'), 426, 'HEADER', 'it has "8"'],
    ['a version that is nearly right', REQUEST.replace('Version: 13', 'Version: 013'), 426, 'HEADER', 'it has "013"'],
    ['two versions in a list', REQUEST.replace('Version: 13', 'Version: 13, 8'), 426, 'HEADER', 'it has "13, 8"'],
    [
      'two versions',
      `${REQUEST}Sec-WebSocket-Version: 13\r\n`,
      400,
      'HEADER',
      'more than one header "Sec-WebSocket-Version"',
    ],
    ['no key', without('Sec-WebSocket-Key'), 400, 'HEADER', 'no header "Sec-WebSocket-Key"'],
    ['an empty key', REQUEST.replace(/Key: .*\r/, 'Key:\r'), 400, 'HEADER', 'not 16 bytes in Base64'],
    [
      'a short key',
      REQUEST.replace(/Key: .*\r/, 'Key: dGhlIHNhbXBsZSBub25j\r'),
      400,
      'HEADER',
      'not 16 bytes in Base64',
    ],
    [
      'two keys',
      `${REQUEST}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`,
      400,
      'HEADER',
      'more than one header "Sec-WebSocket-Key"',
    ],
    [
      'bad protocols',
      `${REQUEST}Sec-WebSocket-Protocol: a b\r\n`,
      400,
      'HEADER',
      '"a b", which is not a list of tokens',
    ],
    ['bad extensions', `${REQUEST}Sec-WebSocket-Extensions: a;\r\n`, 400, 'EXTENSION', 'not a list of extensions'],
    ['a bare LF', REQUEST.replace('\r\n', '\n'), 400, 'MALFORMED', 'CR LF'],
    ['space before a colon', REQUEST.replace('Host:', 'Host :'), 400, 'MALFORMED', 'not a header name'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400, 'MALFORMED', 'seems to speak TLS'],
    ['a long head', `${REQUEST}Cookie: ${'x'.repeat(16_384)}\r\n`, 431, 'TOO_LARGE', 'longer than 16384 bytes'],
    ['many headers', `${REQUEST}${'A: x\r\n'.repeat(124)}`, 431, 'TOO_LARGE', 'more than 128 headers'],
  ])('%s', (_name, request, status, code, message) => {
    const handshake = serve(`${request}\r\n`);
    expect(handshake).toMatchObject({
      state: 'refused',
      request: null,
      failure: { code: `TICKPEER_HANDSHAKE_${code}`, message: expect.stringContaining(message) },
    });
    const response = text(handshake.takeResponse());
    const [head = '', body = ''] = response.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
    expect(body).toBe(handshake.failure?.message);
    expect(head).toContain(`\r\nContent-Length: ${Buffer.byteLength(body)}`);
    expect(head).toContain('\r\nContent-Type: text/plain; charset=utf-8');
    expect(head.includes('\r\nAllow: GET')).toBe(status === 405);
    expect(head.includes('\r\nSec-WebSocket-Version: 13')).toBe(status === 426);
    expect(head).toContain(
      status === 426 ? '\r\nUpgrade: websocket\r\nConnection: Upgrade, close' : '\r\nConnection: close',
    );
    expect(() => handshake.accept()).toThrow('refused');
  });

  test('the whole response to a browser’s page request', () => {
    const handshake = serve('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(text(handshake.takeResponse())).toBe(
      'HTTP/1.1 426 Upgrade Required\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade, close\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\n' +
        'Content-Length: 78\r\n' +
        'Sec-WebSocket-Version: 13\r\n' +
        '\r\n' +
        'This is a WebSocket server: the request needs the header "Upgrade: websocket".',
    );
  });
});

describe('refuse', () => {
  test('writes a status and a sentence', () => {
    const handshake = serve(`${REQUEST}\r\n`);
    expect(handshake.refuse(401, { headers: ['WWW-Authenticate: Bearer'], body: 'Kein Schlüssel.' })).toBeNull();
    expect(text(handshake.takeResponse())).toBe(
      'HTTP/1.1 401 Unauthorized\r\n' +
        'Connection: close\r\n' +
        'Content-Type: text/plain; charset=utf-8\r\n' +
        'Content-Length: 16\r\n' +
        'WWW-Authenticate: Bearer\r\n' +
        '\r\n' +
        'Kein Schlüssel.',
    );
    const message = 'The request was refused with 401 Unauthorized: Kein Schlüssel.';
    expect(handshake).toMatchObject({ state: 'refused', failure: { code: 'TICKPEER_HANDSHAKE_REFUSED', message } });
    expect(() => handshake.refuse(400)).toThrow('refused');
  });

  test.each([
    [503, {}, 'HTTP/1.1 503 Service Unavailable\r\n', 'The server refused the handshake with 503 Service Unavailable.'],
    [499, {}, 'HTTP/1.1 499 \r\n', 'The server refused the handshake with 499.'],
    [302, { headers: ['Location: /x'], body: '' }, 'HTTP/1.1 302 Found\r\nConnection: close\r\n', ''],
    [200, { headers: ['content-type: text/html'], body: '<p>' }, 'content-type: text/html', '<p>'],
  ])('%d', (status, options, part, body) => {
    const handshake = serve(`${REQUEST}\r\n`);
    expect(handshake.refuse(status, options)).toBeNull();
    const response = text(handshake.takeResponse());
    expect(response).toContain(part);
    expect(response).toContain(`\r\nContent-Length: ${body.length}\r\n`);
    expect(response.split('\r\n\r\n')[1]).toBe(body);
    if (status === 200) expect(response).not.toContain('text/plain');
  });

  test('204 has no body', () => {
    const handshake = serve(`${REQUEST}\r\n`);
    handshake.refuse(204);
    expect(text(handshake.takeResponse())).toBe('HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
  });

  test('is possible before the head is complete, after the time limit', () => {
    const handshake = new ServerHandshake({}, nodePlatform);
    handshake.receive(wire('GET / HT'));
    expect(handshake.refuse(408)).toBeNull();
    expect(text(handshake.takeResponse())).toContain('408 Request Timeout');
    expect(handshake.receive(wire('TP/1.1\r\n\r\n'))).toBe(0);
  });

  test('refuses what it cannot send', () => {
    const handshake = serve(`${REQUEST}\r\n`);
    for (const status of [101, 199, 600, 400.5, Number.NaN]) expect(() => handshake.refuse(status)).toThrow(RangeError);
    expect(handshake.refuse(400, { headers: ['Content-Length: 3'] })).toMatchObject({
      code: 'TICKPEER_INVALID_HEADER',
    });
    expect(handshake.state).toBe('requested');
  });
});

test.each<[ServerHandshakeOptions, string]>([
  [{ supportedProtocols: ['a b'] }, 'TICKPEER_INVALID_PROTOCOL'],
  [{ supportedProtocols: ['a', 'a'] }, 'TICKPEER_INVALID_PROTOCOL'],
  [{ headers: ['X'] }, 'TICKPEER_INVALID_HEADER'],
  [{ headers: ['Sec-WebSocket-Accept: x'] }, 'TICKPEER_INVALID_HEADER'],
])('options that cannot be used fail, and nothing is sent to the client: %j', (options, code) => {
  const handshake = new ServerHandshake(options, nodePlatform);
  expect(handshake).toMatchObject({ state: 'refused', failure: { code } });
  expect(handshake.receive(wire(REQUEST))).toBe(0);
  expect(handshake.takeResponse()).toHaveLength(0);
});

describe('with our own client', () => {
  const url = parseUrl('ws://user:pass@[::1]:9080/r%C3%A4um?x=1');
  if ('code' in url) throw new Error(url.message);

  test('both ends open with the same settings', () => {
    const client = new ClientHandshake({ url, protocols: ['b', 'a'], headers: ['X-A: 1'] }, seededPlatform(7));
    const server = new ServerHandshake({ supportedProtocols: ['a', 'b'] }, seededPlatform(8));
    server.receive(client.takeRequest());
    expect(server.request).toMatchObject({
      host: '[::1]:9080',
      path: '/r%C3%A4um',
      query: 'x=1',
      protocols: ['b', 'a'],
    });
    expect(server.request?.headers.get('authorization')).toBe('Basic dXNlcjpwYXNz');
    expect(server.accept()).toBeNull();
    client.receive(server.takeResponse());
    expect(client.result).toMatchObject({ state: 'accepted', protocol: 'b' });
    expect(server.protocol).toBe('b');
  });

  test('the client’s failure has the reason of the refusal', () => {
    const client = new ClientHandshake({ url, protocols: ['x'] }, seededPlatform(7));
    const server = new ServerHandshake({}, seededPlatform(8));
    server.receive(client.takeRequest());
    server.accept();
    client.receive(server.takeResponse());
    const message =
      'The server answered 400 Bad Request: No sub-protocol in common: the client asked for [x], the server supports none.';
    expect(client.result).toMatchObject({ state: 'failed', failure: { code: 'TICKPEER_HANDSHAKE_STATUS', message } });
  });
});

test('any bytes have the same outcome however they are cut', () => {
  const lines = REQUEST.split(/(?<=\r\n)/);
  const extra = [
    '\r\n',
    'Sec-WebSocket-Protocol: a\r\n',
    'Content-Length: 0\r\n',
    'Host: \xe4\r\n',
    'X\r\n',
    '\n',
    ':',
    '\x16',
  ];
  const shuffled = fc
    .shuffledSubarray([...lines.slice(1), ...extra], { minLength: 3 })
    .map((rest) => lines[0] + rest.join(''));
  const requestish = fc
    .oneof(
      shuffled,
      shuffled.map((request) => `${request}\r\n\x81`),
    )
    .map(wire);
  fc.assert(
    fc.property(fc.oneof(requestish, fc.uint8Array()), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
      const outcomes = [size, 1, 1e9].map((chunkSize) => {
        const handshake = new ServerHandshake({}, nodePlatform);
        const taken = receive(handshake, bytes, chunkSize);
        const { state, failure, request } = handshake;
        if (state === 'requested') handshake.accept();
        return { taken, state, failure, target: request?.target, response: text(handshake.takeResponse()) };
      });
      expect(outcomes[1]).toEqual(outcomes[0]);
      expect(outcomes[2]).toEqual(outcomes[0]);
    }),
    { numRuns: 500 },
  );
});
