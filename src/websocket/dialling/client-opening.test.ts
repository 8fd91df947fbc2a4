import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { nodePlatform } from '../../../test/support/platform.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { acceptKey } from '../../protocol/index.ts';
import { type StreamPeer, StreamPeerMemory, TLSOptions } from '../../stream/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import type { OpeningSession } from '../session/opening.ts';
import { changed, DEFAULT_SETTINGS, type PeerSettings } from '../settings/peer-settings.ts';
import { ClientOpening } from './client-opening.ts';
import { parseClientUrl } from './client-url.ts';

const clock = new FakeClock();

function urlOf(text: string) {
  const url = parseClientUrl(text);
  if (isFailure(url)) throw new Error(url.message);
  return url;
}

function contextOf(settings: PeerSettings) {
  return { settings, clock, peer: {} as WebSocketPeer };
}

/** The session of an opening, which records its calls in `log`. */
function sessionOf(opening: ClientOpening, settings: PeerSettings) {
  const log: string[] = [];
  const failures: Failure[] = [];
  const session = {
    settings,
    clock,
    stream: opening.stream,
    connectedHost: 'before',
    observer: { tellHandshakeRefused: (status: number | null) => void log.push(`refused ${status}`) },
    open: (protocol: string) => void log.push(`open ${protocol}`),
    fail: (failure: Failure) => {
      failures.push(failure);
      log.push(`fail ${failure.code}`);
    },
    restart: (stream: StreamPeer) => {
      session.stream = stream;
      log.push('restart');
      onTestFinished(() => stream.destroy());
    },
  };
  // No other members are used.
  opening.join(session as unknown as OpeningSession);
  return { session, log, failures };
}

function over(settings: PeerSettings = DEFAULT_SETTINGS, url = 'ws://game.test/a') {
  const [stream, far] = StreamPeerMemory.pair();
  const opening = ClientOpening.over(stream, urlOf(url), contextOf(settings));
  if (isFailure(opening)) return opening;
  return { opening, far, ...sessionOf(opening, settings) };
}

