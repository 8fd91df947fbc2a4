import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { frameTo } from '../../../test/support/frames.ts';
import { dialPeer, drive, isClosed, isOpen, newPeer, ourPair, serve } from '../../../test/support/peers.ts';
import { dialRaw, startAnsweringServer, startRawServer } from '../../../test/support/raw-tcp.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { State } from '../state.ts';
import type { DiagnosticsMessages, LimitMessage } from './diagnostics.ts';

type Name = keyof DiagnosticsMessages;

/** What is told on a channel from now on. */
function listenTo<Channel extends Name>(
  name: Channel,
  onMessage: (message: DiagnosticsMessages[Channel]) => void = () => {},
): DiagnosticsMessages[Channel][] {
  const heard: DiagnosticsMessages[Channel][] = [];
  const hear = (untyped: unknown): void => {
    const message = untyped as DiagnosticsMessages[Channel]; // Nothing else comes on this channel.
    heard.push(message);
    onMessage(message);
  };
  subscribe(name, hear);
  onTestFinished(() => void unsubscribe(name, hear));
  return heard;
}

const REQUEST =
  'GET /raw HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** A limit's message without the peer, the address and the failure's words. */
function facts({ role, limit, value, effect, size, failure }: LimitMessage) {
  return { role, limit, value, effect, size, failure: failure?.code ?? null };
}

describe('tickpeer:open', () => {
  test('is published on both ends in the poll that shows OPEN, with the facts of then', async () => {
    const states: State[] = [];
    const heard = listenTo('tickpeer:open', ({ peer }) => states.push(peer.getReadyState()));
    const server = serve({ supportedProtocols: ['chat'], trustedProxies: ['127.0.0.1'] });
    const url = `ws://127.0.0.1:${server.port}/room?1`;
    const client = dialPeer(url, { supportedProtocols: ['chat'], handshakeHeaders: ['X-Forwarded-For: 10.1.2.3'] });
    await drive([client, server], () => isOpen(client) && server.peers.length === 1);
    const [served] = server.peers;
    expect(heard.sort((a, b) => (a.role < b.role ? -1 : 1))).toEqual([
      { peer: client, role: 'client', url, address: '127.0.0.1', protocol: 'chat' },
      { peer: served, role: 'server', url, address: '10.1.2.3', protocol: 'chat' },
    ]);
    expect(states).toEqual([State.STATE_OPEN, State.STATE_OPEN]);
  });
});

describe('tickpeer:close and tickpeer:failure', () => {
  test('a clean end: both sides have the code, and no failure is published', async () => {
    const { client, served, server } = await ourPair();
    const closed = listenTo('tickpeer:close', ({ peer }) => expect(isClosed(peer)).toBe(true));
    const failed = listenTo('tickpeer:failure');
    client.close(3001, 'enough');
    await drive([client, server], () => isClosed(client) && isClosed(served));
    const code = { code: 3001, reason: 'enough', failure: null };
    expect(closed.map(({ peer, role, code, reason, failure }) => ({ peer, role, code, reason, failure }))).toEqual(
      expect.arrayContaining([
        { peer: client, role: 'client', ...code },
        { peer: served, role: 'server', ...code },
      ]),
    );
    expect([closed.length, failed.length]).toEqual([2, 0]);
  });

  test('an unclean end: the failure, then the close', async () => {
    const { client, served, server } = await ourPair();
    const order: string[] = [];
    listenTo('tickpeer:failure', ({ role, wasOpen, failure }) => order.push(`${role} ${failure.code} ${wasOpen}`));
    listenTo('tickpeer:close', ({ role, code, failure }) => order.push(`${role} ${code} ${failure?.code}`));
    client.close(-1);
    await drive(server, () => isClosed(served));
    client.close(-1); // Once is enough.
    client.poll();
    expect(order).toEqual([
      'client TICKPEER_DROPPED true',
      'client -1 TICKPEER_DROPPED',
      'server TICKPEER_CONNECTION_LOST true',
      'server -1 TICKPEER_CONNECTION_LOST',
    ]);
  });

  test('a connection that did not open: a failure, and no close', async () => {
    const silent = await startRawServer((end) => end.socket.end());
    const closed = listenTo('tickpeer:close');
    const failed = listenTo('tickpeer:failure');
    const client = dialPeer(`ws://127.0.0.1:${silent.port}/x`);
    await drive(client, () => isClosed(client));
    expect(failed).toMatchObject([
      { peer: client, role: 'client', wasOpen: false, failure: { code: 'TICKPEER_CONNECTION_LOST' } },
    ]);
    expect(closed).toEqual([]);
  });

  test('a peer that is dropped before a poll has shown it open: both open and close are published', () => {
    // `stop` shows what the event loop has done; so does `close(-1)`.
    const opened = listenTo('tickpeer:open');
    const closed = listenTo('tickpeer:close');
    return (async () => {
      const server = serve();
      const client = dialPeer(`ws://127.0.0.1:${server.port}/`);
      await drive(server, () => server.server.getPeerCount() === 1);
      await drive(server, () => client.getStatistics().bytesReceived === 0);
      client.close(-1);
      server.server[Symbol.dispose]();
      const count = (role: string, messages: readonly { role: string }[]): number =>
        messages.filter((message) => message.role === role).length;
      expect(count('server', opened)).toBe(count('server', closed));
      expect(count('client', opened)).toBe(count('client', closed));
    })();
  });
});

