import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RawEnd } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { WebSocketPeer, type WebSocketServerOptions } from '../index.ts';
import { WebSocketServer } from '../server/websocket-server.ts';
import { CHANNELS } from '../session/diagnostics.ts';

function listen(options: WebSocketServerOptions = {}): WebSocketServer {
  const server = new WebSocketServer({ healthPath: '/healthz', ...options });
  onTestFinished(() => server[Symbol.dispose]());
  expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
  return server;
}

async function ask(server: WebSocketServer, request: string): Promise<RawEnd> {
  const raw = new RawEnd(connect(server.getLocalPort(), '127.0.0.1'));
  raw.socket.write(request);
  await until(() => {
    server.poll();
    return raw.hasEnded || raw.isClosed;
  });
  return raw;
}

const REQUEST =
  'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

describe('healthPath', () => {
  test.each<[request: string, status: number, body: string]>([
    ['GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', 200, 'ok\n'],
    ['GET /healthz?x=1 HTTP/1.1\r\nHost: a\r\n\r\n', 200, 'ok\n'],
    ['HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n', 200, ''],
    // What load balancers send by default.
    ['GET /healthz HTTP/1.0\r\n\r\n', 200, 'ok\n'],
    ['HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: probe\r\n\r\n', 200, ''],
    ['GET /other HTTP/1.1\r\nHost: a\r\n\r\n', 426, 'This is a WebSocket server'],
    ['POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', 405, 'GET'],
    [REQUEST.replace('GET / ', 'GET /healthz ').replace('-Version: 13', '-Version: 8'), 426, 'Version'],
    ['garbage\r\n\r\n', 400, ''],
  ])('%j: %i', async (request, status, body) => {
    const raw = await ask(listen(), request);
    expect(raw.status).toBe(status);
    expect(Buffer.from(raw.body).toString()).toContain(body);
    if (request.startsWith('HEAD')) expect([raw.body.length, raw.header('Content-Length')]).toEqual([0, '3']);
  });

  test('there is none by default', async () => {
    const raw = await ask(listen({ healthPath: null }), 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(raw.status).toBe(426);
  });

  test('is answered when everything is full, takes no place, and is not a failure', async () => {
    const told: unknown[] = [];
    for (const name of ['tickpeer:failure', 'tickpeer:handshake:refused', 'tickpeer:limit'] as const) {
      const listener = (message: unknown): void => void told.push(message);
      const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
      subscribe(name, listener);
      onTestFinished(() => void unsubscribe(name, listener));
      expect(CHANNELS[name].hasSubscribers).toBe(true);
    }
    const server = listen({ maxConnections: 1, maxConnectionsPerAddress: 1, allowedHosts: ['game.test'] });
    const player = new RawEnd(connect(server.getLocalPort(), '127.0.0.1'));
    player.socket.write(REQUEST.replace('Host: a', 'Host: game.test'));
    await until(() => {
      server.poll();
      return player.status === 101;
    });
    for (let count = 0; count < 3; count++) {
      const raw = await ask(server, 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      expect(raw.status).toBe(200);
    }
    expect([server.getPeerCount(), server.getPendingCount(), told]).toEqual([1, 0, []]);
  });

  test('while isReady is false the response is 503, and clients still get in', async () => {
    const server = listen();
    const health = async (): Promise<unknown[]> => {
      const { status, body } = await ask(server, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
      return [status, Buffer.from(body).toString()];
    };
    server.isReady = false;
    expect(await health()).toEqual([503, 'not ready\n']);
    const client = new RawEnd(connect(server.getLocalPort(), '127.0.0.1'));
    client.socket.write(REQUEST);
    await until(() => {
      server.poll();
      return client.status === 101;
    });
    server.isReady = true;
    expect(await health()).toEqual([200, 'ok\n']);
    server.isReady = false;
    server.stop();
    expect(await health()).toEqual([503, 'stopping\n']);
  });

  test('after stop() the response is 503, for WebSockets too, until the last peer has left; then the port is free', async () => {
    const server = listen();
    const port = server.getLocalPort();
    const client = new RawEnd(connect(port, '127.0.0.1'));
    client.socket.write(REQUEST);
    await until(() => {
      server.poll();
      return server.getPeerCount() === 1;
    });
    server.stop();
    expect([server.isListening(), server.isStopped(), server.getLocalPort()]).toEqual([false, false, port]);
    const health = await ask(server, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    expect([health.status, Buffer.from(health.body).toString()]).toEqual([503, 'stopping\n']);
    expect((await ask(server, REQUEST)).status).toBe(503);
    expect(server.getPeerCount()).toBe(1);
    // Its Close, 1001, masked with zeros.
    client.socket.write(Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9));
    await until(() => {
      server.poll();
      return server.isStopped();
    });
    expect([server.getStopResult(), server.getLocalPort()]).toEqual([{ closed: 1, lost: 0, dropped: 0 }, 0]);
    const next = listen();
    expect(next.isListening()).toBe(true);
  });

  test('a server without peers stops at once, and can listen again', async () => {
    const server = listen();
    server.stop();
    expect([server.isStopped(), server.getLocalPort()]).toEqual([true, 0]);
    expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
    const client = new WebSocketPeer();
    onTestFinished(() => client.close(-1));
    client.connectToUrl(`ws://127.0.0.1:${server.getLocalPort()}`);
    await until(() => {
      server.poll();
      client.poll();
      return server.getPeerCount() === 1;
    });
    server.stop();
    expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
    expect((await ask(server, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200);
  });
});
