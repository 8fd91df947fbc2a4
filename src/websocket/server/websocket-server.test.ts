import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { frameTo } from '../../../test/support/frames.ts';
import { RawEnd } from '../../../test/support/raw-tcp.ts';
import { turn, until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { Crypto, type StreamPeer, TLSOptions } from '../../stream/index.ts';
import { VirtualClock, VirtualNetwork } from '../../testing/index.ts';
import { WebSocketPeer, type WebSocketPeerOptions, type WebSocketServerOptions } from '../index.ts';
import { ServedPeer } from '../requests/served-peer.ts';
import { State, WriteMode } from '../state.ts';
import { DeadlineQueue } from './deadline-queue.ts';
import { WebSocketServer } from './websocket-server.ts';

const servers: WebSocketServer[] = [];
const clients: WebSocketPeer[] = [];
const sockets: Socket[] = [];

function listen(options: WebSocketServerOptions = {}): WebSocketServer {
  const server = new WebSocketServer(options);
  servers.push(server);
  expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
  return server;
}

function join(server: WebSocketServer, options: WebSocketPeerOptions = {}, path = ''): WebSocketPeer {
  const client = new WebSocketPeer(options);
  clients.push(client);
  expect(client.connectToUrl(`ws://127.0.0.1:${server.getLocalPort()}${path}`)).toBe(ErrorCode.OK);
  return client;
}

function silent(server: WebSocketServer): Socket {
  const socket = connect(server.getLocalPort(), '127.0.0.1');
  socket.on('error', () => {});
  socket.resume();
  sockets.push(socket);
  return socket;
}

/** Polls everybody until the condition holds. */
async function pollUntil(condition: () => boolean): Promise<void> {
  await until(() => {
    for (const server of servers) server.poll();
    for (const client of clients) client.poll();
    return condition();
  });
}

const isOpen = (peer: WebSocketPeer): boolean => peer.getReadyState() === State.STATE_OPEN;
const isClosed = (peer: WebSocketPeer): boolean => peer.getReadyState() === State.STATE_CLOSED;

async function joined(server: WebSocketServer, count: number, options = {}): Promise<WebSocketPeer[]> {
  const joining = Array.from({ length: count }, () => join(server, options));
  await pollUntil(() => joining.every(isOpen) && server.getPeerCount() === count);
  return joining;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.close(-1);
  for (const server of servers.splice(0)) server[Symbol.dispose]();
  for (const socket of sockets.splice(0)) socket.destroy();
});

test('takePeer() returns every peer that opens, once, with the server’s settings', async () => {
  const server = listen({ inboundBufferSize: 1234, heartbeatInterval: 5, supportedProtocols: ['a'] });
  await joined(server, 3, { supportedProtocols: ['a'] });
  const taken: (WebSocketPeer | null)[] = [];
  while (server.isPeerAvailable()) taken.push(server.takePeer());
  expect(taken).toHaveLength(3);
  expect(server.takePeer()).toBeNull();
  for (const peer of taken) {
    expect([peer?.inboundBufferSize, peer?.heartbeatInterval, peer?.getSelectedProtocol()]).toEqual([1234, 5, 'a']);
  }
  expect([...server.getPeers()]).toHaveLength(3);
});

test('polls its peers: packets wait in readyPeers() until they are read', async () => {
  const server = listen();
  const [client, other] = await joined(server, 2);
  client?.sendText('one');
  await pollUntil(() => server.readyPeers().some((peer) => peer.getAvailablePacketCount() > 0));
  const ready = server.readyPeers().filter((peer) => peer.getAvailablePacketCount() > 0);
  expect(ready).toHaveLength(1);
  server.poll();
  expect(server.readyPeers()).toEqual(ready);
  expect([...(ready[0]?.packets() ?? [])]).toEqual(['one']);
  server.poll();
  expect(server.readyPeers()).toEqual([]);
  expect(other?.getAvailablePacketCount()).toBe(0);
});

test('an idle peer is not polled', async () => {
  const server = listen();
  await joined(server, 5);
  const poll = vi.spyOn(ServedPeer.prototype, 'poll');
  onTestFinished(() => poll.mockRestore());
  await turn();
  for (let count = 0; count < 3; count++) server.poll();
  poll.mockClear();
  for (let count = 0; count < 100; count++) {
    server.poll();
    await turn();
  }
  expect(poll).toHaveBeenCalledTimes(0);
  clients[2]?.sendText('wake up');
  await pollUntil(() => poll.mock.calls.length > 0);
  expect(poll).toHaveBeenCalledTimes(1);
});