describe('tickpeer:handshake:refused', () => {
  test('both ends of a refusal by a rule', async () => {
    const heard = listenTo('tickpeer:handshake:refused');
    const server = serve({ path: '/game' });
    const url = `ws://127.0.0.1:${server.port}/nothing`;
    const client = dialPeer(url);
    await drive([client, server], () => isClosed(client));
    expect(heard).toMatchObject([
      { role: 'server', status: 404, url, address: '127.0.0.1', request: { path: '/nothing' } },
      { role: 'client', status: 404, url, address: '127.0.0.1', request: null, peer: client },
    ]);
    expect(heard.map(({ failure }) => failure.code)).toEqual([
      'TICKPEER_HANDSHAKE_REFUSED',
      'TICKPEER_HANDSHAKE_STATUS',
    ]);
  });

  test('by the program', async () => {
    const server = serve({ manualHandshake: true });
    const raw = await dialRaw(server.port);
    raw.write(REQUEST);
    await drive(server, () => server.server.isRequestAvailable());
    const heard = listenTo('tickpeer:handshake:refused');
    server.server.takeRequest()?.reject(401);
    expect(heard).toMatchObject([{ role: 'server', status: 401, request: { path: '/raw' } }]);
  });

  test('by the protocol: without a request', async () => {
    const heard = listenTo('tickpeer:handshake:refused');
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write('nonsense\r\n\r\n');
    await drive(server, () => heard.length === 1);
    expect(heard).toMatchObject([{ status: 400, url: '', request: null, address: '127.0.0.1' }]);
  });

  test('by the time limit, and by stop()', async () => {
    const heard = listenTo('tickpeer:handshake:refused');
    const clock = new FakeClock();
    const server = serve({ clock, handshakeTimeLimit: 3 });
    await dialRaw(server.port);
    await drive(server, () => server.server.getPendingCount() === 1);
    clock.advance(3000);
    server.poll();
    expect(heard).toMatchObject([{ status: 408 }]);
    await dialRaw(server.port);
    await drive(server, () => server.server.getPendingCount() === 1);
    server.server.stop();
    expect(heard.map(({ status }) => status)).toEqual([408, 503]);
  });

  test('a client that ends TCP is not refused', async () => {
    const heard = listenTo('tickpeer:handshake:refused');
    const failed = listenTo('tickpeer:failure');
    const server = serve();
    const raw = await dialRaw(server.port);
    raw.write('GET /');
    await drive(server, () => server.server.getPendingCount() === 1);
    raw.socket.end();
    await drive(server, () => failed.length === 1);
    expect([heard, server.server.getPendingCount()]).toEqual([[], 0]);
  });

  test('a response that a client cannot parse has no status', async () => {
    const heard = listenTo('tickpeer:handshake:refused');
    const server = await startAnsweringServer(() => 'nonsense\r\n\r\n');
    const client = dialPeer(`ws://127.0.0.1:${server.port}/`);
    await drive(client, () => isClosed(client));
    expect(heard).toMatchObject([{ role: 'client', status: null, failure: { code: 'TICKPEER_HANDSHAKE_MALFORMED' } }]);
  });
});

