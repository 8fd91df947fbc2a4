import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  connect as connectHttp2,
  constants,
  createSecureServer as createHttp2Server,
  createServer as createPlainHttp2Server,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from '../../../src/websocket/index.ts';
import { makeIdentity } from '../../support/certificates.ts';
import { attachEcho } from '../../support/echo-server.ts';
import { frameTo } from '../../support/frames.ts';
import { dialRaw, RawEnd, upgradeRequest } from '../../support/raw-tcp.ts';
import { turn, until } from '../../support/until.ts';

/** The requests that the application of an HTTP server with a WebSocket server at `/game` got. */

type App = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(app: App, server: Server = createServer()): Promise<Server> {
  server.on('request', app);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

function portOf(server: NetServer): number {
  return (server.address() as AddressInfo).port; // it listens on a port
}

const page: App = (_request, response) => response.end('page');
const echoBody: App = async (request, response) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  response.end(`<${body.length > 20 ? body.length : body} ${request.complete}>`);
};
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n';
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: h2c\r\n';

/** The bodies of the answers, in order; each is in angle brackets, or `page`. */
function answers({ text }: RawEnd): string[] {
  return text.match(/<[^>]*>|page/g) ?? [];
}

test.each(['h2c', 'websocket'])(
  'an upgrade to %s for the application, pipelined behind a page, is answered',
  async (to) => {
    const http = await listen(page);
    attachEcho(http);
    const end = await dialRaw(portOf(http));
    end.write(`${GET}\r\n${GET}Connection: Upgrade\r\nUpgrade: ${to}\r\n\r\n`);
    await until(() => answers(end).length === 2);
    // The connection stays open.
    end.write(`${GET}\r\n`);
    await until(() => answers(end).length === 3);
  },
);

test('a slow first response keeps its place', async () => {
  const held: ServerResponse[] = [];
  const http = await listen((_request, response) => void held.push(response));
  attachEcho(http);
  const end = await dialRaw(portOf(http));
  end.write(`${GET}\r\n`);
  end.write(`${GET}${UPGRADE}\r\n`);
  await until(() => held.length === 2);
  held[1]?.end('<second>');
  await turn();
  held[0]?.end('<first>');
  await until(() => answers(end).length === 2);
  expect(answers(end)).toEqual(['<first>', '<second>']);
});

