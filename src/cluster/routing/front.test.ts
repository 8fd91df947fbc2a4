import { once } from 'node:events';
import type { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createSecureServer } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { ErrorCode, State, WebSocketServer } from 'tickpeer';
import { expect, onTestFinished, test } from 'vitest';
import { unusedPort } from '../../../test/journey/unused-port.ts';
import { makeIdentity } from '../../../test/support/certificates.ts';
import { startFront, startNode } from '../../../test/support/front.ts';
import { dialPeer, drive, isClosed, isOpen, openPeer } from '../../../test/support/peers.ts';
import { dialRaw, RawEnd, startRawServer, upgradeRequest } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { Front } from './front.ts';
import type { Route } from './route.ts';

const HERE: Route = { to: 'here' };

test('a client of this node is taken by its server, with what it sent early', async () => {
  const { front, sockets, port, poll } = await startFront(() => HERE);
  const end = await dialRaw(port);
  end.write(
    Buffer.concat([Buffer.from(upgradeRequest()), Buffer.from('818100000000', 'hex'), Buffer.from('61', 'hex')]),
  );
  await drive({ poll }, () => sockets.isPeerAvailable());
  const peer = sockets.takePeer();
  await drive({ poll }, () => peer?.getAvailablePacketCount() === 1 && end.status === 101);
  expect(front.statistics).toMatchObject({ here: 1, waiting: 0, tunnelled: 0 });
});

test('a client of another node gets through, and that node knows its address', async () => {
  const node = startNode('b', { maxConnectionsPerAddress: 5 });
  const { front, url, poll } = await startFront(() => node.route);
  const client = await openPeer(`${url}/game?room=A`, { handshakeHeaders: ['X-Forwarded-For: 1.2.3.4'] }, [
    node,
    { poll },
  ]);
  const peer = node.sockets.takePeer();
  expect(peer?.getRequestedUrl()).toContain('/game?room=A');
  // The connection comes from the front; what the client says of its address is not believed.
  expect(node.sockets.getClientAddress(peer!)).toBe('127.0.0.1');
  client.sendText('there');
  await drive([client, node], () => peer!.getAvailablePacketCount() === 1);
  peer!.sendText('and back');
  await drive([client, node], () => client.getAvailablePacketCount() === 1);
  expect(client.getPacket()).toEqual(new TextEncoder().encode('and back'));
  client.close(4000, 'done');
  await drive([client, node], () => isClosed(client) && front.statistics.tunnels === 0);
  const { here, tunnelled, bytesToNodes, bytesFromNodes } = front.statistics;
  expect([here, tunnelled, bytesToNodes > 200, bytesFromNodes > 100]).toEqual([0, 1, true, true]);
});

test('the addresses of a balancer that is trusted go on to the node', async () => {
  const node = startNode('b');
  const { url, poll } = await startFront(() => node.route, {}, { trustedProxies: ['127.0.0.1'] });
  await openPeer(url, { handshakeHeaders: ['X-Forwarded-For: 9.9.9.9, 203.0.113.7'] }, [node, { poll }]);
  expect(node.sockets.getClientAddress(node.sockets.takePeer()!)).toBe('203.0.113.7');
});

test('an HTTP error of the node comes through as it is', async () => {
  const node = startNode('b', { path: '/other' });
  const { port } = await startFront(() => node.route);
  const end = await dialRaw(port);
  end.write(upgradeRequest());
  await drive(node, () => end.hasEnded);
  expect(end.status).toBe(404);
});

test('a head that is too large for the node with one more line gets the node’s 431', async () => {
  const node = startNode('b', { maxHandshakeHeaders: 6 });
  const { port } = await startFront(() => node.route);
  for (const [count, status] of [
    [5, 101],
    [6, 431],
  ] as const) {
    const end = await dialRaw(port);
    end.write(upgradeRequest(count === 6 ? { 'X-More': '1' } : {}));
    await drive(node, () => end.hasHead);
    expect(end.status).toBe(status);
  }
});

