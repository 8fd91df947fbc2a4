import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Failure } from '../../failure.ts';
import { hostHeader, type ParsedUrl, parseUrl } from './url.ts';

function parse(text: string): ParsedUrl {
  const parsed = parseUrl(text);
  if ('code' in parsed) throw new Error(parsed.message);
  return parsed;
}

function refuse(text: string): Failure {
  const parsed = parseUrl(text);
  if (!('code' in parsed)) throw new Error(`${text} was taken`);
  return parsed;
}

describe('the address', () => {
  test.each([
    ['ws://example.com', false, 'example.com', 80, 'example.com'],
    ['wss://example.com', true, 'example.com', 443, 'example.com'],
    ['WSS://EXAMPLE.com', true, 'example.com', 443, 'example.com'],
    ['example.com', false, 'example.com', 80, 'example.com'],
    ['localhost:9080', false, 'localhost', 9080, 'localhost:9080'],
    ['ws://localhost:80', false, 'localhost', 80, 'localhost'],
    ['ws://localhost:443', false, 'localhost', 443, 'localhost:443'],
    ['wss://localhost:443/', true, 'localhost', 443, 'localhost'],
    ['wss://localhost:80/', true, 'localhost', 80, 'localhost:80'],
    ['ws://127.0.0.1:65535/x', false, '127.0.0.1', 65_535, '127.0.0.1:65535'],
    ['ws://game_server:0080', false, 'game_server', 80, 'game_server'],
    ['ws://[::1]', false, '::1', 80, '[::1]'],
    ['ws://[::1]:8080/chat', false, '::1', 8080, '[::1]:8080'],
    ['[2001:DB8::A]:9', false, '2001:db8::a', 9, '[2001:db8::a]:9'],
    ['ws://[::ffff:127.0.0.1]', false, '::ffff:127.0.0.1', 80, '[::ffff:127.0.0.1]'],
    ['ws://[fe80::1%25eth0]:9', false, 'fe80::1%eth0', 9, '[fe80::1]:9'],
    ['ws://[fe80::1%eth0]', false, 'fe80::1%eth0', 80, '[fe80::1]'],
    ['ws://bücher.example', false, 'bücher.example', 80, 'bücher.example'],
    // Not a scheme: what stands before :// has other characters.
    ['example.com/?next=http://other', false, 'example.com', 80, 'example.com'],
  ])('%s', (text, secure, host, port, header) => {
    const parsed = parse(text);
    expect(parsed).toMatchObject({ secure, host, port, authorization: null });
    expect(hostHeader(parsed)).toBe(header);
  });

  test('the host header takes the ASCII form from the caller', () => {
    expect(hostHeader(parse('ws://bücher.example:9'), 'xn--bcher-kva.example')).toBe('xn--bcher-kva.example:9');
  });
});

test.each([
  ['ws://host', '/'],
  ['ws://host/', '/'],
  ['ws://host/chat', '/chat'],
  ['ws://host/a/../b//c', '/a/../b//c'],
  ['ws://host/chat?room=1&x=/?', '/chat?room=1&x=/?'],
  ['ws://host?x=1', '/?x=1'],
  ['ws://host:80?x=1', '/?x=1'],
  ['ws://host?x=a/b@c:d', '/?x=a/b@c:d'],
  ['ws://host/chat#part', '/chat'],
  ['ws://host#part/x?y', '/'],
  ['ws://host/a b', '/a%20b'],
  ['ws://host/a%20b%zz', '/a%20b%zz'],
  ['ws://host/é?名=€😀', '/%C3%A9?%E5%90%8D=%E2%82%AC%F0%9F%98%80'],
  ['ws://host/a\u0080b', '/a%C2%80b'],
  ['ws://host/{"a":[1]}|^`', '/{"a":[1]}|^`'],
])('the target of %s is %s', (text, target) => {
  expect(parse(text)).toMatchObject({ host: 'host', target });
});

test.each([
  ['ws://user:secret@host', { user: 'user', password: 'secret' }],
  ['ws://user@host', { user: 'user', password: '' }],
  ['ws://:secret@host', { user: '', password: 'secret' }],
  ['ws://us%40er:p%3Aw:x%C3%A9@host', { user: 'us@er', password: 'p:w:xé' }],
  ['ws://a@b:c@host', { user: 'a@b', password: 'c' }],
  ['ws://@host', null],
  ['ws://:@host', null],
])('the credentials of %s', (text, authorization) => {
  expect(parse(text)).toMatchObject({ host: 'host', target: '/', authorization });
});