test('bodies of requests for another protocol reach the application', async () => {
  const http = await listen(echoBody);
  attachEcho(http);
  const post = `POST / HTTP/1.1\r\nHost: x\r\n${UPGRADE}`;
  const cases: [string, string, string][] = [
    [`${post}Content-Length: 2\r\n\r\nhi`, '', '<hi true>'],
    [`${post}Content-Length: 2\r\n\r\n`, 'hi', '<hi true>'],
    [`${post}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`, '', '<hi true>'],
    [`${post}Content-Length: 100000\r\n\r\n`, 'x'.repeat(100_000), '<100000 true>'],
    [`${post}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n`, 'hi', '<hi true>'],
    // A handshake has no body.
    [
      `GET /game HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n`,
      'hi',
      '<hi true>',
    ],
    [
      `POST /game HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n`,
      'hi',
      '<hi true>',
    ],
  ];
  for (const [first, later, expected] of cases) {
    const end = await dialRaw(portOf(http));
    end.write(first);
    for (let turns = 0; later !== '' && turns < 3; turns++) await turn();
    end.write(later);
    await until(() => answers(end).length === 1);
    expect([first, answers(end)]).toEqual([first, [expected]]);
    if (first.includes('Expect')) expect(end.text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  }
});

test('the application sees the client’s headers', async () => {
  const seen: unknown[] = [];
  const http = await listen(({ headers, rawHeaders, method }, response) => {
    seen.push([method, headers.upgrade, rawHeaders]);
    response.end('page');
  });
  attachEcho(http);
  const end = await dialRaw(portOf(http));
  end.write(`${GET}${UPGRADE}\r\n`);
  await until(() => answers(end).length === 1);
  expect(seen).toEqual([['GET', 'h2c', ['Host', 'x', 'Connection', 'Upgrade', 'Upgrade', 'h2c']]]);
});

test('an upgrade that offers several protocols means the same to listen and to attach', async () => {
  const http = await listen(page);
  attachEcho(http);
  const alone = new WebSocketServer();
  onTestFinished(() => alone[Symbol.dispose]());
  alone.onWake = () => alone.poll();
  alone.listen(0, '127.0.0.1');
  for (const port of [portOf(http), alone.getLocalPort()]) {
    const end = await dialRaw(port);
    end.write(upgradeRequest({ Upgrade: 'h2c, websocket' }, 'GET /game HTTP/1.1'));
    await until(() => end.hasHead);
    expect(end.status).toBe(101);
  }
});

test('HTTP/1.0 has no upgrades', async () => {
  const http = await listen(page);
  attachEcho(http);
  const end = await dialRaw(portOf(http));
  end.write(upgradeRequest({}, 'GET /game HTTP/1.0'));
  await until(() => end.hasEnded);
  expect([end.status, answers(end)]).toEqual([200, ['page']]);
});

test('a WebSocket behind a page waits for the page’s response, and loses none of its frames', async () => {
  const held: ServerResponse[] = [];
  const http = await listen((_request, response) => void held.push(response));
  const server = attachEcho(http);
  const end = await dialRaw(portOf(http));
  const frame = frameTo('server', { opcode: 1, payload: 'early' });
  end.write(Buffer.concat([Buffer.from(`${GET}\r\n${upgradeRequest({}, 'GET /game HTTP/1.1')}`), frame]));
  await until(() => held.length === 1);
  end.write(frameTo('server', { opcode: 1, payload: 'later' }));
  for (let turns = 0; turns < 10; turns++) await turn();
  expect([end.text, server.getPeerCount() + server.getPendingCount()]).toEqual(['', 0]);
  // More than the connection takes at once: it must learn when there is room again.
  held[0]?.write('x'.repeat(2_000_000));
  held[0]?.once('drain', () => held[0]?.end('page'));
  await until(() => end.text.includes('echo later'));
  expect(end.text.indexOf('page')).toBeLessThan(end.text.indexOf('HTTP/1.1 101'));
  expect(end.text).toMatch(/HTTP\/1\.1 101 [\s\S]*echo early[\s\S]*echo later/);
});

test('bytes after a waiting WebSocket are kept up to a limit', async () => {
  const held: ServerResponse[] = [];
  const sockets: Socket[] = [];
  const http = await listen((_request, response) => void held.push(response));
  http.on('connection', (socket) => sockets.push(socket));
  const server = attachEcho(http);
  const end = await dialRaw(portOf(http));
  end.write(`${GET}\r\n${upgradeRequest({}, 'GET /game HTTP/1.1')}`);
  await until(() => held.length === 1);
  const frame = frameTo('server', { opcode: 2, payload: new Uint8Array(60_000) });
  for (let count = 0; count < 200; count++) end.write(frame);
  const [socket] = sockets;
  let before = -1;
  let still = 0;
  await until(() => {
    const bytes = socket?.bytesRead ?? 0;
    still = bytes === before ? still + 1 : 0;
    before = bytes;
    return still > 50;
  });
  // One read of 64 KiB and the stream's own buffer are added to the limit.
  expect(before).toBeLessThan(65_536 * 4);
  expect(end.socket.writableLength).toBeGreaterThan(0);
  held[0]?.end('page');
  await until(() => server.getPeerCount() === 1);
});

test('a client that resets or ends while its WebSocket waits leaves no listeners and no sockets', async () => {
  const held: ServerResponse[] = [];
  const http = await listen((_request, response) => void held.push(response));
  const server = attachEcho(http);
  for (const leave of ['reset', 'end'] as const) {
    const end = await dialRaw(portOf(http));
    end.write(`${GET}\r\n${upgradeRequest({}, 'GET /game HTTP/1.1')}`);
    await until(() => held.length === 1);
    if (leave === 'reset') end.reset();
    else end.socket.end();
    for (let turns = 0; turns < 5; turns++) await turn();
    held.pop()?.end('page');
    await until(() => server.getPendingCount() === 0);
  }
  let left = -1;
  await until(() => {
    http.getConnections((_error, count) => {
      left = count;
    });
    return left === 0;
  });
  expect(server.getPeerCount()).toBe(0);
});

test('a server that stops while a WebSocket waits for its turn refuses it', async () => {
  const held: ServerResponse[] = [];
  const http = await listen((_request, response) => void held.push(response));
  const server = attachEcho(http);
  const end = await dialRaw(portOf(http));
  end.write(`${GET}\r\n${upgradeRequest({}, 'GET /game HTTP/1.1')}`);
  await until(() => held.length === 1);
  server.stop();
  held[0]?.end('page');
  await until(() => end.hasEnded);
  expect(end.text).toMatch(/page[\s\S]*HTTP\/1\.1 503 /);
});

test('a reset of an upgrade that another listener declines has no effect on others', async () => {
  const http = await listen(page);
  attachEcho(http);
  let isLeft = false;
  let isClosed = false;
  http.on('upgrade', (_request: IncomingMessage, socket: Duplex) => {
    isLeft = true;
    socket.on('close', () => {
      isClosed = true;
    });
    socket.resume();
  });
  const end = await dialRaw(portOf(http));
  end.write(`${GET}${UPGRADE}\r\n`);
  await until(() => isLeft);
  end.reset();
  await until(() => isClosed);
});

test('connections that are given back have the HTTP server’s time limits, and end with it', async () => {
  const http = await listen(page);
  http.keepAliveTimeout = 1;
  attachEcho(http);
  const ends = await Promise.all(Array.from({ length: 20 }, () => dialRaw(portOf(http))));
  for (const end of ends) end.write(`${GET}${UPGRADE}\r\n`);
  await until(() => ends.every((end) => answers(end).length === 1));
  // `closeIdleConnections` knows them.
  http.closeIdleConnections();
  await until(() => ends.every(({ hasEnded }) => hasEnded));
});

test('the keep-alive time of an earlier answer does not end a WebSocket', async () => {
  const sockets: Socket[] = [];
  const http = await listen(page);
  http.keepAliveTimeout = 1;
  http.on('connection', (socket) => sockets.push(socket));
  attachEcho(http);
  const end = await dialRaw(portOf(http));
  end.write(`${GET}\r\n${upgradeRequest({}, 'GET /game HTTP/1.1')}`);
  await until(() => end.text.includes('HTTP/1.1 101'));
  await until(() => sockets[0]?.timeout === 0);
  end.write(frameTo('server', { opcode: 1, payload: 'there' }));
  await until(() => end.text.includes('echo there'));
});

/** An upgrade to another protocol with a late body, an ordinary request, and a WebSocket request, on one connection. */
async function declinedThenOurs(end: RawEnd): Promise<void> {
  end.write(`POST / HTTP/1.1\r\nHost: x\r\n${UPGRADE}Content-Length: 2\r\n\r\n`);
  await turn();
  end.write('hi');
  await until(() => answers(end).length === 1);
  end.write(`${GET}\r\n${upgradeRequest({}, 'GET /game HTTP/1.1')}`);
  await until(() => end.text.includes('HTTP/1.1 101'));
  expect(answers(end)).toEqual(['<hi true>', '< true>']);
}

test('the same over TLS', async () => {
  const { keyPem, certificatePem } = await makeIdentity('game.test');
  const https = createSecureServer({ key: keyPem, cert: certificatePem });
  await listen(echoBody, https);
  attachEcho(https);
  const end = new RawEnd(connectSecurely({ port: portOf(https), rejectUnauthorized: false }));
  await once(end.socket, 'secureConnect');
  await declinedThenOurs(end);
});

test('HTTP/1.1 at a server of HTTP/2', async () => {
  const { keyPem, certificatePem } = await makeIdentity('game.test');
  const http2 = createHttp2Server({ key: keyPem, cert: certificatePem, allowHTTP1: true }, (request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => response.end(`<${body} ${request.complete}>`));
  });
  const sockets: Duplex[] = [];
  http2.on('secureConnection', (socket) => sockets.push(socket));
  await once(http2.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    http2.close();
  });
  attachEcho(http2);
  for (const resets of [false, true]) {
    const end = new RawEnd(
      connectSecurely({ port: portOf(http2), ALPNProtocols: ['http/1.1'], rejectUnauthorized: false }),
    );
    await once(end.socket, 'secureConnect');
    await declinedThenOurs(end);
    if (resets) end.socket.destroy();
  }
  // No server takes these.
  const end = new RawEnd(
    connectSecurely({ port: portOf(http2), ALPNProtocols: ['http/1.1'], rejectUnauthorized: false }),
  );
  await once(end.socket, 'secureConnect');
  end.write('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n');
  await until(() => end.isClosed || end.hasEnded);
  expect(end.text).toBe('');
});

