import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../test/support/frames.ts';
import { type Player, table } from '../../../test/support/hub.ts';
import { int, string, vector2 } from '../../variant/index.ts';
import { type RemoteMethod, rpc, type SceneMultiplayer } from '../index.ts';

const hexOf = (path: string): string => Buffer.from(`${path}\0`).toString('hex');

describe('differences between two programs are reported once for each kind, and disconnect no peer', () => {
  /** Whatever a client does 1,000 times in more than a second. */
  function repeat(act: (client: SceneMultiplayer, server: SceneMultiplayer) => () => void): string[] {
    const { server, clients, clock, settle } = table([5, 7], { sleep: false });
    const [five] = clients as [Player, Player];
    const once = act(five.multiplayer, server.multiplayer);
    for (let n = 0; n < 1000; n++) {
      once();
      clock.advance(2);
      server.multiplayer.poll();
    }
    settle();
    expect(server.multiplayer.getPeers()).toEqual([5, 7]);
    expect(server.multiplayer.getPeerStatistics(5)?.badPackets).toBe(0);
    return server.news();
  }

  const times = (line: string): string[] => ['', ' x10', ' x100', ' x1000'].map((count) => line + count);

  test('calls to all peers on a node that only clients have', () => {
    const news = repeat((client) => {
      const chat = client.node('Chat', { say: rpc.anyPeer([string]) });
      return () => chat.say.rpc('hello');
    });
    expect(news).toEqual(times('bad 5 TICKPEER_RPC_UNKNOWN_NODE'));
  });

  test('bytes to all peers, with serverRelay off here', () => {
    const news = repeat((client, server) => {
      server.serverRelay = false;
      return () => client.sendBytes(bytesOf('aa'));
    });
    expect(news).toEqual(times('bad 5 TICKPEER_RELAY_OFF'));
  });

  test('arguments that do not match', () => {
    const news = repeat((client, server) => {
      server.node('Main', { hit: rpc.anyPeer([vector2], () => undefined) });
      const main = client.node('Main', { hit: rpc.anyPeer([string]) });
      return () => main.hit.rpcId(1, 'x');
    });
    expect(news).toEqual(times('bad 5 TICKPEER_RPC_ARGUMENTS'));
  });

  test('a method that is not implemented, and one that may not be called', () => {
    const news = repeat((client, server) => {
      server.node('Main', { a: rpc.authority([], () => undefined), b: rpc.anyPeer() });
      const main = client.node('Main', { a: rpc.anyPeer(), b: rpc.anyPeer() });
      return () => {
        main.a.rpcId(1);
        main.b.rpcId(1);
      };
    });
    expect(news.sort()).toEqual(
      [...times('bad 5 TICKPEER_RPC_NOT_ALLOWED'), ...times('bad 5 TICKPEER_RPC_UNKNOWN_METHOD')].sort(),
    );
  });

  test('undeclared synchronizers: each is a kind of its own', () => {
    const { server, settle } = table([5]);
    const raw = server.peer.links.get(5)!;
    for (let n = 0; n < 100; n++) {
      const number = (n + 1).toString(16).padStart(2, '0');
      raw.putPacket(bytesOf(`01${'61'.repeat(32)}00${number}000000${hexOf(`P/${n}/Sync`)}`));
      raw.putPacket(bytesOf('060100020000000400000002050205'));
    }
    settle();
    const news = server.news();
    expect(server.multiplayer.getPeers()).toEqual([5]);
    expect(news.filter((line) => line.startsWith('replication'))).toHaveLength(100);
    // What is kept of a stranger's inventions is bounded: 32 kinds, the others together.
    expect(news.filter((line) => line === 'bad 5 TICKPEER_RPC_UNKNOWN_NODE')).toHaveLength(33);
    expect(news.filter((line) => line === 'bad 5 TICKPEER_RPC_UNKNOWN_NODE x10')).toHaveLength(1);
  });

  test('packets and data that authentication does not expect', () => {
    const { server, clients, settle } = table([5]);
    const raw = server.peer.links.get(5)!;
    for (let n = 0; n < 100; n++) raw.putPacket(bytesOf('070061'));
    settle();
    expect(server.news()).toEqual(times('bad 5 TICKPEER_NOT_AUTHENTICATED').slice(0, 3));
    expect(clients[0]!.news()).toEqual([]);
  });
});

