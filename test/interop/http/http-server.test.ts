import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ErrorCode } from '../../../src/error-code.ts';
import { State, WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../../src/websocket/index.ts';
import { makeIdentity } from '../../support/certificates.ts';
import { frameTo } from '../../support/frames.ts';
import { until } from '../../support/until.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** An HTTP server that answers every request with its method and URL. */
async function listen(server: Server = createServer()): Promise<Server> {
  server.on('request', (request: IncomingMessage, response) => response.end(`page ${request.method} ${request.url}`));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // it listens on a port
}

/** A server that echoes, with a name before it. */
function echo(name: string, options: WebSocketServerOptions = {}): WebSocketServer {
  const server = new WebSocketServer(options);
  server.onWake = () => {
    server.poll();
    for (const peer of server.readyPeers()) for (const packet of peer.packets()) peer.sendText(`${name}: ${packet}`);
  };
  closers.push(() => server[Symbol.dispose]());
  return server;
}

async function say(url: string, text: string, options: object = {}): Promise<string> {
  const socket = new WebSocket(url, options);
  closers.push(() => socket.terminate());
  await once(socket, 'open');
  socket.send(text);
  const [answer] = await once(socket, 'message');
  return String(answer);
}

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<[number | undefined, string]> {
  const [response] = (await once(get(url, { headers }), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return [response.statusCode, body];
}

const UPGRADE = { Connection: 'Upgrade', Upgrade: 'websocket' };

describe('attach', () => {
  test('pages and WebSockets share a port, several servers by path', async () => {
    const http = await listen();
    const [chat, game, rest] = [echo('chat'), echo('game'), echo('rest')];
    expect(chat.attach(http, { path: '/chat' })).toBe(ErrorCode.OK);
    expect(game.attach(http, { path: '/game' })).toBe(ErrorCode.OK);
    expect(rest.attach(http)).toBe(ErrorCode.OK);
    expect(chat.isListening()).toBe(true);
    const base = `ws://127.0.0.1:${portOf(http)}`;
    expect(await say(`${base}/chat?room=1`, 'a')).toBe('chat: a');
    expect(await say(`${base}/game`, 'b')).toBe('game: b');
    expect(await say(`${base}/chatter`, 'c')).toBe('rest: c');
    expect(await statusOf(`http://127.0.0.1:${portOf(http)}/chat`)).toEqual([200, 'page GET /chat']);
  });

  test('over TLS', async () => {
    const { keyPem, certificatePem } = await makeIdentity('game.test');
    const https = await listen(createSecureServer({ key: keyPem, cert: certificatePem }));
    const server = echo('safe');
    server.attach(https);
    expect(await say(`wss://127.0.0.1:${portOf(https)}/`, 'hi', { rejectUnauthorized: false })).toBe('safe: hi');
    expect([...server.getPeers()][0]?.getRequestedUrl()).toMatch(/^wss:/);
  });

  test('a path can be taken once, and again when its server has stopped', async () => {
    const http = await listen();
    const [first, second] = [echo('first'), echo('second')];
    expect(first.attach(http, { path: '/a' })).toBe(ErrorCode.OK);
    expect(second.attach(http, { path: '/a' })).toBe(ErrorCode.ERR_ALREADY_IN_USE);
    expect(second.getLastFailure()).toMatchObject({ code: 'TICKPEER_ALREADY_IN_USE' });
    first.stop();
    expect([first.isListening(), first.isStopped()]).toEqual([false, true]);
    expect(second.attach(http, { path: '/a' })).toBe(ErrorCode.OK);
    expect(await say(`ws://127.0.0.1:${portOf(http)}/a`, 'x')).toBe('second: x');
    second.stop();
    expect(http.listenerCount('upgrade')).toBe(0);
  });

  test('requests that no server takes go to the application', async () => {
    const http = await listen();
    echo('game').attach(http, { path: '/game' });
    const url = `http://127.0.0.1:${portOf(http)}`;
    expect(await statusOf(`${url}/other`, UPGRADE)).toEqual([200, 'page GET /other']);
    expect(await statusOf(`${url}/game`, { Connection: 'Upgrade', Upgrade: 'h2c' })).toEqual([200, 'page GET /game']);
  });

  test('another listener gets the requests that are not ours', async () => {
    const http = await listen();
    echo('game').attach(http, { path: '/game' });
    http.on('upgrade', (request, socket) => {
      if (request.url === '/other') socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    });
    expect((await statusOf(`http://127.0.0.1:${portOf(http)}/other`, UPGRADE))[0]).toBe(418);
    expect(await say(`ws://127.0.0.1:${portOf(http)}/game`, 'x')).toBe('game: x');
  });

  test('rules and limits apply, and frames that come with the request are not lost', async () => {
    const http = await listen();
    echo('game', { maxConnectionsPerAddress: 1 }).attach(http);
    const url = `http://127.0.0.1:${portOf(http)}/`;
    const handshake = { ...UPGRADE, 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' };
    expect((await statusOf(url, { ...handshake, Origin: 'https://evil.test' }))[0]).toBe(403);
    expect((await statusOf(url, { ...handshake, 'Sec-WebSocket-Version': '8' }))[0]).toBe(426);
    const socket = connect(portOf(http), '127.0.0.1');
    closers.push(() => socket.destroy());
    const head = Object.entries(handshake).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      Buffer.concat([
        Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${head.join('')}\r\n`),
        frameTo('server', { opcode: 1, payload: 'early' }),
      ]),
    );
    let got = '';
    socket.on('data', (chunk) => {
      got += String(chunk);
    });
    await until(() => got.includes('game: early'));
    expect((await statusOf(url, handshake))[0]).toBe(429);
  });
});

test('a peer takes an upgrade that the program routes itself', async () => {
  const http = await listen();
  const peer = new WebSocketPeer();
  closers.push(() => peer.close(-1));
  http.on('upgrade', (request, socket, head) => {
    expect(peer.acceptUpgrade(request, socket, head)).toBe(ErrorCode.OK);
    expect(peer.acceptUpgrade(request, socket, head)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  });
  const socket = new WebSocket(`ws://127.0.0.1:${portOf(http)}/here?x=1`);
  socket.on('error', () => {}); // it may be ended before it has read the response
  closers.push(() => socket.terminate());
  await until(() => {
    peer.poll();
    return peer.getReadyState() === State.STATE_OPEN;
  });
  expect(peer.getHandshakeRequest()).toMatchObject({ path: '/here', query: 'x=1' });
});

describe('the program decides', () => {
  async function ask(
    options: WebSocketServerOptions = {},
    headers: Record<string, string> = {},
    protocols: string[] = [],
  ) {
    const server = new WebSocketServer({ manualHandshake: true, ...options });
    closers.push(() => server[Symbol.dispose]());
    server.listen(0, '127.0.0.1');
    const socket = new WebSocket(`ws://127.0.0.1:${server.getLocalPort()}/room/1?token=a%20b`, protocols, { headers });
    closers.push(() => socket.terminate());
    socket.on('error', () => {});
    await until(() => {
      server.poll();
      return server.isRequestAvailable();
    });
    const pending = server.takeRequest()!;
    expect([server.isRequestAvailable(), server.takeRequest()]).toEqual([false, null]);
    return { server, socket, pending };
  }

  test('with the whole request, at any time', async () => {
    const { server, socket, pending } = await ask(
      { trustedProxies: ['127.0.0.0/8'] },
      { Cookie: 'session=abc; theme="dark"', 'X-Forwarded-For': '203.0.113.7' },
      ['chat', 'game'],
    );
    expect(pending.request).toMatchObject({ method: 'GET', path: '/room/1', protocols: ['chat', 'game'] });
    expect(pending.url.searchParams.get('token')).toBe('a b');
    expect([...pending.cookies]).toEqual([
      ['session', 'abc'],
      ['theme', 'dark'],
    ]);
    expect([pending.clientAddress, pending.clientCertificate]).toEqual(['203.0.113.7', null]);
    for (let n = 0; n < 20; n++) server.poll();
    expect([pending.isWaiting, server.getPendingCount(), server.isPeerAvailable()]).toEqual([true, 1, false]);
    expect(pending.accept({ protocol: 'game', headers: ['Set-Cookie: session=def'] })).toBe(ErrorCode.OK);
    const [response] = (await once(socket, 'upgrade')) as [IncomingMessage];
    expect(response.headers['set-cookie']).toEqual(['session=def']);
    await until(() => {
      server.poll();
      return server.isPeerAvailable();
    });
    const peer = server.takePeer();
    expect(peer).toBe(pending.peer);
    expect([peer?.getSelectedProtocol(), peer && server.getClientAddress(peer)]).toEqual(['game', '203.0.113.7']);
    expect([pending.isWaiting, pending.accept(), pending.reject(403)]).toEqual([
      false,
      ErrorCode.ERR_UNAVAILABLE,
      ErrorCode.ERR_UNAVAILABLE,
    ]);
    socket.send('hello');
    await until(() => {
      server.poll();
      return (peer?.getAvailablePacketCount() ?? 0) > 0;
    });
  });

  test('and refuses with a status, headers and a body', async () => {
    const { server, socket, pending } = await ask();
    expect(() => pending.reject(101)).toThrow(RangeError);
    expect(pending.reject(401, { headers: ['X: a\r\nb'] })).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect(pending.getLastFailure()).toMatchObject({ code: 'TICKPEER_INVALID_HEADER' });
    expect(pending.reject(401, { headers: ['WWW-Authenticate: Basic'], body: 'Who are you?' })).toBe(ErrorCode.OK);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect([response.statusCode, response.headers['www-authenticate']]).toEqual([401, 'Basic']);
    await until(() => {
      server.poll();
      return server.getPendingCount() === 0;
    });
  });

  test.each(['a:99999', '[::'])('an impossible host has no effect: %j', async (host) => {
    const { pending } = await ask({}, { Host: host });
    expect(pending.url.href).toBe('ws://localhost/room/1?token=a%20b');
  });

  test('accepting with a protocol that was not offered leaves it waiting', async () => {
    const { pending } = await ask({}, {}, ['chat']);
    expect(pending.accept({ protocol: 'other' })).toBe(ErrorCode.ERR_INVALID_PARAMETER);
    expect([pending.isWaiting, pending.accept({ protocol: 'chat' })]).toEqual([true, ErrorCode.OK]);
  });

  test('no common sub-protocol is refused with 400', async () => {
    const { socket, pending } = await ask({ supportedProtocols: ['game'] }, {}, ['chat']);
    expect(pending.accept()).toBe(ErrorCode.FAILED);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(400);
  });

  test('a request is refused with 503 at its time limit', async () => {
    const { server, socket, pending } = await ask({ handshakeTimeLimit: 0.05 });
    const refused = once(socket, 'unexpected-response');
    await until(() => {
      server.poll();
      return !pending.isWaiting;
    });
    const [, response] = (await refused) as [unknown, IncomingMessage];
    expect([response.statusCode, pending.accept()]).toEqual([503, ErrorCode.ERR_UNAVAILABLE]);
  });

  test('a client that has gone no longer waits', async () => {
    const { server, socket, pending } = await ask();
    socket.terminate();
    await until(() => {
      server.poll();
      return !pending.isWaiting;
    });
    expect([server.getPendingCount(), pending.accept()]).toEqual([0, ErrorCode.ERR_UNAVAILABLE]);
    expect(pending.getLastFailure()).toMatchObject({ code: 'TICKPEER_HANDSHAKE_REFUSED' });
  });

  test('a server that stops refuses with 503', async () => {
    const { server, socket, pending } = await ask();
    const refused = once(socket, 'unexpected-response');
    server.stop();
    const [, response] = (await refused) as [unknown, IncomingMessage];
    expect([response.statusCode, pending.isWaiting, server.isStopped()]).toEqual([503, false, true]);
  });

  test('a client that sends early is read up to a limit, and nothing of it is lost', async () => {
    const server = new WebSocketServer({ manualHandshake: true, inboundBufferSize: 2 ** 24 });
    closers.push(() => server[Symbol.dispose]());
    server.listen(0, '127.0.0.1');
    const socket = connect(server.getLocalPort(), '127.0.0.1');
    closers.push(() => socket.destroy());
    const lines = ['Host: a', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await until(() => {
      server.poll();
      return server.isRequestAvailable();
    });
    // More than the system's buffers hold between two ends.
    for (let n = 0; n < 12; n++)
      socket.write(frameTo('server', { opcode: 2, payload: new Uint8Array(1_000_000).fill(n) }));
    let waiting = -1;
    await until(() => {
      const before = waiting;
      waiting = socket.writableLength;
      return waiting === before && waiting > 0;
    });
    server.takeRequest()?.accept();
    const heads: unknown[] = [];
    await until(() => {
      server.poll();
      for (const peer of server.readyPeers()) for (const packet of peer.packets()) heads.push(packet[0]);
      return heads.length === 12;
    });
    expect(heads).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('bytes that a client sends before the response are kept', async () => {
    const server = new WebSocketServer({ manualHandshake: true });
    closers.push(() => server[Symbol.dispose]());
    server.listen(0, '127.0.0.1');
    const socket = connect(server.getLocalPort(), '127.0.0.1');
    closers.push(() => socket.destroy());
    const lines = ['Host: a', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    socket.write(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    socket.write(frameTo('server', { opcode: 1, payload: 'one' }));
    await until(() => {
      server.poll();
      return server.isRequestAvailable();
    });
    socket.write(frameTo('server', { opcode: 1, payload: 'two' }));
    expect(server.takeRequest()?.accept()).toBe(ErrorCode.OK);
    const packets: unknown[] = [];
    await until(() => {
      server.poll();
      for (const peer of server.readyPeers()) packets.push(...peer.packets());
      return packets.length === 2;
    });
    expect(packets).toEqual(['one', 'two']);
  });
});
