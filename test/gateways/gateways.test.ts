import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TLSOptions, WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from 'tickpeer';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { makeIdentity } from '../support/certificates.ts';
import { echoOnWake } from '../support/echo-server.ts';
import { until } from '../support/until.ts';
import { GATEWAYS, type GatewayKind, startGateway } from './gateway.ts';

/** CI installs all of them. Elsewhere the tests of those that are missing are skipped. */
const missing = GATEWAYS.filter(({ isInstalled }) => !isInstalled).map(({ name }) => name);
const isInCi = !['', 'false', undefined].includes(process.env['CI']);
if (missing.length > 0) {
  process.stdout.write(`Not installed: ${missing.join(', ')}. Their tests ${isInCi ? 'fail' : 'are skipped'}.\n`);
}
test.runIf(isInCi)('in CI, all gateways are installed', () => expect(missing).toEqual([]));

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

/** The server of docs/deploying.md, which echoes. */
function echo(options: WebSocketServerOptions = {}): WebSocketServer {
  const sizes = { inboundBufferSize: 4_000_000, outboundBufferSize: 4_000_000 };
  const server = new WebSocketServer({ path: '/game', trustedProxies: ['127.0.0.1'], ...sizes, ...options });
  echoOnWake(server);
  closers.push(() => server[Symbol.dispose]());
  return server;
}

function served(options?: WebSocketServerOptions): WebSocketServer {
  const server = echo(options);
  server.listen(0, '127.0.0.1');
  return server;
}

function connectPeer(url: string, tls: TLSOptions | boolean = true, options: object = {}): WebSocketPeer {
  const sizes = { inboundBufferSize: 4_000_000, outboundBufferSize: 4_000_000 };
  const peer = new WebSocketPeer({ ...sizes, ...options });
  closers.push(() => peer.close(-1));
  peer.onWake = () => peer.poll();
  peer.connectToUrl(url, tls);
  return peer;
}

async function opened(peer: WebSocketPeer): Promise<void> {
  await until(() => peer.getReadyState() !== WebSocketPeer.STATE_CONNECTING);
  expect([peer.getReadyState(), peer.getLastFailure()]).toEqual([WebSocketPeer.STATE_OPEN, null]);
}

/** Sends text and bytes of several sizes, and waits for all of it to come back. */
async function talk(peer: WebSocketPeer): Promise<void> {
  const texts = ['', 'grüß dich', 'x'.repeat(70_000), 'y'.repeat(1_000_000)];
  for (const text of texts) peer.sendText(text);
  const heard: unknown[] = [];
  await until(() => {
    heard.push(...peer.packets());
    return heard.length === texts.length;
  });
  expect(heard.every((text, n) => text === texts[n])).toBe(true);
}

describe.each(GATEWAYS.map((kind): [string, GatewayKind] => [kind.name, kind]))('behind %s', (_name, kind) => {
  test.skipIf(!kind.isInstalled)('messages of all sizes, compressed too, and close codes both ways', async () => {
    const server = served({ compression: true });
    const { port } = await startGateway(kind, server.getLocalPort());
    const url = `ws://127.0.0.1:${port}/game?a=b`;
    for (const compression of [null, true]) {
      const peer = connectPeer(url, true, { compression });
      await opened(peer);
      await talk(peer);
      peer.close(4000, 'bye');
      await until(() => peer.getReadyState() === WebSocketPeer.STATE_CLOSED);
      expect([peer.getCloseCode(), peer.getCloseReason()]).toEqual([4000, 'bye']);
    }
    const last = connectPeer(url);
    await opened(last);
    await until(() => server.getPeerCount() === 1);
    server.stop({ reason: 'restart' });
    await until(() => server.isStopped() && last.getReadyState() === WebSocketPeer.STATE_CLOSED);
    expect([last.getCloseCode(), last.getCloseReason()]).toEqual([1001, 'restart']);
    expect(server.getStopResult()).toEqual({ closed: 1, lost: 0, dropped: 0 });
  });

  test.skipIf(!kind.isInstalled)('the client’s address, the origin and the refusals are passed on', async () => {
    const server = served({ maxConnectionsPerAddress: 1 });
    const { port } = await startGateway(kind, server.getLocalPort());
    const dial = (localAddress: string, origin: string, path = '/game'): WebSocket => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { localAddress, origin });
      closers.push(() => socket.terminate());
      socket.on('error', () => {});
      return socket;
    };
    const statusOf = async (socket: WebSocket): Promise<number> => {
      const [, response] = await once(socket, 'unexpected-response');
      return response.statusCode;
    };
    const page = `http://127.0.0.1:${port}`;
    await once(dial('127.0.0.5', page), 'open');
    const [peer] = [...server.getPeers()];
    expect([peer && server.getClientAddress(peer), peer?.getConnectedHost()]).toEqual(['127.0.0.5', '127.0.0.1']);
    expect(await statusOf(dial('127.0.0.5', page))).toBe(429);
    expect(await statusOf(dial('127.0.0.6', 'https://evil.test'))).toBe(403);
    await once(dial('127.0.0.6', page), 'open');
    const plain = await fetch(`${page}/game`);
    expect([plain.status, plain.headers.get('upgrade')?.toLowerCase() ?? 'websocket']).toEqual([426, 'websocket']);
    if (kind.name === 'HAProxy') expect(await statusOf(dial('127.0.0.7', page, '/other'))).toBe(404);
  });

  test.skipIf(!kind.isInstalled)('a heartbeat keeps a silent connection open beyond the time limits', async () => {
    const server = served({ heartbeatInterval: 0.3 });
    const { port } = await startGateway(kind, server.getLocalPort(), (text) => text.replaceAll('60s', '1s'));
    const peer = connectPeer(`ws://127.0.0.1:${port}/game`);
    await opened(peer);
    const [other] = [...server.getPeers()];
    await until(() => (other?.getStatistics().pongsReceived ?? 0) >= 8, 10_000);
    expect(peer.getReadyState()).toBe(WebSocketPeer.STATE_OPEN);
  });
});