describe('the allowance of bad packets refills within a minute', () => {
  test.each([
    [59_999, true],
    [60_000, false],
    [60_001, false],
  ])('after %i ms, the same number as at first is too many: %s', (wait, isTooMuch) => {
    const { server, clock, settle } = table([5], { limits: { badPackets: 3 } });
    const raw = server.peer.links.get(5)!;
    const send = (): void => {
      for (let n = 0; n < 3; n++) raw.putPacket(bytesOf('07'));
      settle();
    };
    send();
    clock.advance(wait);
    send();
    expect(server.multiplayer.getPeers()).toEqual(isTooMuch ? [] : [5]);
  });

  test('peerMisbehaved and peerDisconnected have the disconnected peer and the reason', () => {
    const { server, settle } = table([5], { limits: { badPackets: 1 } });
    const told: string[] = [];
    server.multiplayer.peerMisbehaved.connect((id, { message }) => told.push(`${id} ${message}`));
    server.multiplayer.peerDisconnected.connect((id, failure) => told.push(`${id} gone: ${failure?.message}`));
    for (let n = 0; n < 2; n++) server.peer.links.get(5)!.putPacket(bytesOf('07'));
    settle();
    expect(told).toEqual(['5 more than badPackets, 1', '5 gone: more than badPackets, 1']);
  });
});

test('a handler of badPacket can disconnect the peer: nothing more is reported of it', () => {
  const { server, clients, settle } = table([5], { limits: { badPackets: 1, cacheEntries: 1 } });
  const { multiplayer } = server;
  multiplayer.badPacket.connect((id) => multiplayer.disconnectPeer(id));
  for (let n = 0; n < 3; n++) server.peer.links.get(5)!.putPacket(bytesOf(`07${'00'.repeat(n)}`));
  settle();
  expect(server.news()).toEqual(['bad 5 TICKPEER_BAD_PACKET']);
  expect(clients[0]!.news()).toContain('lost');
  // Beyond cacheEntries, and with other methods: two things to tell.
  const other = table([5], { limits: { cacheEntries: 1 } });
  other.server.multiplayer.badPacket.connect((id) => other.server.multiplayer.disconnectPeer(id));
  other.server.multiplayer.nodes('P/*', { a: rpc.anyPeer() });
  for (const n of [1, 2]) {
    const packet = `01${'61'.repeat(32)}000${n}000000${hexOf(`P/${n}`)}`;
    other.server.peer.links.get(5)!.putPacket(bytesOf(packet));
  }
  other.settle();
  expect(other.server.news()).toEqual(['differs 5 TICKPEER_RPC_CHECKSUM', 'bad 5 TICKPEER_PEER_LIMIT']);
});

describe('a stall of this process does not count against the other side', () => {
  /** A client at 60 a second; the server's loop is blocked for a while, and then finds it all at once or in pieces. */
  function stall(perSecond: number, blocked: number, pieces: number): number[] {
    const { server, clients, clock } = table([5], { limits: { packetsPerSecond: 120 } });
    const send = (count: number): void => {
      for (let n = 0; n < count; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 1);
    };
    for (let n = 0; n < 60; n++) {
      clock.advance(1000 / 60);
      send(perSecond / 60);
      server.multiplayer.poll();
    }
    clock.advance(blocked * 1000);
    // The first poll after a stall finds nothing: the event loop has not read a socket yet.
    server.multiplayer.poll();
    for (let n = 0; n < pieces; n++) {
      send((perSecond * blocked) / pieces);
      clock.advance(5);
      server.multiplayer.poll();
    }
    return server.multiplayer.getPeers();
  }

  test.each([
    [60, 3, 1],
    [60, 3, 10],
    [120, 3, 1],
    [120, 30, 30],
    [60, 600, 60],
  ])('%i packets a second, blocked for %i s, read in %i pieces', (perSecond, blocked, pieces) => {
    expect(stall(perSecond, blocked, pieces)).toEqual([5]);
  });

  test('traffic above the limit on average is still too much', () => {
    expect(stall(180, 3, 1)).toEqual([]);
  });

  test('the credit of a gap is limited to its length, and lasts as long', () => {
    const { server, clients, clock } = table([5], { limits: { packetsPerSecond: 10 } });
    const send = (count: number): void => {
      for (let n = 0; n < count; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 1);
      server.multiplayer.poll();
    };
    clock.advance(3000);
    send(0);
    for (let n = 0; n < 4; n++) {
      clock.advance(1000);
      send(0);
    }
    send(10);
    expect(server.multiplayer.getPeers()).toEqual([5]);
    send(1);
    expect(server.multiplayer.getPeers()).toEqual([]);
  });

  test('the time limit of authentication is extended, too', () => {
    const { server, clients, clock, settle } = table([]);
    expect(clients).toEqual([]);
    const { multiplayer } = server;
    multiplayer.authCallback = () => undefined;
    multiplayer.authTimeout = 1;
    server.peer.links.set(5, server.peer);
    server.peer.peerConnected.emit(5);
    clock.advance(10_000);
    settle();
    expect(multiplayer.getAuthenticatingPeers()).toEqual([5]);
    for (let n = 0; n < 3; n++) {
      clock.advance(250);
      multiplayer.poll();
    }
    expect(multiplayer.getAuthenticatingPeers()).toEqual([]);
  });
});

