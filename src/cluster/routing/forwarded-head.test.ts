import { expect, test } from 'vitest';
import { forwardedHead, type Hop } from './forwarded-head.ts';

const DIRECT: Hop = { address: '203.0.113.7', isTrusted: false };
const BALANCER: Hop = { address: '10.0.0.1', isTrusted: true };

function forward(rawHeaders: string[], hop: Hop, url = '/game?room=A'): string | undefined {
  return forwardedHead({ method: 'GET', url, httpVersion: '1.1', rawHeaders }, hop)?.toString('latin1');
}

test('all lines stay as they came: their order, case, repetition and bytes', () => {
  const raw = ['hOST', 'a:80', 'Cookie', 'a=1', 'X-Name', 'caf\xe9\x80\t!', 'Cookie', 'b=2', 'X-Empty', ''];
  const upgrade = ['Connection', 'keep-alive, Upgrade', 'Upgrade', 'websocket'];
  expect(forward([...raw, ...upgrade], DIRECT)).toBe(
    'GET /game?room=A HTTP/1.1\r\nhOST: a:80\r\nCookie: a=1\r\nX-Name: caf\xe9\x80\t!\r\nCookie: b=2\r\nX-Empty: \r\n' +
      'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n',
  );
});

test('a whole URL as the target stays, too', () => {
  const target = 'http://game.example.com/a?b=c';
  expect(forward(['Host', 'other'], DIRECT, target)).toBe(
    `GET ${target} HTTP/1.1\r\nHost: other\r\nX-Forwarded-For: 203.0.113.7\r\n\r\n`,
  );
});

test.each([
  ['the list of a trusted hop goes on', ['X-Forwarded-For', '198.51.100.1'], BALANCER, '198.51.100.1, 10.0.0.1'],
  [
    'several lists are one',
    ['x-forwarded-for', '1.1.1.1, 2.2.2.2', 'X-FORWARDED-FOR', '3.3.3.3'],
    BALANCER,
    '1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.1',
  ],
  ['an empty one is none', ['X-Forwarded-For', ''], BALANCER, '10.0.0.1'],
  ['that of a client is not believed', ['X-Forwarded-For', '198.51.100.1'], DIRECT, '203.0.113.7'],
  ['an IPv4 address on a dual-stack socket', [], { address: '::ffff:192.0.2.1', isTrusted: false }, '192.0.2.1'],
  ['IPv6', [], { address: '2001:db8::1', isTrusted: false }, '2001:db8::1'],
  [
    'a trusted proxy on a Unix socket',
    ['X-Forwarded-For', '198.51.100.1'],
    { address: '', isTrusted: true },
    '198.51.100.1',
  ],
  ['one that is not trusted', ['X-Forwarded-For', '198.51.100.1'], { address: '', isTrusted: false }, null],
])('%s', (_name, rawHeaders, hop, list) => {
  const line = list === null ? '' : `X-Forwarded-For: ${list}\r\n`;
  expect(forward(rawHeaders, hop, '/')).toBe(`GET / HTTP/1.1\r\n${line}\r\n`);
});

test.each(['a\r\nb', 'a\nb', 'a\0b', 'a\rb'])('nothing is forwarded with %j in a line', (bad) => {
  expect(forward(['X-Name', bad], DIRECT)).toBeUndefined();
  expect(forward([bad, 'x'], DIRECT)).toBeUndefined();
  expect(forward([], DIRECT, `/${bad}`)).toBeUndefined();
  expect(forward(['X-Forwarded-For', bad], BALANCER)).toBeUndefined();
});