test.each([
  ['', 'it is empty'],
  ['http://host', 'its scheme "http" is neither'],
  ['HTTPS://host', 'its scheme "https" is neither'],
  ['://host', 'its scheme "" is neither'],
  ['ws+unix://host', 'its scheme "ws+unix" is neither'],
  ['ws://', 'names no host'],
  ['ws:///path', 'names no host'],
  ['ws://?x', 'names no host'],
  ['ws://#x', 'names no host'],
  ['ws://:80', 'names no host'],
  ['ws://user@', 'names no host'],
  ['/path', 'names no host'],
  ['ws://[]', 'names no host'],
  ['ws://host:', 'its port "" is not a number from 1 to 65535'],
  ['ws://host:0', 'its port "0"'],
  ['ws://host:65536', 'its port "65536"'],
  ['ws://host:99999999999999999999', 'its port "99999999999999999999"'],
  ['ws://host:+80', 'its port "+80"'],
  ['ws://host:-1', 'its port "-1"'],
  ['ws://host:8o', 'its port "8o"'],
  ['ws://host:1e3', 'its port "1e3"'],
  ['ws://::1', 'needs brackets'],
  ['ws://::1:8080/', 'needs brackets'],
  ['ws://a:1:2', 'needs brackets'],
  ['ws://[::1', 'its "[" has no "]"'],
  ['ws://[::1]80', 'only ":" and a port'],
  ['ws://[host]', '"host" is not a host'],
  ['ws://[::1%]', '"::1%" is not a host'],
  ['ws://[::g]', '"::g" is not a host'],
  ['ws://ho st', '"ho st" is not a host'],
  [' ws://host', '" ws" is not a host'],
  ['ws://ho\\st', 'is not a host'],
  ['ws://h%6fst', 'is not a host'],
  ['ws://ho<st', 'is not a host'],
  ['ws://ho\u00a0st', 'is not a host'],
  ['ws://ho\u0085st', 'is not a host'],
  ['ws://host\r\nX: y', 'control character 0x0d at position 9'],
  ['ws://host/a\nb', 'control character 0x0a at position 11'],
  ['ws://host/\0', 'control character 0x00 at position 10'],
  ['ws://host/\t', 'control character 0x09'],
  ['ws://host/\x7f', 'control character 0x7f'],
  ['ws://host/#\r', 'control character 0x0d'],
  ['ws://host/\ud800', 'half of a surrogate pair at position 10'],
  ['ws://us%ZZ@host', 'is not UTF-8'],
  ['ws://us%FF@host', 'is not UTF-8'],
  ['ws://us%3Aer:x@host', 'user name has a ":"'],
  ['ws://user:%0d%0aX@host', 'control character before its "@"'],
])('refuses %j', (text, problem) => {
  const failure = refuse(text);
  expect(failure.code).toBe('TICKPEER_INVALID_URL');
  expect(failure.message).toContain(problem);
});

test('messages never quote credentials', () => {
  for (const text of [
    'ws://user:hunter2@',
    'ws://user:hunter2@a:b',
    'ws://user:hunter2@h st',
    'ws://user:hunter2%zz@host',
  ]) {
    expect(refuse(text).message).not.toContain('hunter2');
  }
});

test('never throws, and an accepted URL can be written into a request', () => {
  const urlish = fc
    .array(fc.constantFrom('ws', '://', ':', '/', '?', '#', '@', '[', ']', '%', '1', 'a', 'é', ' ', '\r'))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.oneof(
        urlish,
        fc.string({ unit: 'binary' }),
        urlish.map((text) => `ws://a${text}`),
      ),
      (text) => {
        const parsed = parseUrl(text);
        if ('code' in parsed) return;
        expect(parsed.target).toMatch(/^\/[\x21-\x7e]*$/);
        expect(parsed.host).toMatch(/^[^\s/?#@]+$/);
        expect(parsed.port).toBeGreaterThan(0);
        expect(parsed.port).toBeLessThan(65_536);
      },
    ),
    { numRuns: 1000 },
  );
});
