import { once } from 'node:events';
import {
  type ClientHttp2Stream,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { State } from '../../../src/websocket/index.ts';
import { startProxy } from '../../support/proxy.ts';
import { until } from '../../support/until.ts';
import { ASK, closers, echo, identity, join, listen, opened, packet, portOf, secure } from './http2-ends.ts';

describe('a client', () => {
  /** An HTTP/2 server whose WebSockets are those of `ws`. */
  async function wsOverHttp2(onSocket: (socket: WebSocket, headers: IncomingHttpHeaders) => void) {
    const { keyPem: key, certificatePem: cert } = identity;
    const http = createSecureServer({ key, cert, allowHTTP1: true, settings: { enableConnectProtocol: true } });
    http.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      if (headers[':path'] === '/refused') {
        stream.respond({ ':status': 403, 'x-why': 'no' });
        stream.end('You may not.');
        return;
      }
      const protocol = headers['sec-websocket-protocol'];
      stream.respond({ ':status': 200, ...(protocol === undefined ? {} : { 'sec-websocket-protocol': protocol }) });
      // What the package's server does with its own sockets.
      const socket = new WebSocket(null as never, undefined, {});
      const setSocket = Reflect.get(socket, 'setSocket') as (stream: object, head: Buffer, options: object) => void;
      setSocket.call(socket, stream, Buffer.alloc(0), { maxPayload: 1e8, allowSynchronousEvents: true });
      Reflect.set(socket, '_isServer', true);
      onSocket(socket, headers);
    });
    return listen(http);
  }

  test('opens by extended CONNECT, and exchanges messages with ws', async () => {
    let asked: IncomingHttpHeaders = {};
    const http = await wsOverHttp2((socket, headers) => {
      asked = headers;
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    const peer = join(`wss://user:word@localhost:${portOf(http)}/a/b?c=d`, {
      supportedProtocols: ['game'],
      handshakeHeaders: ['X-Token: 1', 'Cookie: a=b'],
      inboundBufferSize: 1_000_000,
      outboundBufferSize: 1_000_000,
    });
    await opened(peer);
    expect(asked).toMatchObject({
      ...ASK,
      ':authority': `localhost:${portOf(http)}`,
      ':path': '/a/b?c=d',
      'sec-websocket-protocol': 'game',
      'x-token': '1',
      cookie: 'a=b',
      authorization: `Basic ${btoa('user:word')}`,
    });
    for (const name of ['host', 'connection', 'upgrade', 'sec-websocket-key']) expect(asked).not.toHaveProperty(name);
    expect([peer.getSelectedProtocol(), peer.getConnectedHost(), peer.getConnectedPort()]).toEqual([
      'game',
      '127.0.0.1',
      portOf(http),
    ]);
    expect(peer.getHandshakeResponse()?.status).toBe(101);
    for (const text of ['', 'grüß dich', 'x'.repeat(300_000)]) {
      peer.sendText(text);
      expect(await packet(peer)).toBe(text);
    }
    peer.close(4000, 'bye');
    await until(() => peer.getReadyState() === State.STATE_CLOSED);
    expect([peer.getCloseCode(), peer.getCloseReason()]).toEqual([4000, 'bye']);
  });

  test('receives a Close, and closes its connection', async () => {
    const http = await wsOverHttp2((socket) => socket.close(4001, 'enough'));
    let sessions = 0;
    http.on('session', (one) => {
      sessions++;
      one.on('close', () => sessions--);
    });
    const peer = join(`wss://localhost:${portOf(http)}/`);
    await until(() => peer.getReadyState() === State.STATE_CLOSED);
    expect([peer.getCloseCode(), peer.getCloseReason()]).toEqual([4001, 'enough']);
    await until(() => sessions === 0);
  });

  test('the failure of a refusal has its status, headers and body', async () => {
    const http = await wsOverHttp2(() => {});
    const peer = join(`wss://localhost:${portOf(http)}/refused`);
    await until(() => peer.getReadyState() === State.STATE_CLOSED);
    expect(peer.getLastFailure()).toMatchObject({
      code: 'TICKPEER_HANDSHAKE_STATUS',
      message: expect.stringContaining('403'),
    });
    expect(peer.getHandshakeResponse()).toMatchObject({ status: 403 });
    expect(peer.getHandshakeResponse()?.headers.get('x-why')).toBe('no');
  });

  test('the failure of a reset stream has its error', async () => {
    const http = await secure({ settings: { enableConnectProtocol: true } });
    const streams: ServerHttp2Stream[] = [];
    http.on('connect', ({ stream }: { stream: ServerHttp2Stream }) => {
      streams.push(stream);
      stream.respond({ ':status': 200 });
    });
    const peer = join(`wss://localhost:${portOf(http)}/`);
    await opened(peer);
    // With data left to write; otherwise Node ends the stream before it resets it.
    streams[0]?.write(Uint8Array.of(0x89, 0x00));
    streams[0]?.close(11);
    await until(() => peer.getReadyState() === State.STATE_CLOSED);
    expect([peer.getCloseCode(), peer.getLastFailure()?.code]).toEqual([-1, 'TICKPEER_CONNECTION_RESET']);
    expect(peer.getLastFailure()?.message).toContain('ENHANCE_YOUR_CALM');
  });

  test.each(['during the handshake', 'when open'])('a connection that breaks %s', async (when) => {
    const http = await secure({ settings: { enableConnectProtocol: true } });
    const streams: ServerHttp2Stream[] = [];
    http.on('connect', ({ stream }: { stream: ServerHttp2Stream }) => {
      streams.push(stream);
      if (when === 'when open') stream.respond({ ':status': 200 });
    });
    const peer = join(`wss://localhost:${portOf(http)}/`);
    if (when === 'when open') await opened(peer);
    await until(() => streams.length === 1);
    streams[0]?.session?.destroy();
    await until(() => peer.getReadyState() === State.STATE_CLOSED);
    expect(peer.getLastFailure()?.code).toMatch(/TICKPEER_CONNECTION_(LOST|RESET)/);
  });

  test('a server with HTTP/1.1 only gets an HTTP/1.1 request', async () => {
    const { createServer: createHttps } = await import('node:https');
    const { keyPem: key, certificatePem: cert } = identity;
    const https = createHttps({ key, cert });
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    closers.push(() => https.close());
    const server = echo();
    server.attach(https);
    const peer = join(`wss://localhost:${(https.address() as AddressInfo).port}/`);
    await opened(peer);
    peer.sendText('a');
    expect(await packet(peer)).toBe('a');
  });

  test('a server with HTTP/2 but no WebSockets on it is dialled once more', async () => {
    const http = await secure();
    const server = echo();
    http.on('upgrade', (request, socket, head) => void server.acceptUpgrade(request, socket, head));
    let connections = 0;
    http.on('secureConnection', () => connections++);
    const peer = join(`wss://localhost:${portOf(http)}/`);
    await opened(peer);
    peer.sendText('a');
    expect([await packet(peer), connections]).toEqual(['a', 2]);
  });

  test('our server and our client, with all features', async () => {
    const http = await secure();
    const server = echo({
      supportedProtocols: ['game'],
      compression: { threshold: 0, serverNoContextTakeover: false },
    });
    server.attach(http);
    let hasUpgraded = false;
    http.on('upgrade', () => {
      hasUpgraded = true;
    });
    const peers = Array.from({ length: 10 }, () =>
      join(`wss://localhost:${portOf(http)}/`, {
        supportedProtocols: ['game'],
        compression: true,
        heartbeatInterval: 1,
      }),
    );
    for (const peer of peers) await opened(peer);
    for (const [n, peer] of peers.entries()) {
      peer.sendText(`${n} `.repeat(1000));
      peer.send(Uint8Array.of(n));
    }
    for (const [n, peer] of peers.entries()) {
      await until(() => peer.getAvailablePacketCount() === 2);
      expect([...peer.packets()]).toEqual([`${n} `.repeat(1000), Uint8Array.of(n)]);
    }
    expect(hasUpgraded).toBe(false);
    server.stop();
    await until(() => server.isStopped());
    expect(server.getStopResult()).toEqual({ closed: 10, lost: 0, dropped: 0 });
    await until(() => peers.every((peer) => peer.getReadyState() === State.STATE_CLOSED));
    expect(peers.map((peer) => peer.getCloseCode())).toEqual(peers.map(() => 1001));
  });

  test('close(-1) while it connects leaves no socket open', async () => {
    const http = await secure({ settings: { enableConnectProtocol: true } });
    let open = 0;
    http.on('connection', (socket: Socket) => {
      open++;
      socket.on('close', () => open--);
    });
    const asked: ClientHttp2Stream[] = [];
    http.on('connect', ({ stream }: { stream: ClientHttp2Stream }) => asked.push(stream));
    const peer = join(`wss://localhost:${portOf(http)}/`);
    await until(() => asked.length === 1);
    peer.close(-1);
    await until(() => open === 0);
    expect(peer.getReadyState()).toBe(State.STATE_CLOSED);
  });

  test.each([true, false])('through a proxy, to a server that allows WebSockets there: %s', async (isAllowed) => {
    const http = await secure();
    const server = echo();
    if (isAllowed) server.attach(http);
    else http.on('upgrade', (request, socket, head) => void server.acceptUpgrade(request, socket, head));
    const proxy = await startProxy();
    const peer = join(`wss://localhost:${portOf(http)}/`, { proxy: `http://127.0.0.1:${proxy.port}` });
    await opened(peer);
    const texts = ['a', 'x'.repeat(50_000)];
    for (const text of texts) peer.sendText(text);
    for (const text of texts) expect(await packet(peer)).toBe(text);
    expect([proxy.requests.length, peer.getConnectedPort()]).toEqual([isAllowed ? 1 : 2, proxy.port]);
    peer.close();
    await until(() => peer.getReadyState() === State.STATE_CLOSED);
    await until(() => proxy.connections.size === 0);
  });

  test('with ws:// http2 has no effect', async () => {
    const server = echo();
    server.listen(0, '127.0.0.1');
    const peer = join(`ws://127.0.0.1:${server.getLocalPort()}/`);
    await opened(peer);
  });
});