const haproxy = GATEWAYS.find(({ name }) => name === 'HAProxy')!;

test.skipIf(!haproxy.isInstalled)('without one, the time limit cuts it, and both sides are told', async () => {
  const server = served();
  const { port } = await startGateway(haproxy, server.getLocalPort(), (text) => text.replaceAll('60s', '1s'));
  const peer = connectPeer(`ws://127.0.0.1:${port}/game`);
  await opened(peer);
  await until(() => peer.getReadyState() === WebSocketPeer.STATE_CLOSED && server.getPeerCount() === 0, 10_000);
  expect([peer.getCloseCode(), peer.getLastFailure()?.code]).toEqual([-1, 'TICKPEER_CONNECTION_LOST']);
});

test.skipIf(!haproxy.isInstalled)('our client over HTTP/2 to HAProxy, which uses HTTP/1.1 to the server', async () => {
  const identity = await makeIdentity('gateway');
  const server = served();
  const { port } = await startGateway(haproxy, server.getLocalPort(), (text, folder) => {
    writeFileSync(join(folder, 'site.pem'), `${identity.certificatePem}\n${identity.keyPem}\n`);
    return text.replace(/^( +bind \S+)$/m, `$1 ssl crt ${folder}/site.pem alpn h2`);
  });
  const tls = TLSOptions.client(identity.certificate);
  const peer = connectPeer(`wss://127.0.0.1:${port}/game`, tls, { http2: true });
  await opened(peer);
  await talk(peer);
  peer.close(4000, 'bye');
  await until(() => peer.getReadyState() === WebSocketPeer.STATE_CLOSED);
  expect(peer.getCloseCode()).toBe(4000);
});

test.skipIf(!haproxy.isInstalled)('HAProxy as a client of ours over HTTP/2', async () => {
  const { keyPem: key, certificatePem: cert } = await makeIdentity('server');
  const http = createSecureServer({ key, cert, allowHTTP1: true });
  const sessions = new Set<{ destroy(): void }>();
  http.on('session', (session) => sessions.add(session));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    http.close();
  });
  let upgrades = 0;
  http.on('upgrade', () => upgrades++);
  const server = echo();
  server.attach(http, { path: '/game' });
  const { port: serverPort } = http.address() as AddressInfo; // it listens on a port
  const { port } = await startGateway(haproxy, serverPort, (text) =>
    text.replace(/^( +server .*)$/m, '$1 ssl verify none alpn h2 ws h2'),
  );
  const peer = connectPeer(`ws://127.0.0.1:${port}/game`);
  await opened(peer);
  await talk(peer);
  expect([upgrades, sessions.size > 0, server.getPeerCount()]).toEqual([0, true, 1]);
  const [other] = [...server.getPeers()];
  expect(other && server.getClientAddress(other)).toBe('127.0.0.1');
  peer.close(4000, 'bye');
  await until(() => server.getPeerCount() === 0);
});