test('the node gets every byte of the head, of a whole URL, and what came with it', async () => {
  const raw = await startRawServer();
  const { port } = await startFront(() => ({ to: 'node', id: 'b', host: '127.0.0.1', port: raw.port }));
  const end = await dialRaw(port);
  const request = upgradeRequest(
    { 'X-Name': 'caf\xe9', cookie: 'a=1', Cookie: 'b=2' },
    'GET http://a.example/x?y HTTP/1.1',
  );
  end.write(`${request}early\xff`);
  await until(() => raw.ends[0]?.text.endsWith('early\xff') === true);
  expect(raw.ends[0]?.text).toBe(request.replace('\r\n\r\n', '\r\nX-Forwarded-For: 127.0.0.1\r\n\r\nearly\xff'));
});

test('a TLS client is tunnelled, too', async () => {
  const { keyPem, certificatePem } = await makeIdentity('front');
  const node = startNode('b');
  const http = createSecureServer({ key: keyPem, cert: certificatePem });
  const { port } = await startFront(() => node.route, {}, { http });
  const socket = connectTls({ port, host: '127.0.0.1', ca: certificatePem });
  const end = new RawEnd(socket);
  await once(socket, 'secureConnect');
  end.write(upgradeRequest());
  await drive(node, () => end.status === 101);
  const peer = node.sockets.takePeer();
  peer?.close(4000);
  await drive(node, () => end.body.length >= 4);
  socket.destroy();
  await drive(node, () => node.sockets.getPeerCount() === 0);
});

test('a refused client gets the code and the reason', async () => {
  const { front, url, poll } = await startFront(async () => ({ to: 'refused', code: 4404, reason: 'no such room' }));
  const client = dialPeer(url);
  await drive([client, { poll }], () => isClosed(client));
  expect([client.getCloseCode(), client.getCloseReason()]).toEqual([4404, 'no such room']);
  expect(front.statistics.refused.route).toBe(1);
});

test.each([
  [
    'throws',
    (): Route => {
      throw new Error('the broker is gone');
    },
  ],
  ['rejects', (): Promise<Route> => Promise.reject(new Error('the broker is gone'))],
  ['names a code that cannot be sent', (): Route => ({ to: 'refused', code: 1005, reason: '' })],
  ['returns nothing', (): Route => undefined as unknown as Route],
])('a client is refused when findRoute %s, and the error is reported', async (_name, findRoute) => {
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => {
    faults.push(error);
    throw error;
  };
  const { front, url, poll } = await startFront(findRoute, { onFault });
  const client = dialPeer(url);
  await drive([client, { poll }], () => isClosed(client));
  expect([client.getCloseCode(), faults.length, front.statistics.refused.fault]).toEqual([4503, 1, 1]);
});

test('a node that cannot be reached is reported, and its client routed once more', async () => {
  const node = startNode('b');
  const gone: Route = { to: 'node', id: 'gone', host: '127.0.0.1', port: unusedPort() };
  const asked: Route[] = [];
  const unreachable: string[] = [];
  const { front, url, poll } = await startFront(
    () => asked[asked.push(unreachable.length === 0 ? gone : node.route) - 1]!,
    {
      onUnreachable: (id) => void unreachable.push(id),
    },
  );
  await openPeer(url, {}, [node, { poll }]);
  expect([asked.length, unreachable]).toEqual([2, ['gone']]);
  expect(front.statistics).toMatchObject({ unreachable: 1, tunnelled: 1, refused: { unreachable: 0 } });
});

test('after the second time the client is refused', async () => {
  const route: Route = { to: 'node', id: 'gone', host: '127.0.0.1', port: unusedPort() };
  let asked = 0;
  const { front, url, poll } = await startFront(() => {
    asked++;
    return route;
  });
  const client = dialPeer(url);
  await drive([client, { poll }], () => isClosed(client));
  expect([client.getCloseCode(), asked, front.statistics.refused.unreachable]).toEqual([4503, 2, 1]);
});

