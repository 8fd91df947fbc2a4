import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededPlatform } from '../../../test/support/platform.ts';
import type { Extension, ExtensionFactory } from '../extension.ts';
import { parseUrl } from '../http/url.ts';
import type { Platform } from '../platform.ts';
import { ClientHandshake, type ClientHandshakeOptions, type ClientHandshakeResult } from './client-handshake.ts';

/** Chance that always gives the nonce of RFC 6455 1.3. */
const sample: Platform = {
  ...seededPlatform(1),
  fillRandom: (bytes) => bytes.set(Buffer.from('the sample nonce')),
};

const wire = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

type Options = Omit<ClientHandshakeOptions, 'url'> & { readonly url?: string };

function start(options: Options = {}): ClientHandshake {
  const url = parseUrl(options.url ?? 'ws://example.com/chat');
  if ('code' in url) throw new Error(url.message);
  return new ClientHandshake({ ...options, url }, sample);
}

function receive(handshake: ClientHandshake, bytes: Uint8Array, size = 1e9): number {
  let taken = 0;
  for (let at = 0; at < bytes.length; at += size) taken += handshake.receive(bytes.slice(at, at + size));
  return taken;
}

/** The result for a response, the same whether it comes whole or byte by byte. */
function answer(response: string, options: Options = {}): ClientHandshakeResult {
  const whole = start(options);
  const pieces = start(options);
  const taken = receive(whole, wire(response));
  expect(receive(pieces, wire(response), 1)).toBe(taken);
  expect(pieces.result.state).toBe(whole.result.state);
  if (whole.result.state === 'failed' && whole.result.failure.code !== 'TICKPEER_HANDSHAKE_STATUS') {
    expect(pieces.result).toMatchObject({ failure: whole.result.failure, status: whole.result.status });
  }
  return whole.result;
}

const ACCEPTED =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n';

function fakeExtension(name: string, rsv1: boolean): ExtensionFactory & { seen: unknown[] } {
  const seen: unknown[] = [];
  const extension: Extension = {
    name,
    rsv1,
    sharingKey: null,
    encode: () => null,
    release: () => {},
    decode: (payload) => payload.slice(),
  };
  return {
    name,
    seen,
    offer: () => [{ name, params: [{ name: 'bits', value: '10' }] }],
    accept(params) {
      seen.push(params);
      if (!params.some((param) => param.name === 'wrong')) return extension;
      return { code: 'TICKPEER_HANDSHAKE_EXTENSION', message: `${name} does not take that.` };
    },
    answer: () => null,
  };
}