describe('tickpeer:limit', () => {
  /** Both ends of a connection, by role, and what is polled to move them. */
  async function ends(options = {}, others = {}) {
    const pair = await ourPair({ ...options, ...others }, { ...options, ...others });
    const pollables = [pair.client, pair.server];
    return [
      { role: 'client', near: pair.client, far: pair.served, pollables },
      { role: 'server', near: pair.served, far: pair.client, pollables },
    ] as const;
  }

  test.each([0, 1])('a full queue pauses reading: by packets, and by bytes (end %i)', async (index) => {
    const heard = listenTo('tickpeer:limit');
    const { role, near, far, pollables } = (await ends({ maxQueuedPackets: 2 }))[index]!;
    for (let count = 0; count < 3; count++) {
      far.send(Uint8Array.of(1));
      await drive(pollables, () => far.getCurrentOutboundBufferedAmount() === 0);
    }
    await until(() => heard.length === 1);
    expect(heard.map(facts)).toEqual([
      { role, limit: 'maxQueuedPackets', value: 2, effect: 'paused', size: 2, failure: null },
    ]);
    expect(heard[0]?.peer).toBe(near);
    await drive(pollables, () => near.getAvailablePacketCount() === 2);
    near.maxQueuedPackets = 100;
    near.inboundBufferSize = 10;
    for (const _ of near.packets());
    await drive(pollables, () => near.getAvailablePacketCount() === 1);
    far.send(new Uint8Array(8));
    await drive(pollables, () => near.getAvailablePacketCount() === 2);
    expect(heard).toHaveLength(1);
    far.send(new Uint8Array(2));
    await drive(pollables, () => heard.length === 2);
    expect(facts(heard[1]!)).toEqual({
      role,
      limit: 'inboundBufferSize',
      value: 10,
      effect: 'paused',
      size: 9,
      failure: null,
    });
  });

  test.each([0, 1])('a send that has no room is refused: by bytes, and by packets (end %i)', async (index) => {
    const heard = listenTo('tickpeer:limit');
    const { role, near } = (await ends({ outboundBufferSize: 10 }))[index]!;
    expect(near.send(new Uint8Array(10))).toBe(ErrorCode.OK);
    expect(heard).toEqual([]);
    expect(near.send(new Uint8Array(11))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
    const message = { role, effect: 'refused', failure: 'TICKPEER_OUTBOUND_LIMIT' };
    expect(heard.map(facts)).toEqual([{ ...message, limit: 'outboundBufferSize', value: 10, size: 11 }]);
    near.outboundBufferSize = 0;
    near.maxQueuedPackets = 3;
    const fill = (): ErrorCode[] => Array.from({ length: 400 }, () => near.send(new Uint8Array(1_000_000)));
    expect(fill()).toContain(ErrorCode.ERR_OUT_OF_MEMORY);
    expect(facts(heard[1]!)).toEqual({ ...message, limit: 'maxQueuedPackets', value: 3, size: 4 });
  });

  test.each([0, 1])('a message too large, and one in too many frames (end %i)', async (index) => {
    const heard = listenTo('tickpeer:limit');
    const { role, near, far, pollables } = (await ends({ inboundBufferSize: 10 }))[index]!;
    far.send(new Uint8Array(11));
    await drive(pollables, () => isClosed(near));
    const message = { role, effect: 'ended', size: null };
    expect(heard.map(facts)).toEqual([
      { ...message, limit: 'inboundBufferSize', value: 10, failure: 'TICKPEER_MESSAGE_TOO_BIG' },
    ]);
    const others = (await ends({ maxFragments: 2, fragmentSize: 1 }))[index]!;
    others.far.send(new Uint8Array(3));
    await drive(others.pollables, () => isClosed(others.near));
    expect(heard.map(facts)[1]).toEqual({
      ...message,
      limit: 'maxFragments',
      value: 2,
      failure: 'TICKPEER_TOO_MANY_FRAGMENTS',
    });
  });

  /** An open peer of either role whose other end answers nothing. */
  async function unanswered(role: 'client' | 'server', clock: FakeClock): Promise<WebSocketPeer> {
    const options = { clock, heartbeatInterval: 5, closeTimeLimit: 2 };
    if (role === 'server') {
      const server = serve(options);
      const raw = await dialRaw(server.port);
      raw.write(REQUEST);
      await drive(server, () => server.peers.length === 1);
      return server.peers[0]!;
    }
    const { acceptKey } = await import('../../protocol/handshake/accept-key.ts');
    const { nodePlatform } = await import('../platform/node-platform.ts');
    const server = await startAnsweringServer(
      (key) =>
        `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key, nodePlatform)}\r\n\r\n`,
    );
    const client = dialPeer(`ws://127.0.0.1:${server.port}/`, options);
    await drive(client, () => {
      clock.endTurn();
      return isOpen(client);
    });
    return client;
  }

  test.each(['client', 'server'] as const)('no Pong, and no answer to a Close: %s', async (role) => {
    const heard = listenTo('tickpeer:limit');
    const clock = new FakeClock();
    const first = await unanswered(role, clock);
    for (let seconds = 0; seconds < 11; seconds++) {
      clock.advance(1000);
      first.poll();
    }
    const message = { role, effect: 'ended', size: null };
    const beats = { ...message, limit: 'pongTimeLimit', value: 5, failure: 'TICKPEER_HEARTBEAT_TIMEOUT' };
    expect(heard.map(facts)).toEqual([beats]);
    const second = await unanswered(role, clock);
    second.close();
    clock.endTurn();
    clock.advance(2000);
    second.poll();
    const closes = { ...message, limit: 'closeTimeLimit', value: 2, failure: 'TICKPEER_CLOSE_TIMEOUT' };
    expect(heard.map(facts)).toEqual([beats, closes]);
  });

  test('connecting and the handshake take too long', async () => {
    const heard = listenTo('tickpeer:limit');
    const clock = new FakeClock();
    const silent = await startRawServer();
    const early = newPeer({ clock, connectTimeLimit: 4 });
    early.connectToUrl(`ws://127.0.0.1:${silent.port}/`);
    clock.advance(4000);
    early.poll();
    const late = newPeer({ clock, handshakeTimeLimit: 3 });
    late.connectToUrl(`ws://127.0.0.1:${silent.port}/`);
    await drive(late, () => silent.ends.some((end) => end.hasHead));
    clock.advance(3000);
    late.poll();
    const server = serve({ clock, handshakeTimeLimit: 2 });
    await dialRaw(server.port);
    await drive(server, () => server.server.getPendingCount() === 1);
    clock.advance(2000);
    server.poll();
    const ended = { effect: 'ended', size: null };
    const handshake = { ...ended, limit: 'handshakeTimeLimit', failure: 'TICKPEER_HANDSHAKE_TIMEOUT' };
    expect(heard.map(facts)).toEqual([
      { ...ended, role: 'client', limit: 'connectTimeLimit', value: 4, failure: 'TICKPEER_CONNECT_TIMEOUT' },
      { ...handshake, role: 'client', value: 3 },
      { ...handshake, role: 'server', value: 2 },
    ]);
  });

  test('a head too large, and one with too many headers', async () => {
    const heard = listenTo('tickpeer:limit');
    const limits = { maxHandshakeSize: 300, maxHandshakeHeaders: 6 };
    const server = serve(limits);
    const large = await dialRaw(server.port);
    large.write(`GET / HTTP/1.1\r\nX: ${'x'.repeat(300)}\r\n\r\n`);
    await drive(server, () => heard.length === 1);
    const many = await dialRaw(server.port);
    many.write(`GET / HTTP/1.1\r\n${'X: x\r\n'.repeat(7)}\r\n`);
    await drive(server, () => heard.length === 2);
    const answers = [`X: ${'x'.repeat(300)}\r\n`, 'X: x\r\n'.repeat(7)];
    for (const answer of answers) {
      const answering = await startAnsweringServer(() => `HTTP/1.1 101 x\r\n${answer}\r\n`);
      const client = dialPeer(`ws://127.0.0.1:${answering.port}/`, limits);
      await drive(client, () => isClosed(client));
    }
    const message = { effect: 'ended', size: null, failure: 'TICKPEER_HANDSHAKE_TOO_LARGE' };
    expect(heard.map(facts)).toEqual([
      { ...message, role: 'server', limit: 'maxHandshakeSize', value: 300 },
      { ...message, role: 'server', limit: 'maxHandshakeHeaders', value: 6 },
      { ...message, role: 'client', limit: 'maxHandshakeSize', value: 300 },
      { ...message, role: 'client', limit: 'maxHandshakeHeaders', value: 6 },
    ]);
  });

  test('limits of a server: connections, those from one address, and clients in the handshake', async () => {
    const heard = listenTo('tickpeer:limit');
    const refused = listenTo('tickpeer:handshake:refused');
    const message = { role: 'server', effect: 'refused', size: null, failure: null };
    for (const [limit, status] of [
      ['maxConnections', 503],
      ['maxConnectionsPerAddress', 429],
    ] as const) {
      const server = serve({ [limit]: 1 });
      const first = dialPeer(`ws://127.0.0.1:${server.port}/`);
      await drive([server, first], () => isOpen(first));
      expect(heard).toEqual([]);
      const second = dialPeer(`ws://127.0.0.1:${server.port}/second`);
      await drive([server, first, second], () => isClosed(second));
      expect(heard.splice(0).map(facts)).toEqual([{ ...message, limit, value: 1 }]);
      const ours = refused.splice(0).find(({ role }) => role === 'server');
      expect([ours?.status, ours?.request?.path, ours?.address]).toEqual([status, '/second', '127.0.0.1']);
    }
    const server = serve({ maxPendingHandshakes: 1 });
    await dialRaw(server.port);
    await drive(server, () => server.server.getPendingCount() === 1);
    await dialRaw(server.port);
    await drive(server, () => heard.length > 0);
    expect(heard.map(facts)).toEqual([{ ...message, limit: 'maxPendingHandshakes', value: 1 }]);
    expect(refused.map(({ status }) => status)).toEqual([503]);
  });
});

test('no message is made for channels without subscribers', async () => {
  const { ServerOpening } = await import('./server-opening.ts');
  const { ClientOpening } = await import('../dialling/client-opening.ts');
  let made = 0;
  for (const { prototype } of [ServerOpening, ClientOpening]) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'knownUrl');
    if (descriptor?.get === undefined) throw new Error('every message has the URL from there');
    const { get } = descriptor;
    Object.defineProperty(prototype, 'knownUrl', {
      ...descriptor,
      get(this: unknown) {
        made++;
        return get.call(this);
      },
    });
    onTestFinished(() => void Object.defineProperty(prototype, 'knownUrl', descriptor));
  }
  const live = async (): Promise<void> => {
    const server = serve({ path: '/game', maxQueuedPackets: 1 });
    const client = dialPeer(`ws://127.0.0.1:${server.port}/game`, { outboundBufferSize: 10 });
    const stray = dialPeer(`ws://127.0.0.1:${server.port}/other`);
    await drive([server, client, stray], () => server.peers.length === 1 && isOpen(client) && isClosed(stray));
    client.send(new Uint8Array(11));
    client.send(new Uint8Array(1));
    client.send(new Uint8Array(1));
    await drive([server, client], () => server.peers[0]?.getAvailablePacketCount() === 1);
    client.close(-1);
    server.server[Symbol.dispose]();
  };
  await live();
  expect(made).toBe(0);
  for (const name of ['open', 'close', 'failure', 'limit', 'handshake:refused'] as const) listenTo(`tickpeer:${name}`);
  await live();
  // Two opens, two closes, three failures, three limits with the queue's, two refusals.
  expect(made).toBeGreaterThanOrEqual(11);
});

test('a full queue is published also for a client that is not polled', async () => {
  const server = serve({ maxQueuedPackets: 1 });
  const raw = await dialRaw(server.port);
  raw.write(REQUEST);
  await drive(server, () => server.peers.length === 1);
  const heard = listenTo('tickpeer:limit');
  for (let count = 0; count < 2; count++) raw.write(frameTo('server', { opcode: 2, payload: Uint8Array.of(1) }));
  await until(() => heard.length === 1); // No poll in between.
  expect(heard.map(facts)).toMatchObject([{ role: 'server', limit: 'maxQueuedPackets', effect: 'paused' }]);
});