test.each([
  [1, 0],
  [2, 0],
  [3, 1],
])('of %i clients with 2 tunnels at most, %i are refused', async (count, refused) => {
  const node = startNode('b');
  const { front, url, poll } = await startFront(() => node.route, { mostTunnels: 2 });
  const clients = Array.from({ length: count }, () => dialPeer(url));
  await drive([...clients, node, { poll }], () => clients.every((client) => isOpen(client) || isClosed(client)));
  await drive([...clients, node, { poll }], () => clients.filter(isClosed).length === refused);
  expect(front.statistics).toMatchObject({ tunnels: count - refused, refused: { mostTunnels: refused } });
});

test('tunnels to a node that is gone can be dropped', async () => {
  const [b, c] = [startNode('b'), startNode('c')];
  const routes = [b.route, c.route];
  const { front, url, poll } = await startFront(() => routes.shift()!);
  const ofB = await openPeer(url, {}, [b, { poll }]);
  const ofC = await openPeer(url, {}, [c, { poll }]);
  front.dropTunnels('b');
  await drive([ofB, ofC, b, c], () => isClosed(ofB) && front.statistics.tunnels === 1);
  expect(ofC.getReadyState()).toBe(State.STATE_OPEN);
});

test('close() refuses those who wait and ends the tunnels; other requests are the application’s', async () => {
  const node = startNode('b');
  let isFirst = true;
  const { front, http, port, url, poll } = await startFront(() => {
    const route = isFirst ? node.route : new Promise<Route>(() => {});
    isFirst = false;
    return route;
  });
  const tunnelled = await openPeer(url, {}, [node, { poll }]);
  const waiting = dialPeer(url);
  await drive([tunnelled, waiting, node], () => front.statistics.waiting === 1);
  front.close();
  await drive([tunnelled, waiting, node, { poll }], () => isClosed(tunnelled) && isClosed(waiting) && front.isDone);
  expect([tunnelled.getCloseCode(), waiting.getCloseCode()]).toEqual([-1, 4503]);
  expect(front.attach(http)).toBe(ErrorCode.ERR_UNAVAILABLE);
  http.on('request', (_request, response) => response.end('the application'));
  const end = await dialRaw(port);
  end.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  await until(() => end.hasEnded);
  expect(end.text).toContain('the application');
});

test('with a stopped server, its clients are refused with a code', async () => {
  const { sockets, front, url, poll } = await startFront(() => HERE);
  sockets.stop();
  const client = dialPeer(url);
  await drive([client, { poll }], () => isClosed(client));
  expect([client.getCloseCode(), front.statistics.refused.stopping]).toEqual([4503, 1]);
});

test('a front has one path or all, beside WebSocket servers with theirs, and other upgrades are the application’s', async () => {
  const asked: (string | undefined)[] = [];
  const { front, http, port, url, poll } = await startFront(
    ({ url: target }) => {
      asked.push(target);
      return HERE;
    },
    {},
    { path: '/game' },
  );
  const chat = new WebSocketServer();
  onTestFinished(() => chat[Symbol.dispose]());
  expect([chat.attach(http, { path: '/game' }), chat.attach(http, { path: '/chat' })]).toEqual([
    ErrorCode.ERR_ALREADY_IN_USE,
    ErrorCode.OK,
  ]);
  expect(front.attach(http, { path: '/chat' })).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  http.on('request', (_request, response) => response.end('the application'));
  await openPeer(`${url}/game?a`, {}, [{ poll }]);
  await openPeer(`${url}/chat`, {}, [chat]);
  const end = await dialRaw(port);
  end.write(upgradeRequest({ Upgrade: 'h2c' }, 'GET /game HTTP/1.1'));
  await until(() => end.hasHead);
  expect([asked, end.status]).toEqual([['/game?a'], 200]);
});

test('a server of node:http2 is refused', () => {
  const front = new Front(new WebSocketServer(), () => HERE);
  // The types exclude it.
  expect(() => front.attach(createHttp2Server() as unknown as ReturnType<typeof createServer>)).toThrow(TypeError);
});

test.each([
  ['waitTime', -1],
  ['connectTime', 0],
  ['mostWaiting', 0],
  ['mostTunnels', 0.5],
])('the option %s: %d is refused', (name, value) => {
  expect(() => new Front(new WebSocketServer(), () => HERE, { [name]: value })).toThrow(RangeError);
});