/** The same, with the request sent and read. */
function asked(settings: PeerSettings = DEFAULT_SETTINGS) {
  const scene = over(settings);
  if (isFailure(scene)) throw new Error(scene.message);
  expect(scene.opening.onStreamOpen()).toBe(true);
  scene.far.poll();
  const request = Buffer.from(scene.far.getPartialData(10_000)[1]).toString('latin1');
  const key = /Sec-WebSocket-Key: (.*)\r\n/.exec(request)?.[1] ?? '';
  const accepted =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptKey(key, nodePlatform)}\r\n\r\n`;
  return { ...scene, request, accepted };
}

/** A client that has dialled a port, and is handed its responses by the test. */
function dialled(url: string, most: number) {
  const settings = changed(DEFAULT_SETTINGS, 'maxRedirects', most);
  const opening = ClientOpening.connect(urlOf(url), TLSOptions.client(), contextOf(settings));
  if (isFailure(opening)) throw new Error(opening.message);
  onTestFinished(() => opening.stream.destroy());
  return { opening, first: opening.stream, ...sessionOf(opening, settings) };
}

function redirect(location: string): Uint8Array {
  return Buffer.from(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
}

test('over a stream, the request is written when the stream is open', () => {
  const { request, log } = asked();
  expect(request).toMatch(/^GET \/a HTTP\/1\.1\r\nHost: game\.test\r\n/);
  expect(log).toEqual([]);
});

test.each([
  ['a host that has no ASCII form', DEFAULT_SETTINGS, 'ws://a\u{2488}b/', 'TICKPEER_INVALID_URL'],
  ['a header that cannot be sent', changed(DEFAULT_SETTINGS, 'handshakeHeaders', ['no colon']), 'ws://a/', null],
] as const)('%s is a failure', (_name, settings, url, code) => {
  const result = over(settings, url);
  expect(isFailure(result)).toBe(true);
  if (isFailure(result) && code !== null) expect(result.code).toBe(code);
});

test('a 101 opens; the bytes after it are not taken; the response is shown by the next poll', () => {
  const { opening, log, accepted } = asked();
  const half = accepted.length - 10;
  expect(opening.receive(Buffer.from(accepted.slice(0, half)))).toBe(half);
  expect(log).toEqual([]);
  expect(opening.receive(Buffer.from(`${accepted.slice(half)}frame`))).toBe(10);
  expect(log).toEqual(['open ']);
  expect(opening.receive(Buffer.from('frame'))).toBe(0);
  expect(opening.response).toBeNull();
  opening.show();
  expect(opening.response?.status).toBe(101);
});

test('another status fails, is reported with it, and its response is shown', () => {
  const { opening, log } = asked();
  opening.receive(Buffer.from('HTTP/1.1 403 Forbidden\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n'));
  expect(log).toEqual(['refused 403', 'fail TICKPEER_HANDSHAKE_STATUS']);
  opening.show();
  expect([opening.response?.status, opening.response?.headers.get('x-a')]).toEqual([403, '1']);
});

test('a response that is no HTTP fails without a status', () => {
  const { opening, log, failures } = asked();
  opening.receive(Buffer.from('SSH-2.0-x\r\n\r\n'));
  expect(log).toEqual(['refused null', `fail ${failures[0]?.code}`]);
  opening.show();
  expect(opening.response).toBeNull();
});

test.each([
  [199, null],
  [200, 'maxHeadSize'],
])('with maxHandshakeSize 200, a head of %i bytes that goes on has reached the limit: %s', (size, limit) => {
  const { opening, log } = asked(changed(DEFAULT_SETTINGS, 'maxHandshakeSize', 200));
  opening.receive(Buffer.from(`HTTP/1.1 403 Forbidden\r\nX: ${'a'.repeat(size - 27)}`));
  expect(opening.reachedLimit).toBe(limit);
  expect(log.length).toBe(limit === null ? 0 : 2);
});

test('a client that dialled follows a redirect, up to maxRedirects', () => {
  const { opening, first, session, log } = dialled('ws://127.0.0.1:9/a', 1);
  opening.receive(redirect('/b'));
  expect(log).toEqual(['restart']);
  expect(opening.stream).not.toBe(first);
  expect(session.stream).toBe(opening.stream);
  opening.receive(redirect('/c'));
  expect(log).toEqual(['restart', 'refused 302', 'fail TICKPEER_REDIRECT_LIMIT']);
});

test('after a redirect the next poll shows no address until the new connection has one', () => {
  const { opening, session } = dialled('ws://127.0.0.1:9/a', 1);
  opening.show();
  expect(session.connectedHost).toBe('before');
  opening.receive(redirect('/b'));
  expect(session.connectedHost).toBe('before');
  opening.show();
  expect(session.connectedHost).toBe('');
  session.connectedHost = 'after';
  opening.show();
  expect(session.connectedHost).toBe('after');
});

test.each([
  ['ws://127.0.0.1:9/a', 0],
  ['ws+unix:///nowhere/a.sock:/a', 5],
])('%s with maxRedirects %i follows none', (url, most) => {
  const { opening, log } = dialled(url, most);
  opening.receive(redirect('/b'));
  expect(log).toEqual(['refused 302', 'fail TICKPEER_HANDSHAKE_STATUS']);
});

test('a stream that was given is not left for a redirect', () => {
  const { opening, log } = asked(changed(DEFAULT_SETTINGS, 'maxRedirects', 5));
  opening.receive(redirect('/b'));
  expect(log).toEqual(['refused 302', 'fail TICKPEER_HANDSHAKE_STATUS']);
});

test('a redirect to a host that cannot be dialled is a bad redirect, not a bad URL of the program', () => {
  const { opening, log } = dialled('ws://127.0.0.1:9/a', 5);
  opening.receive(redirect(`ws://${'a'.repeat(300)}/`));
  expect(log).toEqual(['refused 302', 'fail TICKPEER_REDIRECT_LOCATION']);
});