describe('the request', () => {
  test('has the lines of the engine, in its order', () => {
    const handshake = start({
      url: 'wss://example.com:9443/chat?room=1',
      protocols: ['a', 'b', 'c'],
      headers: ['X-Token: 1', 'Cookie: a=b'],
    });
    expect(text(handshake.takeRequest())).toBe(
      'GET /chat?room=1 HTTP/1.1\r\n' +
        'Host: example.com:9443\r\n' +
        'Upgrade: websocket\r\n' +
        'Connection: Upgrade\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'Sec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Protocol: a,b,c\r\n' +
        'X-Token: 1\r\n' +
        'Cookie: a=b\r\n' +
        '\r\n',
    );
    expect(handshake.takeRequest()).toHaveLength(0);
    expect(handshake.result).toEqual({ state: 'pending' });
  });

  test.each<[string, Options, string[], string[]]>([
    [
      'nothing that was not asked for',
      {},
      ['Host: example.com'],
      ['Origin', 'User-Agent', 'Protocol', 'Extensions', 'Authorization'],
    ],
    ['the IPv6 host in brackets', { url: 'ws://[::1]:8080' }, ['Host: [::1]:8080'], []],
    [
      'the host that the owner brought to ASCII',
      { url: 'ws://bücher.example', host: 'xn--bcher-kva.example' },
      ['Host: xn--bcher-kva.example'],
      [],
    ],
    [
      'a Host line in place of ours',
      { headers: ['host: other'] },
      ['GET /chat HTTP/1.1\r\nHost: other\r\nUpgrade'],
      ['example.com', 'host:'],
    ],
    [
      'credentials of the URL',
      { url: 'ws://Aladdin:open%20sesame@h' },
      ['Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
      [],
    ],
    ['credentials as UTF-8', { url: 'ws://test:123£@h' }, ['Authorization: Basic dGVzdDoxMjPCow=='], []], // RFC 7617 2.1
    [
      'an Authorization line in place of them',
      { url: 'ws://a:b@h', headers: ['authorization: Bearer x'] },
      ['authorization: Bearer x'],
      ['Basic'],
    ],
    ['Latin-1 and empty values', { headers: ['X-A: \xfc', 'X-B:'] }, ['X-A: \xfc\r\nX-B: \r\n'], []],
    [
      'extensions',
      { extensions: [fakeExtension('x', true), fakeExtension('y', false)] },
      ['Sec-WebSocket-Extensions: x; bits=10, y; bits=10\r\n'],
      [],
    ],
  ])('has %s', (_name, options, present, absent) => {
    const request = text(start(options).takeRequest());
    for (const part of present) expect(request).toContain(part);
    for (const part of absent) expect(request).not.toContain(part);
  });

  test.each<[Options, string]>([
    [{ protocols: ['a b'] }, 'TICKPEER_INVALID_PROTOCOL'],
    [{ protocols: ['a', 'a'] }, 'TICKPEER_INVALID_PROTOCOL'],
    [{ protocols: [''] }, 'TICKPEER_INVALID_PROTOCOL'],
    [{ headers: ['X: a\r\nY: b'] }, 'TICKPEER_INVALID_HEADER'],
    [{ headers: ['Sec-WebSocket-Key: x'] }, 'TICKPEER_INVALID_HEADER'],
    [{ headers: ['no colon'] }, 'TICKPEER_INVALID_HEADER'],
    [{ headers: ['Host: a', 'Host: b'] }, 'TICKPEER_INVALID_HEADER'],
    [{ headers: ['Host:'] }, 'TICKPEER_INVALID_HEADER'],
    [{ url: 'ws://bücher.example' }, 'TICKPEER_INVALID_URL'],
    [{ host: '' }, 'TICKPEER_INVALID_URL'],
    [{ host: 'a\r\nX: y' }, 'TICKPEER_INVALID_URL'],
  ])('is not written for %j', (options, code) => {
    const handshake = start(options);
    expect(handshake.result).toMatchObject({ state: 'failed', failure: { code }, status: null, headers: null });
    expect(handshake.takeRequest()).toHaveLength(0);
    expect(handshake.receive(wire(ACCEPTED))).toBe(0);
  });
});

describe('an accepted response', () => {
  test.each([
    ['plain', ACCEPTED],
    [
      'lists and other case',
      ACCEPTED.replace('Upgrade: websocket', 'UPGRADE: WebSocket, h2c').replace(
        'Connection: Upgrade',
        'connection: keep-alive, UPGRADE',
      ),
    ],
    ['repeated Connection', `Connection: keep-alive\r\n${ACCEPTED}`.replace(/^(.*)\r\n(.*)\r\n/, '$2\r\n$1\r\n')],
    ['no reason phrase', ACCEPTED.replace(' Switching Protocols', '')],
    ['an empty header', `${ACCEPTED}X-Foo:\r\n`],
    ['after other answers', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ACCEPTED}`],
  ])('%s', (_name, response) => {
    expect(answer(`${response}\r\n`)).toMatchObject({ state: 'accepted', protocol: '', extensions: [], status: 101 });
  });

  test('does not consume the frames after it', () => {
    const response = wire(`${ACCEPTED}X-Server: y\r\n\r\n`);
    for (const size of [1e9, 1, 7]) {
      const handshake = start();
      expect(receive(handshake, Buffer.concat([response, wire('\x81\x01a')]), size)).toBe(response.length);
      expect(handshake.result).toMatchObject({ state: 'accepted' });
      expect(handshake.result.state === 'accepted' && handshake.result.headers.get('x-server')).toBe('y');
    }
  });

  test('has the sub-protocol', () => {
    const options = { protocols: ['a', 'b'] };
    expect(answer(`${ACCEPTED}Sec-WebSocket-Protocol: b\r\n\r\n`, options)).toMatchObject({
      state: 'accepted',
      protocol: 'b',
    });
  });

  test('has the extensions, in its order', () => {
    const extensions = [fakeExtension('x', true), fakeExtension('y', false)];
    const result = answer(`${ACCEPTED}Sec-WebSocket-Extensions: y\r\nSec-WebSocket-Extensions: x; bits="9"\r\n\r\n`, {
      extensions,
    });
    expect(result).toMatchObject({ state: 'accepted', extensions: [{ name: 'y' }, { name: 'x' }] });
    expect(extensions[0]?.seen[0]).toEqual([{ name: 'bits', value: '9' }]);
  });
});

describe('a response that fails', () => {
  const x = [fakeExtension('x', true)];
  const xy = [fakeExtension('x', true), fakeExtension('y', true)];
  const without = (name: string): string => ACCEPTED.replace(new RegExp(`${name}: .*\r\n`), '');
  const protocol = (value: string): string => `${ACCEPTED}Sec-WebSocket-Protocol: ${value}\r\n`;
  const extension = (value: string): string => `${ACCEPTED}Sec-WebSocket-Extensions: ${value}\r\n`;

  test.each<[string, string, Options, string, string]>([
    ['without Upgrade', without('Upgrade'), {}, 'HEADER', 'did not send the header "Upgrade"'],
    [
      'another Upgrade',
      ACCEPTED.replace('Upgrade: websocket', 'Upgrade: h2c'),
      {},
      'HEADER',
      '"Upgrade" is "h2c", without "websocket"',
    ],
    ['without Connection', without('Connection'), {}, 'HEADER', 'did not send the header "Connection"'],
    [
      'another Connection',
      ACCEPTED.replace('Connection: Upgrade', 'Connection: close'),
      {},
      'HEADER',
      '"Connection" is "close"',
    ],
    ['without Accept', without('Sec-WebSocket-Accept'), {}, 'HEADER', 'did not send the header "Sec-WebSocket-Accept"'],
    ['another Accept', ACCEPTED.replace('s3pP', 'S3pP'), {}, 'HEADER', 'S3pPLMBiTxaQ9kYGzzhZRbK+xOo=" does not answer'],
    ['two Accepts', `${ACCEPTED}${ACCEPTED.slice(ACCEPTED.indexOf('Sec-'))}`, {}, 'HEADER', 'more than once'],
    [
      'a sub-protocol that was not offered',
      protocol('a'),
      {},
      'PROTOCOL',
      'asked for no sub-protocol, the server chose "a"',
    ],
    ['an empty protocol', protocol(''), {}, 'PROTOCOL', 'asked for no sub-protocol, the server chose ""'],
    [
      'no protocol though asked',
      ACCEPTED,
      { protocols: ['a', 'b'] },
      'PROTOCOL',
      'asked for the sub-protocols [a, b], the server chose none',
    ],
    ['another protocol', protocol('c'), { protocols: ['a', 'b'] }, 'PROTOCOL', '[a, b], the server chose "c"'],
    ['a protocol in other case', protocol('A'), { protocols: ['a'] }, 'PROTOCOL', 'chose "A"'],
    [
      'two protocols',
      `${protocol('a')}Sec-WebSocket-Protocol: a\r\n`,
      { protocols: ['a'] },
      'PROTOCOL',
      'chose "a" and "a"',
    ],
    ['a list of protocols', protocol('a, b'), { protocols: ['a', 'b'] }, 'PROTOCOL', 'chose "a, b"'],
    ['an extension that was not offered', extension('x'), {}, 'EXTENSION', '"x", which was not offered'],
    ['another extension', extension('z'), { extensions: x }, 'EXTENSION', '"z", which was not offered'],
    ['bad grammar', extension('x;;'), { extensions: x }, 'EXTENSION', 'not a list of extensions'],
    ['an extension twice', extension('x, x'), { extensions: x }, 'EXTENSION', 'exclude each other'],
    ['two that want RSV1', extension('x, y'), { extensions: xy }, 'EXTENSION', 'exclude each other'],
    [
      'parameters that the extension refuses',
      extension('x; wrong'),
      { extensions: x },
      'EXTENSION',
      'x does not take that.',
    ],
    ['HTTP/1.0', ACCEPTED.replace('HTTP/1.1', 'HTTP/1.0'), {}, 'MALFORMED', 'HTTP/1.0, not HTTP/1.1'],
  ])('%s', (_name, response, options, code, message) => {
    const result = answer(`${response}\r\n`, options);
    const failure = { code: `TICKPEER_HANDSHAKE_${code}`, message: expect.stringContaining(message) };
    expect(result).toMatchObject({ state: 'failed', failure, status: 101 });
    expect(result.state === 'failed' && result.headers?.size).toBeGreaterThan(0);
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', 'MALFORMED'],
    ['frames', '\x81\x05hello', 'MALFORMED'],
    ['TLS', '\x15\x03\x03\x00\x02\x02\x28', 'MALFORMED'],
    ['a bare LF', 'HTTP/1.1 101 X\nA: b\n\n', 'MALFORMED'],
    ['too long', `HTTP/1.1 101 X\r\nA: ${'x'.repeat(16_384)}\r\n\r\n`, 'TOO_LARGE'],
    ['too many headers', `HTTP/1.1 101 X\r\n${'A: x\r\n'.repeat(129)}\r\n`, 'TOO_LARGE'],
  ])('%s', (_name, response, code) => {
    const failure = { code: `TICKPEER_HANDSHAKE_${code}` };
    expect(answer(response)).toMatchObject({ state: 'failed', failure, status: null });
  });

  test('too many informational responses fail', () => {
    expect(answer(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(8)}${ACCEPTED}\r\n`).state).toBe('accepted');
    const failure = { code: 'TICKPEER_HANDSHAKE_MALFORMED', message: expect.stringContaining('more than 8') };
    expect(answer(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(9)}${ACCEPTED}\r\n`)).toMatchObject({ failure });
  });
});

describe('a status other than 101', () => {
  test.each([
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 403, 'The server answered 403 Forbidden.'],
    ['HTTP/1.1 404\r\n\r\n', 404, 'The server answered 404.'],
    ['HTTP/1.0 503 Busy\r\n\r\n', 503, 'The server answered 503 Busy.'],
    ['HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>', 200, 'The server answered 200 OK.'],
    [
      'HTTP/1.1 302 Found\r\nLocation: https://other/\r\n\r\n',
      302,
      'The server answered 302 Found, which redirects to "https://other/" and is not followed.',
    ],
    [
      'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n\r\nno\r\nroom\xc3\xbcrest',
      400,
      'The server answered 400 Bad Request: no room\xfc',
    ],
    ['HTTP/1.1 400 X\r\nContent-Type: text/plain\r\n\r\nwhy', 400, 'The server answered 400 X: why'],
    ['HTTP/1.1 400 X\r\nContent-Type: text/plain\r\nContent-Length: -5\r\n\r\nwhy', 400, 'The server answered 400 X.'],
    [
      'HTTP/1.1 400 X\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwhy',
      400,
      'The server answered 400 X.',
    ],
  ])('%j', (response, status, message) => {
    const failure = { code: 'TICKPEER_HANDSHAKE_STATUS', message };
    expect(answer(response)).toMatchObject({ state: 'failed', failure, status });
  });

  test('at most 1 KiB of the body is in the message, and the body is not consumed', () => {
    const head = 'HTTP/1.1 400 X\r\nContent-Type: text/plain\r\n\r\n';
    const handshake = start();
    expect(handshake.receive(wire(head + 'x'.repeat(5000)))).toBe(head.length);
    const { result } = handshake;
    expect(result.state === 'failed' && result.failure.message).toBe(`The server answered 400 X: ${'x'.repeat(1024)}`);
  });
});

test('any bytes have the same outcome however they are cut', () => {
  const pieces = [
    ...ACCEPTED.split(/(?<=\r\n)/),
    '\r\n',
    'HTTP/1.1 100 X\r\n\r\n',
    'Sec-WebSocket-Protocol: a\r\n',
    'Sec-WebSocket-Extensions: x;=\r\n',
    ':',
    '\0',
    '\x81',
  ];
  const headish = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => wire(parts.join('')));
  const completed = headish.map((bytes) => Buffer.concat([wire(ACCEPTED), bytes]));
  fc.assert(
    fc.property(fc.oneof(headish, completed, fc.uint8Array()), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
      const whole = start({ protocols: ['a'] });
      const pieces = start({ protocols: ['a'] });
      expect(receive(pieces, bytes, size)).toBe(receive(whole, bytes));
      const summary = (result: ClientHandshakeResult): unknown =>
        result.state === 'pending' ? result : { ...result, headers: [...(result.headers ?? [])] };
      expect(summary(pieces.result)).toEqual(summary(whole.result));
    }),
    { numRuns: 500 },
  );
});