test('without peers it is quiet, until a connection waits', async () => {
  const server = listen();
  server.poll();
  expect(server.isQuiet).toBe(true);
  const client = join(server);
  await until(() => !server.isQuiet);
  await pollUntil(() => isOpen(client));
  expect(server.isQuiet).toBe(false);
  client.close();
  await pollUntil(() => server.getPeerCount() === 0);
  // The closed peer is in readyPeers() until the next poll.
  expect([server.isQuiet, server.readyPeers().length]).toEqual([false, 1]);
  server.poll();
  expect([server.isQuiet, server.readyPeers().length]).toEqual([true, 0]);
});

test('a closed peer is in readyPeers() once, and is then forgotten', async () => {
  const server = listen();
  const [client] = await joined(server, 1);
  const peer = server.takePeer();
  client?.sendText('bye');
  client?.close(4000, 'done');
  const seen: unknown[] = [];
  await pollUntil(() => {
    for (const ready of server.readyPeers()) seen.push(...ready.packets(), State[ready.getReadyState()]);
    return server.getPeerCount() === 0;
  });
  expect(seen.slice(-3)).toEqual(['bye', 'STATE_OPEN', 'STATE_CLOSED']);
  expect([peer?.getCloseCode(), peer?.getCloseReason()]).toEqual([4000, 'done']);
});

test('broadcast() frames once, sends to every peer, and returns those that it did not reach', async () => {
  const server = listen({ outboundBufferSize: 100_000 });
  const joining = await joined(server, 3, { inboundBufferSize: 100_000 });
  const [gone, ...rest] = [...server.getPeers()];
  gone?.close(1000);
  const big = new Uint8Array(50_000).fill(5);
  expect(server.broadcast([...(gone ? [gone] : []), ...rest], 'to all')).toEqual([gone]);
  expect(server.broadcast(rest, big)).toEqual([]);
  expect(server.broadcast(rest, Buffer.from('as text'), WriteMode.WRITE_MODE_TEXT)).toEqual([]);
  expect(server.broadcast(rest, new Uint8Array(100_001))).toEqual(rest);
  expect(() => server.broadcast(rest, Uint8Array.of(255), WriteMode.WRITE_MODE_TEXT)).toThrow(TypeError);
  const got = new Map(joining.map((client) => [client, [] as unknown[]]));
  await pollUntil(() => {
    for (const [client, packets] of got) packets.push(...client.packets());
    return [...got.values()].filter((packets) => packets.length === 3).length === 2;
  });
  for (const packets of got.values()) {
    if (packets.length > 0) expect(packets).toEqual(['to all', big, 'as text']);
  }
});

