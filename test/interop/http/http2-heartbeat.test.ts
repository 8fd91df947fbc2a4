import { once } from 'node:events';
import { connect as connectHttp2, createServer, type Http2Server } from 'node:http2';
import { type AddressInfo, connect } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../../src/websocket/index.ts';
import { dialRaw, upgradeRequest } from '../../support/raw-tcp.ts';
import { turn, until } from '../../support/until.ts';

async function listen(): Promise<Http2Server> {
  const http = createServer();
  await once(http.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    http.close();
  });
  return http;
}

function attach(http: Http2Server, options: WebSocketServerOptions): WebSocketServer {
  const server = new WebSocketServer(options);
  onTestFinished(() => server[Symbol.dispose]());
  server.onWake = () => server.poll();
  server.attach(http);
  return server;
}

/** A WebSocket over HTTP/2, and a way to write below it. */
async function ask(http: Http2Server): Promise<{ writeBelow(bytes: Uint8Array): void }> {
  const { port } = http.address() as AddressInfo; // it listens on a port
  const socket = connect(port, '127.0.0.1');
  const between = new Duplex({
    read: () => void socket.resume(),
    write: (chunk, _encoding, callback) => void socket.write(chunk, callback),
  });
  socket.on('data', (chunk) => between.push(chunk));
  socket.on('error', () => {});
  const session = connectHttp2(`http://127.0.0.1:${port}`, { createConnection: () => between });
  session.on('error', () => {});
  onTestFinished(() => {
    session.destroy();
    socket.destroy();
  });
  await once(session, 'remoteSettings');
  const stream = session.request(
    { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/', 'sec-websocket-version': '13' },
    { endStream: false },
  );
  stream.on('error', () => {});
  stream.resume();
  const [headers] = await once(stream, 'response');
  expect(headers[':status']).toBe(200);
  return { writeBelow: (bytes) => void socket.write(bytes) };
}

/** RFC 9113 6.1: DATA on stream 0 is an error of the connection, which Node 20 does not end for it. */
const DATA_ON_STREAM_0 = Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0, 0, 0x41);

test.each([
  [{}, 30, 0],
  [{ heartbeatInterval: 0 }, 0, 0],
  [{ heartbeatInterval: 5 }, 5, 5],
])(
  'the heartbeat of peers over HTTP/2 with %j: every %d s, over HTTP/1.1 every %d s',
  async (options, over2, over1) => {
    const http = await listen();
    const server = attach(http, options);
    await ask(http);
    await until(() => server.getPeerCount() === 1);
    expect([...server.getPeers()].map(({ heartbeatInterval }) => heartbeatInterval)).toEqual([over2]);
    server.listen(0, '127.0.0.1');
    const end = await dialRaw(server.getLocalPort());
    end.write(upgradeRequest());
    await until(() => server.getPeerCount() === 2);
    expect([...server.getPeers()][1]?.heartbeatInterval).toBe(over1);
    // A peer that the program made itself is unchanged.
    expect(new WebSocketPeer().heartbeatInterval).toBe(0);
  },
);

test('peers of an HTTP/2 connection that is stuck end by the heartbeat, and the connection by the HTTP server’s timeout', async () => {
  const http = await listen();
  http.setTimeout(300);
  const server = attach(http, { heartbeatInterval: 0.05 });
  const client = await ask(http);
  await until(() => server.getPeerCount() === 1);
  const [peer] = server.getPeers();
  client.writeBelow(DATA_ON_STREAM_0);
  for (let turns = 0; turns < 20; turns++) await turn();
  await until(() => server.getPeerCount() === 0);
  expect(peer?.getLastFailure()?.code).toMatch(/TICKPEER_(HEARTBEAT_TIMEOUT|CONNECTION_)/);
  let connections = 1;
  await until(() => {
    http.getConnections((_error, count) => {
      connections = count;
    });
    return connections === 0;
  });
});
