import { describe, expect, test } from 'vitest';
import { isFailure } from '../../failure.ts';
import { Crypto, CryptoKey, TLSOptions, X509Certificate } from '../../stream/index.ts';
import { WebSocketPeer } from '../peer/websocket-peer.ts';
import { hostAndPort, type ProxyCredentials, type ProxyOptions, proxySetting, readProxy } from './proxy-options.ts';

describe('a proxy’s URL', () => {
  test.each<[string, string, boolean, ProxyCredentials | null]>([
    ['http://proxy.example:3128', 'proxy.example:3128', false, null],
    ['http://proxy.example', 'proxy.example:80', false, null],
    ['https://proxy.example', 'proxy.example:443', true, null],
    ['https://proxy.example:8443/', 'proxy.example:8443', true, null],
    ['HTTP://Proxy.Example:3128', 'proxy.example:3128', false, null],
    ['proxy.example:3128', 'proxy.example:3128', false, null],
    ['proxy.example', 'proxy.example:80', false, null],
    ['http://[2001:db8::1]:3128', '[2001:db8::1]:3128', false, null],
    ['http://[fe80::1%25eth0]:3128', '[fe80::1]:3128', false, null],
    ['http://bücher.example:1', 'xn--bcher-kva.example:1', false, null],
    ['http://user:secret@127.0.0.1:1', '127.0.0.1:1', false, { user: 'user', password: 'secret' }],
    ['user:secret@127.0.0.1:1', '127.0.0.1:1', false, { user: 'user', password: 'secret' }],
    ['http://user@127.0.0.1:1', '127.0.0.1:1', false, { user: 'user', password: '' }],
    ['http://us%40er:p%3A%2f%C3%A9@127.0.0.1:1', '127.0.0.1:1', false, { user: 'us@er', password: 'p:/é' }],
    ['http://user:p@ss:w@127.0.0.1:1', '127.0.0.1:1', false, { user: 'user', password: 'p@ss:w' }],
    ['http://@127.0.0.1:1', '127.0.0.1:1', false, null],
  ])('%s', (url, address, secure, credentials) => {
    const proxy = readProxy(url);
    if (isFailure(proxy)) throw new Error(proxy.message);
    expect([hostAndPort(proxy), proxy.secure, proxy.credentials, proxy.headers, proxy.tls]).toEqual([
      address,
      secure,
      credentials,
      [],
      null,
    ]);
    expect(proxySetting(url)).toBe(url);
  });

  test.each([
    '',
    'http://',
    'http://:3128',
    'http://host:0',
    'http://host:65536',
    'http://host:port',
    'http://::1:3128',
    'http://[::1',
    'http://host/path',
    'http://host?query',
    'http://host#fragment',
    'http://a b',
    'http://host\r\nX: y',
    'socks5://host:1080',
    'ws://host',
    'file:///etc/passwd',
    'http://user:topsecret@',
    'http://user:topsecret@host:99999',
    'http://user:topsecret/x@host:1',
    'http://user:topsecret?@host:1',
    'http://user:topsecret#@host:1',
    'http://user:topsecret%ff@host:1',
    'http://user:topsecret%0d%0a@host:1',
    'http://us%3Aer:topsecret@host:1',
    'http://user:topsecret@[::1',
    'http://user:topsecret@host/path',
  ])('refuses %j, and never quotes its password', (url) => {
    for (const value of [url, { url }]) {
      expect(() => proxySetting(value)).toThrow(RangeError);
      expect(() => proxySetting(value)).not.toThrow(/topsecret/);
    }
  });
});

describe('proxy options', () => {
  test('are copied', () => {
    const headers = ['X-Trace: 1'];
    const tls = TLSOptions.client();
    const setting = proxySetting({ url: 'https://u:p@host', headers, tls });
    headers.push('X-Late: 2');
    expect(setting).toEqual({ url: 'https://u:p@host', headers: ['X-Trace: 1'], tls });
    expect(Object.isFrozen(setting)).toBe(true);
    expect(readProxy(setting!)).toMatchObject({
      tls,
      credentials: { user: 'u', password: 'p' },
      headers: ['X-Trace: 1'],
    });
  });

  test.each(['Host: other', 'no colon', 'bad name: x', 'X: a\r\nY: b', 'Transfer-Encoding: chunked', 'X: €'])(
    'refuse the header %j',
    (line) => {
      expect(() => proxySetting({ url: 'http://host', headers: [line] })).toThrow(RangeError);
    },
  );

  const server = TLSOptions.server(new CryptoKey(), new X509Certificate());
  test.each<[string, unknown]>([
    ['a number', 3128],
    ['a boolean', true],
    ['a URL object', new URL('http://host')],
    ['an array', ['http://host']],
    ['no URL', {}],
    ['a URL that is no string', { url: 1 }],
    ['headers in one string', { url: 'http://host', headers: 'X: y' }],
    ['headers that are no strings', { url: 'http://host', headers: [1] }],
    ['TLS options that are none', { url: 'https://host', tls: true }],
    ['a server’s TLS options', { url: 'https://host', tls: server }],
    ['something else', new Crypto()],
  ])('%s throws a TypeError', (_name, value) => {
    // What a program in JavaScript might pass.
    expect(() => proxySetting(value as ProxyOptions)).toThrow(TypeError);
  });
});

describe('WebSocketPeer.proxy', () => {
  test('is null by default, and accepts a URL, options, "environment" and null', () => {
    const peer = new WebSocketPeer();
    expect(peer.proxy).toBeNull();
    for (const value of ['http://u:p@host:1', 'environment', { url: 'http://host', headers: [] }, null]) {
      peer.proxy = value;
      expect(peer.proxy).toEqual(value);
    }
    expect(new WebSocketPeer({ proxy: 'environment' }).proxy).toBe('environment');
    expect(() => new WebSocketPeer({ proxy: 'socks5://host' })).toThrow(RangeError);
    expect(() => new WebSocketPeer({ proxy: 'socks5://host' })).toThrow(/"socks5"/);
  });

  test('keeps its value when another one is refused', () => {
    const peer = new WebSocketPeer({ proxy: 'http://host:1' });
    expect(() => {
      peer.proxy = 'http://host:0';
    }).toThrow(RangeError);
    expect(peer.proxy).toBe('http://host:1');
  });
});
