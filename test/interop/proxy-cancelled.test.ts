import { ErrorCode, State, TLSOptions, type WebSocketPeer } from 'tickpeer';
import { describe, expect, test } from 'vitest';
import { makeIdentity } from '../support/certificates.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { dialPeer, drive, ending, isClosed, newPeer } from '../support/peers.ts';
import { startProxy } from '../support/proxy.ts';
import { startRawServer } from '../support/raw-tcp.ts';

const trust = TLSOptions.client((await makeIdentity('good')).certificate);

/** The first bytes of a TLS record with a handshake. */
const CLIENT_HELLO = '\x16\x03';
const hasHead = (text: string): boolean => text.endsWith('\r\n\r\n');

/** The stages of a connection through a proxy at which it is cancelled, or its time limit passes. */
const PHASES: readonly (readonly [string, 'http' | 'https', string, string, (text: string) => boolean, string])[] = [
  // Name; the proxy's scheme and the URL; the proxy's response; what it has received by then; the failure at the time limit.
  ['the proxy is silent', 'http', 'ws://game.example', '', hasHead, 'TICKPEER_PROXY_TIMEOUT'],
  ['half an answer', 'http', 'wss://game.example', 'HTTP/1.1 200', hasHead, 'TICKPEER_PROXY_TIMEOUT'],
  [
    'TLS to the proxy',
    'https',
    'ws://game.example',
    '',
    (text) => text.startsWith(CLIENT_HELLO),
    'TICKPEER_PROXY_TIMEOUT',
  ],
  [
    'TLS to the server',
    'http',
    'wss://game.example',
    'HTTP/1.1 200 OK\r\n\r\n',
    (text) => text.includes(`\r\n\r\n${CLIENT_HELLO}`),
    'TICKPEER_HANDSHAKE_TIMEOUT',
  ],
  [
    'the upgrade',
    'http',
    'ws://game.example',
    'HTTP/1.1 200 OK\r\n\r\n',
    (text) => text.includes('\r\n\r\nGET ') && hasHead(text),
    'TICKPEER_HANDSHAKE_TIMEOUT',
  ],
];

describe.each(PHASES)('%s', (_name, proxyScheme, url, answer, got, failure) => {
  async function arrive(clock: FakeClock): Promise<{ peer: WebSocketPeer; isGone: () => boolean }> {
    const raw = await startRawServer((end) => {
      if (proxyScheme === 'http') end.socket.once('data', () => end.write(answer));
    });
    const peer = newPeer({ clock, proxy: `${proxyScheme}://127.0.0.1:${raw.port}` });
    expect(peer.connectToUrl(url, trust)).toBe(ErrorCode.OK);
    await drive(peer, () => got(raw.ends[0]?.text ?? ''));
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    return { peer, isGone: () => raw.ends.length === 1 && (raw.ends[0]?.hasEnded || raw.ends[0]?.isClosed) === true };
  }

  test('close(-1) leaves no socket open', async () => {
    const clock = new FakeClock();
    const { peer, isGone } = await arrive(clock);
    peer.close(-1);
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure: 'TICKPEER_DROPPED' });
    await drive([], isGone);
    expect(clock.timerCount).toBe(0);
  });

  test('its time limit', async () => {
    const clock = new FakeClock();
    const { peer, isGone } = await arrive(clock);
    clock.advance(failure === 'TICKPEER_PROXY_TIMEOUT' ? 29_999 : 9_999);
    peer.poll();
    expect(peer.getReadyState()).toBe(State.STATE_CONNECTING);
    clock.advance(1);
    peer.poll();
    expect(ending(peer)).toEqual({ code: -1, reason: '', failure });
    await drive([], isGone);
    expect(clock.timerCount).toBe(0);
  });
});

test('close(-1) right after connectToUrl leaves no socket open', async () => {
  const proxy = await startProxy();
  const peer = dialPeer('ws://game.example', { proxy: `http://127.0.0.1:${proxy.port}` });
  peer.close(-1);
  const next = dialPeer('ws://127.0.0.1:1', { proxy: `http://127.0.0.1:${proxy.port}` });
  await drive(next, () => isClosed(next) && proxy.connections.size === 0);
  expect(proxy.requests).toHaveLength(1);
});