describe('relayed packets have limits of their own', () => {
  const LIMITS = { packetsPerSecond: 10, relayedPerSecond: 20, relayedBytesPerSecond: 200 };

  test.each([
    [19, false],
    [20, false],
    [21, true],
  ])('%i packets to one other, of 20', (count, isTooMuch) => {
    const { server, clients, settle } = table([5, 7], { limits: LIMITS });
    for (let n = 0; n < count; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'), 7);
    settle();
    expect(server.multiplayer.getPeers()).toEqual(isTooMuch ? [7] : [5, 7]);
    const expected = { packets: count, relayedPackets: count };
    if (!isTooMuch) expect(server.multiplayer.getPeerStatistics(5)).toMatchObject(expected);
  });

  test.each([
    [6, false],
    [7, true],
  ])('%i packets to everybody, of 20 to three others', (count, isTooMuch) => {
    const { server, clients, settle } = table([5, 7, 8, 9], { limits: LIMITS });
    for (let n = 0; n < count; n++) clients[0]!.multiplayer.sendBytes(bytesOf('aa'));
    settle();
    expect(server.multiplayer.getPeers().includes(5)).toBe(!isTooMuch);
    // Each of them is also one for the server, of 10.
    if (!isTooMuch) expect(server.news()).toEqual(Array(count).fill('bytes 5 aa'));
  });

  test.each([
    [98, false],
    [99, false],
    [100, true],
  ])('%i bytes and their command to two others, of 200', (size, isTooMuch) => {
    const { server, clients, settle } = table([5, 7, 8], { limits: LIMITS });
    clients[0]!.multiplayer.sendBytes(new Uint8Array(size), -1);
    settle();
    expect(server.multiplayer.getPeers().includes(5)).toBe(!isTooMuch);
  });

  test('packets to a peer that has left, and packets while relay is off, count', () => {
    const { server, settle } = table([5], { limits: LIMITS });
    for (let n = 0; n < 21; n++) server.peer.links.get(5)!.putPacket(bytesOf('070363000000030a'));
    settle();
    expect(server.multiplayer.getPeers()).toEqual([]);
    const other = table([5], { limits: LIMITS });
    other.server.multiplayer.serverRelay = false;
    for (let n = 0; n < 11; n++) other.server.peer.links.get(5)!.putPacket(bytesOf('070363000000030a'));
    other.settle();
    expect(other.server.multiplayer.getPeers()).toEqual([]);
  });

  test('a synchronizer at 145 frames a second among 32 peers is within the defaults', () => {
    const ids = Array.from({ length: 32 }, (_, n) => n + 2);
    const { server, clients, clock } = table(ids);
    const sync = bytesOf('060100020000000400000002050205');
    for (let frame = 0; frame < 145; frame++) {
      for (const id of ids.slice(1)) clients[0]!.peer.putPacket(relayed(id, sync));
      clients[0]!.peer.putPacket(sync);
      clock.advance(1000 / 145);
      server.multiplayer.poll();
      for (const client of clients) client.peer.poll();
    }
    expect(server.multiplayer.getPeers()).toHaveLength(32);
  });

  function relayed(to: number, packet: Uint8Array): Uint8Array {
    return Uint8Array.of(7, 3, to, 0, 0, 0, ...packet);
  }
});

test('a limit that is only reported is reported at the 1st, the 10th, the 100th time', () => {
  const { server, clients, settle } = table([5], { limits: { packetsPerSecond: 10, disconnect: false } });
  const main = clients[0]!.multiplayer.node('Main', { n: rpc.anyPeer([int]) });
  const { rpcId }: RemoteMethod<[number]> = main.n;
  for (let n = 0; n < 200; n++) rpcId(1, n);
  settle();
  expect(server.news().filter((line) => line.startsWith('misbehaved'))).toEqual([
    'misbehaved 5 TICKPEER_PEER_LIMIT',
    'misbehaved 5 TICKPEER_PEER_LIMIT x10',
    'misbehaved 5 TICKPEER_PEER_LIMIT x100',
  ]);
  expect(server.multiplayer.getPeers()).toEqual([5]);
});
