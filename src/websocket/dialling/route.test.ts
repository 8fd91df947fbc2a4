import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { isFailure } from '../../failure.ts';
import { parseUrl } from '../../protocol/index.ts';
import { StreamPeerTCP, StreamPeerUDS, TLSOptions } from '../../stream/index.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from '../settings/peer-settings.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';
import { asciiHost, type DialledRoute, dial, routeTo, routeWithoutHttp2 } from './route.ts';

const TLS = TLSOptions.client();

function urlOf(text: string) {
  const url = parseUrl(text);
  if (isFailure(url)) throw new Error(url.message);
  return url;
}

function routeOf(text: string, socketPath: string | null, settings: PeerSettings = DEFAULT_SETTINGS): DialledRoute {
  const route = routeTo(urlOf(text), socketPath, TLS, { settings, clock: new FakeClock() });
  if (isFailure(route)) throw new Error(route.message);
  onTestFinished(() => route.stream.destroy());
  return route;
}

describe('the route to a server', () => {
  test('by TCP', () => {
    const route = routeOf('ws://bücher.example/a', null);
    expect(route).toMatchObject({ kind: 'tcp', proxy: null, host: 'xn--bcher-kva.example', port: 80, tls: null });
    expect(route.socket).toBeInstanceOf(StreamPeerTCP);
    expect(route.stream).toBe(route.socket);
  });

  test('with TLS', () => {
    expect(routeOf('wss://example.com', null)).toMatchObject({ kind: 'tcp', port: 443, tls: TLS, http2: false });
  });

  test('through a proxy', () => {
    const route = routeOf('ws://example.com', null, changed(DEFAULT_SETTINGS, 'proxy', 'http://proxy.example:3128'));
    expect(route).toMatchObject({ kind: 'tcp', host: 'example.com', proxy: { host: 'proxy.example', port: 3128 } });
    expect(route.stream).toBeInstanceOf(ProxyTunnel);
  });

  test('by a Unix socket, past a proxy', () => {
    const settings = changed(DEFAULT_SETTINGS, 'proxy', 'http://proxy.example:3128');
    const route = routeOf('ws://localhost', '/run/game.sock', settings);
    expect(route).toMatchObject({ kind: 'unix', path: '/run/game.sock', host: 'localhost' });
    expect(route.socket).toBeInstanceOf(StreamPeerUDS);
    expect(route.stream).toBe(route.socket);
  });

  test.each([
    ['tcp', null],
    ['unix', '/run/game.sock'],
  ])('a second time without HTTP/2: %s', (kind, path) => {
    const settings = changed(DEFAULT_SETTINGS, 'http2', true);
    const route = routeOf('wss://example.com', path, settings);
    const again = routeWithoutHttp2(route, { settings, clock: new FakeClock() });
    const { host, port, tls } = route;
    expect(route.http2).toBe(true);
    expect(again).toMatchObject({ kind, host, port, tls, http2: false });
    expect(again.socket).not.toBe(route.socket);
  });
});

describe('dialling fails', () => {
  test('for an impossible path of a Unix socket', () => {
    expect(dial(routeOf('ws://localhost', '/a\0b'), DEFAULT_SETTINGS)).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
  });

  test('for a socket that is in use', () => {
    const route = routeOf('ws://127.0.0.1:1', null);
    expect(dial(route, DEFAULT_SETTINGS)).toBeNull();
    expect(dial(route, DEFAULT_SETTINGS)).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
  });
});

test.each([
  ['ws://Example.com', 'example.com'],
  ['ws://[::1]:80', '::1'],
  ['ws://straße.example', 'xn--strae-oqa.example'],
])('the host of %s in ASCII is %s', (url, host) => {
  expect(asciiHost(urlOf(url))).toBe(host);
});
