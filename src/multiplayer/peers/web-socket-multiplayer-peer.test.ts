import { get } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drive, openPeer } from '../../../test/support/peers.ts';
import { until } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import { ConnectionStatus, type MultiplayerPeer } from './multiplayer-peer.ts';
import { OfflineMultiplayerPeer } from './offline-multiplayer-peer.ts';
import { WebSocketMultiplayerPeer, type WebSocketMultiplayerPeerOptions } from './web-socket-multiplayer-peer.ts';

const { CONNECTION_CONNECTED, CONNECTION_CONNECTING, CONNECTION_DISCONNECTED } = ConnectionStatus;

/** What a peer's signals told, in order. */
const told = new WeakMap<MultiplayerPeer, string[]>();

function newPeer(options: WebSocketMultiplayerPeerOptions = {}): WebSocketMultiplayerPeer {
  const peer = new WebSocketMultiplayerPeer(options);
  const lines: string[] = [];
  told.set(peer, lines);
  peer.peerConnected.connect((id) => lines.push(`+${id}`));
  peer.peerDisconnected.connect((id) => lines.push(`-${id}`));
  onTestFinished(() => peer.close());
  return peer;
}

function serve(options: WebSocketMultiplayerPeerOptions = {}): WebSocketMultiplayerPeer {
  const server = newPeer(options);
  expect(server.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  return server;
}

function join(
  server: WebSocketMultiplayerPeer,
  options: WebSocketMultiplayerPeerOptions = {},
): WebSocketMultiplayerPeer {
  const client = newPeer(options);
  expect(client.createClient(`ws://127.0.0.1:${server.getLocalPort()}`)).toBe(ErrorCode.OK);
  return client;
}

async function joined(server: WebSocketMultiplayerPeer, count: number): Promise<WebSocketMultiplayerPeer[]> {
  const clients = Array.from({ length: count }, () => join(server));
  const isThere = (client: WebSocketMultiplayerPeer): boolean => client.getConnectionStatus() === CONNECTION_CONNECTED;
  await drive([server, ...clients], () => clients.every(isThere));
  return clients;
}

/** Reads everything: who sent it, and what. */
function readAll(peer: MultiplayerPeer): [number, string][] {
  const packets: [number, string][] = [];
  while (peer.getAvailablePacketCount() > 0) {
    packets.push([peer.getPacketPeer(), Buffer.from(peer.getPacket()).toString()]);
  }
  return packets;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('a server has id 1 at once, a client gets its id when it is connected', async () => {
  const server = serve();
  expect([server.getConnectionStatus(), server.getUniqueId()]).toEqual([CONNECTION_CONNECTED, 1]);
  const client = join(server);
  expect([client.getConnectionStatus(), client.getUniqueId()]).toEqual([CONNECTION_CONNECTING, 0]);
  expect(client.putPacket(bytes('early'))).toBe(ErrorCode.ERR_UNCONFIGURED);
  await drive([server, client], () => client.getConnectionStatus() === CONNECTION_CONNECTED);
  const id = client.getUniqueId();
  expect(id).toBeGreaterThanOrEqual(2);
  expect([told.get(server), told.get(client)]).toEqual([[`+${id}`], ['+1']]);
  expect(server.getPeer(id)?.getConnectedHost()).toBe('127.0.0.1');
  expect([server.getPeerAddress(id), server.getPeerPort(id) > 0]).toEqual(['127.0.0.1', true]);
  expect([server.getPeer(3), server.getPeerAddress(3), server.getPeerPort(3)]).toEqual([null, '', 0]);
  expect(client.getPeer(1)).toBeInstanceOf(WebSocketPeer);
});

test('packets are sent to one, to all, or to all but one', async () => {
  const server = serve();
  const clients = await joined(server, 3);
  const [one, two, three] = clients.map((client) => client.getUniqueId()) as [number, number, number];
  const send = (target: number, text: string): ErrorCode => {
    server.setTargetPeer(target);
    return server.putPacket(bytes(text));
  };
  expect([send(one, 'one'), send(0, 'all'), send(-two, 'not two'), send(99, 'nobody')]).toEqual([
    ErrorCode.OK,
    ErrorCode.OK,
    ErrorCode.OK,
    ErrorCode.ERR_INVALID_PARAMETER,
  ]);
  expect(server.putPacketTo([two, three], bytes('two, three'))).toBe(ErrorCode.OK);
  const heard: [number, string][][] = [[], [], []];
  await drive([server, ...clients], () => {
    for (const [index, client] of clients.entries()) heard[index]!.push(...readAll(client));
    return heard.flat().length === 8;
  });
  expect(heard).toEqual([
    [
      [1, 'one'],
      [1, 'all'],
      [1, 'not two'],
    ],
    [
      [1, 'all'],
      [1, 'two, three'],
    ],
    [
      [1, 'all'],
      [1, 'not two'],
      [1, 'two, three'],
    ],
  ]);
});

test('a server knows the sender of each packet; a client always sends to the server', async () => {
  const server = serve();
  const clients = await joined(server, 2);
  for (const client of clients) {
    client.setTargetPeer(77);
    for (const text of ['a', 'b']) expect(client.putPacket(bytes(`${text}${client.getUniqueId()}`))).toBe(ErrorCode.OK);
  }
  const heard: [number, string][] = [];
  await drive([server, ...clients], () => {
    heard.push(...readAll(server));
    return heard.length === 4;
  });
  for (const client of clients) {
    const id = client.getUniqueId();
    expect(heard.filter(([from]) => from === id).map(([, text]) => text)).toEqual([`a${id}`, `b${id}`]);
  }
  expect([server.getPacketPeer(), server.getPacket().length, server.getPacketError()]).toEqual([
    0,
    0,
    ErrorCode.ERR_UNAVAILABLE,
  ]);
});

test('unread packets hold their sender back', async () => {
  const server = serve({ maxQueuedPackets: 4 });
  const [client] = (await joined(server, 1)) as [WebSocketMultiplayerPeer];
  for (let n = 0; n < 20; n++) client.putPacket(bytes(`${n}`));
  await drive([server, client], () => server.getAvailablePacketCount() === 4);
  for (let n = 0; n < 5; n++) server.poll();
  expect(server.getAvailablePacketCount()).toBe(4);
  const heard: string[] = [];
  await drive([server, client], () => {
    heard.push(...readAll(server).map(([, text]) => text));
    return heard.length === 20;
  });
  expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
});

describe('the end of a connection', () => {
  test('disconnectPeer() on a server emits peerDisconnected', async () => {
    const server = serve();
    const [client] = (await joined(server, 1)) as [WebSocketMultiplayerPeer];
    const id = client.getUniqueId();
    server.peerDisconnected.connect((gone) => expect(server.getPeerAddress(gone)).toBe('127.0.0.1'));
    server.disconnectPeer(id);
    server.disconnectPeer(12_345);
    await drive([server, client], () => client.getConnectionStatus() === CONNECTION_DISCONNECTED);
    expect([told.get(server), told.get(client)]).toEqual([
      [`+${id}`, `-${id}`],
      ['+1', '-1'],
    ]);
    expect([client.getUniqueId(), client.getPeer(1)?.getCloseCode()]).toEqual([0, 1000]);
  });

  test('disconnectPeer() by force emits no signal', async () => {
    const server = serve();
    const [one, two] = (await joined(server, 2)) as [WebSocketMultiplayerPeer, WebSocketMultiplayerPeer];
    const before = [...(told.get(server) ?? [])];
    server.disconnectPeer(one.getUniqueId(), true);
    two.disconnectPeer(1, true);
    expect(two.getConnectionStatus()).toBe(CONNECTION_DISCONNECTED);
    await drive([server, one, two], () => told.get(server)?.length === 3);
    expect(told.get(server)).toEqual([...before, expect.stringMatching(/^-/)]);
    expect(told.get(two)).toEqual(['+1']);
  });

  test('a client closes, or is lost', async () => {
    const server = serve();
    const [one, two] = (await joined(server, 2)) as [WebSocketMultiplayerPeer, WebSocketMultiplayerPeer];
    const ids = [one.getUniqueId(), two.getUniqueId()];
    one.close();
    two.getPeer(1)?.close(-1);
    await drive([server, one, two], () => told.get(server)?.length === 4);
    expect(told.get(server)?.slice(2).sort()).toEqual(ids.map((id) => `-${id}`).sort());
    expect(one.getConnectionStatus()).toBe(CONNECTION_DISCONNECTED);
  });

  test('a server closes with 1001, and can be created again', async () => {
    const server = serve();
    const [client] = (await joined(server, 1)) as [WebSocketMultiplayerPeer];
    server.close();
    expect([server.getConnectionStatus(), server.getUniqueId()]).toEqual([CONNECTION_DISCONNECTED, 0]);
    await drive(client, () => client.getConnectionStatus() === CONNECTION_DISCONNECTED);
    expect(client.getPeer(1)?.getCloseCode()).toBe(1001);
    expect(server.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  });
});

test.each(['peerConnected', 'peerDisconnected'] as const)('a handler of %s can close the server', async (signal) => {
  const server = serve();
  server[signal].connect(() => server.close());
  const clients = [join(server), join(server)];
  const isThere = (client: WebSocketMultiplayerPeer): boolean => client.getConnectionStatus() === CONNECTION_CONNECTED;
  if (signal === 'peerDisconnected') {
    await drive([server, ...clients], () => clients.every(isThere));
    for (const client of clients) client.close();
  }
  await drive([server, ...clients], () => server.getConnectionStatus() === CONNECTION_DISCONNECTED);
  await drive(clients, () => clients.every((client) => client.getConnectionStatus() === CONNECTION_DISCONNECTED));
  expect(told.get(server)).toHaveLength(signal === 'peerConnected' ? 1 : 3);
});

test('a handler that throws, or polls, does not skip another peer', async () => {
  const server = serve();
  const clients = await joined(server, 3);
  let throws = true;
  server.peerDisconnected.connect(() => {
    if (!throws) return;
    throws = false;
    throw new Error('on purpose');
  });
  server.peerDisconnected.connect(() => server.poll());
  for (const client of clients) client.close();
  let thrown = 0;
  const pollable = {
    poll: () => {
      try {
        server.poll();
      } catch {
        thrown++;
      }
    },
  };
  await drive([pollable, ...clients], () => told.get(server)?.length === 6);
  expect(thrown).toBe(1);
  for (const line of told.get(server)?.slice(0, 3) ?? []) expect(server.getPeer(Number(line))).toBeNull();
});

test('a handler of packetRefused can send to the slow peer', async () => {
  const server = serve({ outboundBufferSize: 10 });
  await joined(server, 1);
  let count = 0;
  server.packetRefused.connect(() => {
    count++;
    server.putPacket(new Uint8Array(11));
  });
  expect(server.putPacket(new Uint8Array(11))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  expect(count).toBe(1);
});

test('new connections can be refused', async () => {
  const server = serve();
  server.refuseNewConnections = true;
  const client = join(server);
  await drive([server, client], () => client.getConnectionStatus() === CONNECTION_DISCONNECTED);
  expect([told.get(server), told.get(client)]).toEqual([[], []]);
});

test('a client gives up on a server that never sends an id', async () => {
  const silent = new WebSocketServer();
  onTestFinished(() => silent[Symbol.dispose]());
  silent.listen(0, '127.0.0.1');
  const client = newPeer({ handshakeTimeout: 0.05 });
  client.createClient(`ws://127.0.0.1:${silent.getLocalPort()}`);
  await drive([silent, client], () => client.getConnectionStatus() === CONNECTION_DISCONNECTED);
  expect(client.getLastFailure()?.code).toBe('TICKPEER_HANDSHAKE_TIMEOUT');
});

test.each([
  ['too short', Uint8Array.of(1, 2, 3)],
  ['too long', new Uint8Array(5)],
  ['the server’s own', Uint8Array.of(1, 0, 0, 0)],
  ['negative', Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
  ['text', 'abcd'],
])('an id that is %s is refused', async (_name, message) => {
  const wrong = new WebSocketServer();
  onTestFinished(() => wrong[Symbol.dispose]());
  wrong.listen(0, '127.0.0.1');
  const client = newPeer();
  client.createClient(`ws://127.0.0.1:${wrong.getLocalPort()}`);
  await drive([wrong, client], () => {
    const peer = wrong.takePeer();
    if (peer !== null) wrong.broadcast([peer], message);
    return client.getConnectionStatus() === CONNECTION_DISCONNECTED;
  });
  expect([client.getUniqueId(), client.getLastFailure()?.code]).toEqual([0, 'TICKPEER_BAD_PACKET']);
  expect(told.get(client)).toEqual([]);
});

test('a send returns its error', async () => {
  const server = serve({ outboundBufferSize: 1000 });
  const [client] = (await joined(server, 1)) as [WebSocketMultiplayerPeer];
  const refused: [number, ErrorCode][] = [];
  server.packetRefused.connect((id, error) => refused.push([id, error]));
  const id = client.getUniqueId();
  server.setTargetPeer(id);
  expect(server.putPacket(new Uint8Array(1000))).toBe(ErrorCode.OK);
  expect(server.putPacket(new Uint8Array(1001))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  server.setTargetPeer(0);
  expect(server.putPacket(new Uint8Array(1001))).toBe(ErrorCode.ERR_OUT_OF_MEMORY);
  server.getPeer(id)?.close();
  expect(server.putPacket(new Uint8Array(1))).toBe(ErrorCode.FAILED);
  expect(refused).toEqual([
    [id, ErrorCode.ERR_OUT_OF_MEMORY],
    [id, ErrorCode.ERR_OUT_OF_MEMORY],
    [id, ErrorCode.FAILED],
  ]);
});

test('a server can be made from a WebSocketServer, which outlives it', async () => {
  const sockets = new WebSocketServer({ path: '/game' });
  onTestFinished(() => sockets[Symbol.dispose]());
  sockets.listen(0, '127.0.0.1');
  const server = newPeer();
  expect(server.createServerFrom(sockets)).toBe(ErrorCode.OK);
  expect(server.createServerFrom(sockets)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  const client = newPeer();
  client.createClient(`ws://127.0.0.1:${sockets.getLocalPort()}/game`);
  await drive([server, client], () => client.getConnectionStatus() === CONNECTION_CONNECTED);
  server.close();
  await drive([sockets, client], () => client.getConnectionStatus() === CONNECTION_DISCONNECTED);
  expect(sockets.isListening()).toBe(true);
});

test('settings are those of new peers', async () => {
  const server = newPeer({ inboundBufferSize: 111 });
  server.outboundBufferSize = 2222;
  server.maxQueuedPackets = 33;
  server.heartbeatInterval = 0.02;
  server.pongTimeLimit = 10; // a Pong may be late on a busy machine
  server.createServer(0, '127.0.0.1');
  const [client] = (await joined(server, 1)) as [WebSocketMultiplayerPeer];
  const peer = server.getPeer(client.getUniqueId())!;
  const { inboundBufferSize, outboundBufferSize, maxQueuedPackets, heartbeatInterval } = peer;
  expect([inboundBufferSize, outboundBufferSize, maxQueuedPackets, heartbeatInterval]).toEqual([111, 2222, 33, 0.02]);
  await drive([server, client], () => peer.getStatistics().roundTripTime >= 0);
  for (const wrong of [0, -1, Number.NaN]) expect(() => newPeer({ handshakeTimeout: wrong })).toThrow(RangeError);
  expect(() => newPeer({ maxQueuedPackets: 0 })).toThrow(RangeError);
});

test('every WebSocket client gets an id, and stays connected', async () => {
  const server = serve();
  const stranger = await openPeer(`ws://127.0.0.1:${server.getLocalPort()}/any/path`, {}, [server]);
  await drive([server, stranger], () => stranger.getAvailablePacketCount() > 0);
  const first = stranger.getPacket();
  expect(told.get(server)).toEqual([`+${new DataView(first.buffer, first.byteOffset).getInt32(0, true)}`]);
});

test('wrong calls are refused', () => {
  const peer = newPeer();
  expect(peer.putPacket(bytes('x'))).toBe(ErrorCode.ERR_UNCONFIGURED);
  expect(peer.createClient('http://x')).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(peer.getLastFailure()?.code).toBe('TICKPEER_INVALID_URL');
  expect(peer.createServer(-1)).toBe(ErrorCode.ERR_INVALID_PARAMETER);
  expect(peer.getConnectionStatus()).toBe(CONNECTION_DISCONNECTED);
  expect(peer.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  expect(peer.createServer(0)).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  expect(peer.createClient('ws://x')).toBe(ErrorCode.ERR_ALREADY_IN_USE);
  expect(() => peer.setTargetPeer(2 ** 31)).toThrow(RangeError);
});

test('ids are spread over 31 bits, and are never 0 or 1', () => {
  const peer = new OfflineMultiplayerPeer();
  const ids = Array.from({ length: 1000 }, () => peer.generateUniqueId());
  expect(Math.min(...ids)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...ids)).toBeGreaterThan(2 ** 30);
  expect(new Set(ids).size).toBe(1000);
});

test('an offline peer is a server without clients', () => {
  const peer = new OfflineMultiplayerPeer();
  peer.poll();
  expect([peer.getUniqueId(), peer.getConnectionStatus(), peer.getAvailablePacketCount()]).toEqual([1, 2, 0]);
  expect(peer.putPacket(bytes('x'))).toBe(ErrorCode.OK);
});

test('a server’s options are checked when they are set, and are passed on', async () => {
  expect(() => new WebSocketMultiplayerPeer({ maxConnections: 0 })).toThrow(RangeError);
  expect(() => new WebSocketMultiplayerPeer({ allowedOrigins: ['example.com'] })).toThrow(RangeError);
  const server = new WebSocketMultiplayerPeer({ healthPath: '/healthz' });
  expect(() => {
    server.allowedOrigins = ['example.com'];
  }).toThrow(RangeError);
  expect(server.allowedOrigins).toBe('*');
  onTestFinished(() => server.close());
  expect(server.createServer(0, '127.0.0.1')).toBe(ErrorCode.OK);
  let status = 0;
  const request = get(`http://127.0.0.1:${server.getLocalPort()}/healthz`, (response) => {
    status = response.statusCode ?? 0;
    response.resume();
  });
  onTestFinished(() => void request.destroy());
  await until(() => {
    server.poll();
    return status !== 0;
  });
  expect(status).toBe(200);
});