test('a declined extended CONNECT that is reset has no effect on others, with a second listener', async () => {
  const http2 = createPlainHttp2Server({ settings: { enableConnectProtocol: true } });
  let left = 0;
  let closed = 0;
  http2.on('stream', (stream: ServerHttp2Stream) => {
    left++;
    stream.on('close', () => closed++);
  });
  await once(http2.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    http2.close();
  });
  attachEcho(http2);
  const client = connectHttp2(`http://127.0.0.1:${portOf(http2)}`);
  onTestFinished(() => client.destroy());
  await once(client, 'remoteSettings');
  const ask = { ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/elsewhere' };
  const stream = client.request(ask, { endStream: false });
  stream.on('error', () => {});
  await until(() => left === 1);
  stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
  await until(() => closed === 1);
});

test('an HTTP server is unchanged after its last WebSocket server has stopped', async () => {
  const http = await listen(page);
  const before = Reflect.ownKeys(http);
  const emit = http.emit;
  const server = attachEcho(http);
  expect(http.emit).not.toBe(emit);
  server.stop();
  expect(Reflect.ownKeys(http)).toEqual(before);
  expect([http.emit === emit, http.listenerCount('upgrade')]).toEqual([true, 0]);
  const end = await dialRaw(portOf(http));
  end.write(upgradeRequest({}, 'GET /game HTTP/1.1'));
  await until(() => answers(end).length === 1);
});