describe('limits', () => {
  test('maxConnections: a client on the limit is accepted, the next one gets 503', async () => {
    const server = listen({ maxConnections: 2 });
    await joined(server, 2);
    const third = join(server);
    await pollUntil(() => isClosed(third));
    expect(third.getHandshakeResponse()?.status).toBe(503);
    clients[0]?.close();
    await pollUntil(() => server.getPeerCount() === 1);
    const fourth = join(server);
    await pollUntil(() => isOpen(fourth));
  });

  test('maxPendingHandshakes: one more drops the oldest', async () => {
    const server = listen({ maxPendingHandshakes: 2 });
    const closed: number[] = [];
    const heard: string[] = [];
    for (const index of [0, 1, 2]) {
      silent(server)
        .on('close', () => closed.push(index))
        .on('data', (data) => heard.push(`${data}`));
      await pollUntil(() => server.getPendingCount() === Math.min(index + 1, 2));
      await pollUntil(() => index < 2 || closed.length > 0);
    }
    expect(closed).toEqual([0]);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatch(/^HTTP\/1.1 503 /);
    const client = join(server);
    await pollUntil(() => isOpen(client));
  });

  test('handshakeTimeLimit: a connection that sends nothing is dropped', async () => {
    const clock = new FakeClock();
    const server = listen({ clock, handshakeTimeLimit: 3 });
    const socket = silent(server);
    const heard: Buffer[] = [];
    socket.on('data', (data) => heard.push(data));
    await pollUntil(() => server.getPendingCount() === 1);
    clock.advance(2999);
    server.poll();
    expect(server.getPendingCount()).toBe(1);
    clock.advance(1);
    server.poll();
    expect(server.getPendingCount()).toBe(0);
    await until(() => heard.length > 0);
    expect(`${heard[0]}`).toMatch(/^HTTP\/1.1 408 /);
  });

  test('path and allowedOrigins', async () => {
    const server = listen({ path: '/game', allowedOrigins: ['https://good.example'] });
    const attempts: [string, string[], number][] = [
      ['/other', [], 404],
      ['/game?token=1', [], 101],
      ['/game', ['Origin: https://good.example'], 101],
      ['/game', ['Origin: https://evil.example'], 403],
    ];
    for (const [path, handshakeHeaders, status] of attempts) {
      const client = join(server, { handshakeHeaders }, path);
      await pollUntil(() => client.getReadyState() !== State.STATE_CONNECTING);
      expect(client.getHandshakeResponse()?.status).toBe(status);
    }
  });

  test('pages of the same host can connect, others only when all are allowed', async () => {
    for (const [allowedOrigins, origin, status] of [
      ['same-host', 'http://127.0.0.1:8080', 101],
      ['same-host', 'https://127.0.0.1.evil.example', 403],
      ['same-host', 'null', 403],
      ['*', 'https://any.example', 101],
    ] as const) {
      const server = listen({ allowedOrigins });
      const client = join(server, { handshakeHeaders: [`Origin: ${origin}`] });
      await pollUntil(() => client.getReadyState() !== State.STATE_CONNECTING);
      expect(client.getHandshakeResponse()?.status).toBe(status);
    }
  });

  test('the refusal of a page does not name the allowed origins', async () => {
    const server = listen({ allowedOrigins: ['https://admin.internal.example'], allowedHosts: ['127.0.0.1'] });
    for (const [origin, host] of [
      ['https://evil.example', '127.0.0.1'],
      ['https://admin.internal.example', 'evil.example'],
    ]) {
      const raw = new RawEnd(connect(server.getLocalPort(), '127.0.0.1'));
      const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13';
      const upgrade = `Upgrade: websocket\r\nConnection: Upgrade\r\n${key}`;
      raw.socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n${upgrade}\r\n\r\n`);
      await pollUntil(() => raw.hasEnded);
      expect(raw.status).toBe(403);
      expect(raw.text.replaceAll(`${origin}`, '').replaceAll(`${host}`, '')).not.toMatch(/internal|127\.0\.0\.1/);
    }
  });

  test('values out of range throw when the server is made', () => {
    expect(() => new WebSocketServer({ maxConnections: 0 })).toThrow(RangeError);
    expect(() => new WebSocketServer({ maxPendingHandshakes: Number.NaN })).toThrow(RangeError);
    expect(() => new WebSocketServer({ maxQueuedPackets: 0 })).toThrow(RangeError);
  });
});

describe('stop()', () => {
  test('sent packets arrive, then 1001; no new client is accepted', async () => {
    const server = listen();
    const [client] = await joined(server, 1);
    for (const peer of server.getPeers()) peer.sendText('last');
    server.stop({ reason: 'maintenance' });
    expect(server.isListening()).toBe(false);
    expect(server.isStopped()).toBe(false);
    const got: unknown[] = [];
    await pollUntil(() => {
      got.push(...(client?.packets() ?? []));
      return server.isStopped() && client !== undefined && isClosed(client);
    });
    expect(got).toEqual(['last']);
    expect([client?.getCloseCode(), client?.getCloseReason()]).toEqual([1001, 'maintenance']);
    expect(server.listen(0, '127.0.0.1')).toBe(ErrorCode.OK);
  });

  test('a peer that does not answer is dropped at the time limit', async () => {
    const clock = new FakeClock();
    const server = listen({ clock, closeTimeLimit: 100 });
    const socket = silent(server);
    socket.write('GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
    socket.write('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
    await pollUntil(() => server.getPeerCount() === 1);
    server.stop({ timeLimit: 2 });
    clock.advance(1999);
    server.poll();
    expect(server.isStopped()).toBe(false);
    clock.advance(1);
    server.poll();
    expect(server.isStopped()).toBe(true);
  });
});

describe('getStopResult()', () => {
  /** Open peers of a server whose clients are raw sockets that answer nothing by themselves. */
  async function withSilentClients(count: number, options: WebSocketServerOptions = {}) {
    const server = listen({ closeTimeLimit: 100, ...options });
    const ends = Array.from({ length: count }, () => silent(server));
    for (const socket of ends) {
      socket.write('GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n');
      socket.write('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n');
    }
    await pollUntil(() => server.getPeerCount() === count);
    return { server, ends };
  }

  test('counts peers that close', async () => {
    const server = listen();
    expect(server.getStopResult()).toBeNull();
    await joined(server, 3);
    server.stop();
    expect(server.getStopResult()).toBeNull();
    await pollUntil(() => server.isStopped());
    expect(server.getStopResult()).toEqual({ closed: 3, lost: 0, dropped: 0 });
  });

  test('counts one that does not answer as dropped: below the time limit, on it and above it', async () => {
    for (const [elapsed, isStopped] of [
      [1999, false],
      [2000, true],
      [2001, true],
    ] as const) {
      const clock = new FakeClock();
      const { server } = await withSilentClients(1, { clock });
      const client = join(server);
      await pollUntil(() => server.getPeerCount() === 2 && isOpen(client));
      clock.endTurn();
      server.stop({ timeLimit: 2 });
      await pollUntil(() => {
        clock.endTurn();
        return server.getPeerCount() === 1;
      });
      clock.advance(elapsed);
      server.poll();
      expect([elapsed, server.isStopped()]).toEqual([elapsed, isStopped]);
      expect(server.getStopResult()).toEqual(isStopped ? { closed: 1, lost: 0, dropped: 1 } : null);
    }
  });

  test('counts a Close that arrived before the time limit, although no poll has shown it', async () => {
    const clock = new FakeClock();
    const { server, ends } = await withSilentClients(1, { clock });
    server.stop({ timeLimit: 2 });
    clock.endTurn();
    server.poll();
    let wakes = 0;
    server.onWake = () => wakes++;
    ends[0]?.write(frameTo('server', { opcode: 8, payload: Uint8Array.of(0x03, 0xe9) }));
    await until(() => wakes > 0);
    clock.advance(2000);
    server.poll();
    expect(server.getStopResult()).toEqual({ closed: 1, lost: 0, dropped: 0 });
  });

  test('counts as lost those that end without a Close, and those whose closeTimeLimit passes', async () => {
    const clock = new FakeClock();
    const { server, ends } = await withSilentClients(2, { clock, closeTimeLimit: 1 });
    server.stop({ timeLimit: 5 });
    clock.endTurn();
    ends[0]?.destroy();
    await pollUntil(() => server.getPeerCount() === 1);
    clock.advance(1000);
    server.poll();
    expect(server.getStopResult()).toEqual({ closed: 0, lost: 2, dropped: 0 });
  });

  test('a time limit of 0: every peer is dropped with the next poll', async () => {
    const { server } = await withSilentClients(2, { clock: new FakeClock() });
    server.stop({ timeLimit: 0 });
    expect(server.isStopped()).toBe(false);
    server.poll();
    expect(server.getStopResult()).toEqual({ closed: 0, lost: 0, dropped: 2 });
  });

  test('a second stop() sets the time limit, and keeps the counts', async () => {
    const clock = new FakeClock();
    const { server } = await withSilentClients(1, { clock });
    const client = join(server);
    await pollUntil(() => server.getPeerCount() === 2 && isOpen(client));
    server.stop({ timeLimit: 60 });
    await pollUntil(() => {
      clock.endTurn();
      return server.getPeerCount() === 1;
    });
    server.stop({ timeLimit: 1 });
    clock.advance(1000);
    server.poll();
    const result = { closed: 1, lost: 0, dropped: 1 };
    expect(server.getStopResult()).toEqual(result);
    server.stop();
    expect(server.getStopResult()).toEqual(result);
    server.listen(0, '127.0.0.1');
    expect(server.getStopResult()).toBeNull();
    server.stop();
    expect(server.getStopResult()).toEqual({ closed: 0, lost: 0, dropped: 0 });
  });

  test('clients in the handshake are refused, and do not count as peers', async () => {
    const server = listen();
    silent(server);
    await pollUntil(() => server.getPendingCount() === 1);
    server.stop();
    expect(server.getStopResult()).toEqual({ closed: 0, lost: 0, dropped: 0 });
  });

  test('a client that was accepted since the last poll is an open peer: it gets the Close, and counts', async () => {
    const server = listen();
    const client = join(server);
    await pollUntil(() => server.getPendingCount() === 1);
    await until(() => {
      client.poll();
      return isOpen(client);
    });
    expect(server.getPendingCount()).toBe(1);
    server.stop({ reason: 'bye' });
    await pollUntil(() => server.isStopped() && isClosed(client));
    expect([client.getCloseCode(), client.getCloseReason(), client.getLastFailure()]).toEqual([1001, 'bye', null]);
    expect(server.getStopResult()).toEqual({ closed: 1, lost: 0, dropped: 0 });
  });

  test('peers that are dropped by disposing of the server count, too', async () => {
    const server = listen();
    await joined(server, 2);
    server[Symbol.dispose]();
    expect(server.getStopResult()).toEqual({ closed: 0, lost: 0, dropped: 2 });
  });
});

test('a peer that is not taken is forgotten when it closes, and takePeer() never returns a closed one', async () => {
  const server = listen();
  const [client] = await joined(server, 1);
  client?.sendText('unread');
  client?.close();
  await pollUntil(() => server.getPeerCount() === 0);
  expect(server.isPeerAvailable()).toBe(false);
  expect(server.takePeer()).toBeNull();
  server.poll();
  expect(server.readyPeers()).toEqual([]);
});

test('a peer that the program drops or polls itself is listed as closed, too', async () => {
  const server = listen();
  await joined(server, 2);
  const [one, two] = [server.takePeer(), server.takePeer()];
  one?.close(-1);
  two?.close();
  await until(() => {
    for (const client of clients) client.poll();
    two?.poll();
    return two?.getReadyState() === State.STATE_CLOSED;
  });
  server.poll();
  expect(new Set(server.readyPeers())).toEqual(new Set([one, two]));
  expect(server.getPeerCount()).toBe(0);
});

test('a burst of connections between two polls is accepted', async () => {
  const server = listen();
  const joining = Array.from({ length: 600 }, () => join(server));
  await turn();
  await pollUntil(() => joining.every(isOpen));
  expect(server.getDroppedConnections()).toBe(0);
});

test('maxWaitingConnections: the ones beyond it are dropped and counted', async () => {
  const server = listen({ maxWaitingConnections: 2 });
  let ends = 0;
  for (let count = 0; count < 3; count++) silent(server).on('close', () => ends++);
  await until(() => server.getDroppedConnections() === 1);
  server.poll();
  expect(server.getPendingCount()).toBe(2);
  await until(() => ends === 1);
});

test('an onWake that is set late is called for earlier events', async () => {
  const server = listen();
  const client = join(server);
  await until(() => {
    client.poll();
    return !sockets.some((socket) => socket.connecting);
  });
  for (let count = 0; count < 20; count++) await turn();
  let wakes = 0;
  server.onWake = () => wakes++;
  await until(() => wakes === 1);
});

test('after the time limit of stop() the server has no timers and does not wake', async () => {
  const clock = new FakeClock();
  const server = listen({ clock });
  await joined(server, 1);
  let wakes = 0;
  server.onWake = () => wakes++;
  server.stop({ timeLimit: 1 });
  const [peer] = [...server.getPeers()];
  clock.advance(1000);
  server.poll();
  expect(server.isStopped()).toBe(true);
  expect(server.readyPeers()).toEqual([peer]);
  expect(peer?.getLastFailure()).toMatchObject({
    code: 'TICKPEER_DROPPED',
    message: expect.stringContaining('server stopped'),
  });
  const before = wakes;
  clock.advance(60_000);
  server.poll();
  expect(wakes).toBe(before);
  expect(clock.timerCount).toBe(0);
});

test('stop() with a code that cannot be sent changes nothing', () => {
  const server = listen();
  expect(() => server.stop({ code: 1005 })).toThrow(RangeError);
  expect(() => server.stop({ timeLimit: Number.NaN })).toThrow(RangeError);
  expect(server.isListening()).toBe(true);
});

test('listen() refuses a key that does not belong to the certificate', async () => {
  const crypto = new Crypto();
  const certificate = await crypto.generateSelfSignedCertificate(crypto.generateEc());
  const server = new WebSocketServer();
  expect(server.listen(0, '127.0.0.1', TLSOptions.server(crypto.generateEc(), certificate))).toBe(
    ErrorCode.ERR_INVALID_PARAMETER,
  );
  expect(server.getLastFailure()?.code).toBe('TICKPEER_INVALID_TLS_OPTIONS');
  expect(server.isListening()).toBe(false);
  expect(server.listen(-1)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(server.getLastFailure()?.code).toBe('TICKPEER_LISTEN_FAILED');
});

test('a client’s peer in a broadcast gets a frame of its own, with a mask', async () => {
  const server = listen();
  const [client] = await joined(server, 1);
  if (client === undefined) throw new Error('no client');
  expect(server.broadcast([client], 'from the client')).toEqual([]);
  const peer = server.takePeer();
  await pollUntil(() => (peer?.getAvailablePacketCount() ?? 0) > 0);
  expect([...(peer?.packets() ?? [])]).toEqual(['from the client']);
});

test('packets queued when the other side closes first are still sent', async () => {
  const server = listen({ outboundBufferSize: 0 });
  const [client] = await joined(server, 1, { inboundBufferSize: 50_000_000, maxQueuedPackets: 100_000 });
  const peer = server.takePeer();
  for (let count = 0; count < 100; count++) expect(peer?.send(new Uint8Array(100_000))).toBe(ErrorCode.OK);
  client?.close(1000);
  await pollUntil(() => server.getPeerCount() === 0);
  await pollUntil(() => client !== undefined && isClosed(client));
  expect(client?.getCloseCode()).toBe(1000);
  expect(client?.getStatistics().packetsReceived).toBe(100);
});

test('acceptStream() accepts a stream, on a virtual network too', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 1, latency: 20 });
  const server = new WebSocketServer({ clock, maxConnections: 1 });
  servers.push(server);
  const join = (): WebSocketPeer => {
    const [near, far] = network.connect().ends;
    const client = new WebSocketPeer({ clock });
    expect(client.connectToStream(near, 'ws://game.test')).toBe(ErrorCode.OK);
    expect(server.acceptStream(far)).toBe(ErrorCode.OK);
    return client;
  };
  const run = (milliseconds: number, ...polled: WebSocketPeer[]): void => {
    for (let at = 0; at < milliseconds; at += 10) {
      clock.advance(10);
      server.poll();
      for (const client of polled) client.poll();
    }
  };
  const client = join();
  run(200, client);
  const peer = server.takePeer();
  peer?.sendText('hello');
  run(50, client);
  expect([...client.packets()]).toEqual(['hello']);
  const refused = join();
  run(200, client, refused);
  expect(refused.getHandshakeResponse()?.status).toBe(503);
  expect(server.acceptStream(null as unknown as StreamPeer)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(server.getPeerCount()).toBe(1);
  server.stop();
  expect(server.acceptStream(network.connect().ends[1])).toBe(ErrorCode.ERR_UNAVAILABLE);
});

test('an accepted stream wakes the server for its time limits, and after a stop there are none', () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 1 });
  const server = new WebSocketServer({ clock, handshakeTimeLimit: 2 });
  servers.push(server);
  server.onWake = () => server.poll();
  expect(server.acceptStream(network.connect().ends[1])).toBe(ErrorCode.OK);
  clock.advance(1990);
  expect(server.getPendingCount()).toBe(1);
  clock.advance(20);
  expect(server.getPendingCount()).toBe(0);
});

test('the failure of listen() says what is wrong', () => {
  const server = listen();
  expect(server.listen(0)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  const other = new WebSocketServer();
  servers.push(other);
  expect(other.listen(server.getLocalPort(), '127.0.0.1')).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  expect(other.getLastFailure()?.code).toBe('TICKPEER_LISTEN_FAILED');
  expect(other.listen(65_536)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(other.listen(0, 'nowhere')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(other.listen(0, '*', TLSOptions.client())).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(other.getLastFailure()?.code).toBe('TICKPEER_INVALID_TLS_OPTIONS');
});

test('onWake is called for connections, packets and time limits, once between two polls', async () => {
  const clock = new FakeClock();
  const server = listen({ clock, handshakeTimeLimit: 3 });
  let wakes = 0;
  server.onWake = () => wakes++;
  silent(server);
  await until(() => wakes === 1);
  silent(server);
  await turn();
  server.poll();
  expect(wakes).toBe(1);
  await pollUntil(() => server.getPendingCount() === 2);
  const before = wakes;
  clock.advance(3000);
  expect(wakes).toBe(before + 1);
  server.poll();
  expect(server.getPendingCount()).toBe(0);
});

test('a DeadlineQueue returns the deadlines in their order', () => {
  const queue = new DeadlineQueue<number>();
  const times = [5, 3, 9, 1, 1, 7, 2, 8, 3];
  for (const time of times) queue.add(time, time);
  const out: (number | undefined)[] = [];
  while (queue.next !== Number.POSITIVE_INFINITY) out.push(queue.take());
  expect(out).toEqual([...times].sort((a, b) => a - b));
  expect(queue.take()).toBeUndefined();
});
