import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { isFailure } from '../../failure.ts';
import { parseUrl } from '../../protocol/index.ts';
import { StreamPeerTCP, StreamPeerUDS, TLSOptions } from '../../stream/index.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from '../settings/peer-settings.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';
import { asciiHost, type DialledWay, dial, wayTo, wayWithoutHttp2 } from './way.ts';

const TLS = TLSOptions.client();

function urlOf(text: string) {
  const url = parseUrl(text);
  if (isFailure(url)) throw new Error(url.message);
  return url;
}

function wayOf(text: string, socketPath: string | null, settings: PeerSettings = DEFAULT_SETTINGS): DialledWay {
  const way = wayTo(urlOf(text), socketPath, TLS, { settings, clock: new FakeClock() });
  if (isFailure(way)) throw new Error(way.message);
  onTestFinished(() => way.stream.destroy());
  return way;
}

describe('the way to a server', () => {
  test('by TCP', () => {
    const way = wayOf('ws://bücher.example/a', null);
    expect(way).toMatchObject({ kind: 'tcp', proxy: null, host: 'xn--bcher-kva.example', port: 80, tls: null });
    expect(way.socket).toBeInstanceOf(StreamPeerTCP);
    expect(way.stream).toBe(way.socket);
  });

  test('with TLS', () => {
    expect(wayOf('wss://example.com', null)).toMatchObject({ kind: 'tcp', port: 443, tls: TLS, http2: false });
  });

  test('through a proxy', () => {
    const way = wayOf('ws://example.com', null, changed(DEFAULT_SETTINGS, 'proxy', 'http://proxy.example:3128'));
    expect(way).toMatchObject({ kind: 'tcp', host: 'example.com', proxy: { host: 'proxy.example', port: 3128 } });
    expect(way.stream).toBeInstanceOf(ProxyTunnel);
  });

  test('by a Unix socket, past a proxy', () => {
    const settings = changed(DEFAULT_SETTINGS, 'proxy', 'http://proxy.example:3128');
    const way = wayOf('ws://localhost', '/run/game.sock', settings);
    expect(way).toMatchObject({ kind: 'unix', path: '/run/game.sock', host: 'localhost' });
    expect(way.socket).toBeInstanceOf(StreamPeerUDS);
    expect(way.stream).toBe(way.socket);
  });

  test.each([
    ['tcp', null],
    ['unix', '/run/game.sock'],
  ])('once more without HTTP/2: %s', (kind, path) => {
    const settings = changed(DEFAULT_SETTINGS, 'http2', true);
    const way = wayOf('wss://example.com', path, settings);
    const again = wayWithoutHttp2(way, { settings, clock: new FakeClock() });
    const { host, port, tls } = way;
    expect(way.http2).toBe(true);
    expect(again).toMatchObject({ kind, host, port, tls, http2: false });
    expect(again.socket).not.toBe(way.socket);
  });
});

describe('dialling fails', () => {
  test('for the path of a Unix socket that cannot be', () => {
    expect(dial(wayOf('ws://localhost', '/a\0b'), DEFAULT_SETTINGS)).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
  });

  test('for a socket that is in use', () => {
    const way = wayOf('ws://127.0.0.1:1', null);
    expect(dial(way, DEFAULT_SETTINGS)).toBeNull();
    expect(dial(way, DEFAULT_SETTINGS)).toMatchObject({ code: 'TICKPEER_INVALID_URL' });
  });
});

test.each([
  ['ws://Example.com', 'example.com'],
  ['ws://[::1]:80', '::1'],
  ['ws://straße.example', 'xn--strae-oqa.example'],
])('the host of %s in ASCII is %s', (url, host) => {
  expect(asciiHost(urlOf(url))).toBe(host);
});
