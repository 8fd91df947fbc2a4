import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { beginEmptySlab } from '../../../test/support/empty-slab.ts';
import { MemoryPeers, type MemoryPeersOptions } from '../../../test/support/memory-peers.ts';
import { patternBytes } from '../../../test/support/payloads.ts';
import { outputMemory } from '../../protocol/index.ts';
import type { WebSocketPeer } from '../peer/websocket-peer.ts';
import { State, WriteMode } from '../state.ts';
import { broadcast } from './broadcast.ts';

beforeEach(beginEmptySlab);

/** Pairs on clocks of their own. */
function openPairs(count: number, options: MemoryPeersOptions = {}): MemoryPeers[] {
  const pairs = Array.from({ length: count }, () => MemoryPeers.open(options));
  onTestFinished(() => {
    for (const { both } of pairs) for (const peer of both) peer.close(-1);
  });
  return pairs;
}

function send(peers: Iterable<WebSocketPeer>, message: Uint8Array): WebSocketPeer[] {
  return broadcast(peers, message, WriteMode.WRITE_MODE_BINARY, true);
}

/** The packets that a peer has, as strings, which are compared fast. */
function packetsOf(peer: WebSocketPeer): string[] {
  const packets: string[] = [];
  while (peer.getAvailablePacketCount() > 0) packets.push(latin1(peer.getPacket()));
  return packets;
}

/** Every packet that the clients get. */
function received(pairs: readonly MemoryPeers[]): string[][] {
  for (const pair of pairs) for (let count = 0; count < 5; count++) pair.poll();
  return pairs.map(({ client }) => packetsOf(client));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** Nobody uses the slab that is being filled: what was sent has released it. */
function expectAllReleased(): void {
  const slab = outputMemory.share(1);
  expect([slab.used, slab.users]).toEqual([0, 1]);
  outputMemory.release(slab);
}

const [outer, inner, single] = [patternBytes(5000, 1), patternBytes(3000, 90_000), patternBytes(700, 180_000)];
const [OUTER, INNER, SINGLE] = [latin1(outer), latin1(inner), latin1(single)];

test('a list that broadcasts and sends while it is read: each peer gets its messages whole, in the order of the calls', () => {
  const pairs = openPairs(4);
  const servers = pairs.map(({ server }) => server);
  function* list(): Generator<WebSocketPeer> {
    for (const [index, server] of servers.entries()) {
      if (index === 1) expect(send(servers, inner)).toEqual([]);
      if (index === 2) server.send(single);
      yield server;
      server.poll(); // writes at once
    }
  }
  expect(send(list(), outer)).toEqual([]);
  expect(received(pairs)).toEqual([
    [OUTER, INNER],
    [INNER, OUTER],
    [INNER, SINGLE, OUTER],
    [INNER, OUTER],
  ]);
  expectAllReleased();
});

test('a list that throws: the peers before it have the message, and the memory is released', () => {
  const pairs = openPairs(3);
  function* list(): Generator<WebSocketPeer> {
    yield pairs[0]!.server;
    yield pairs[1]!.server;
    throw new Error('no more peers');
  }
  expect(() => send(list(), outer)).toThrow('no more peers');
  expect(received(pairs)).toEqual([[OUTER], [OUTER], []]);
  expectAllReleased();
});

test('peers that are dropped and closed during a broadcast release its memory, and those that refuse it are returned', () => {
  const pairs = openPairs(5);
  const servers = pairs.map(({ server }) => server);
  pairs[4]!.server.outboundBufferSize = 100;
  function* list(): Generator<WebSocketPeer> {
    for (const [index, server] of servers.entries()) {
      if (index === 1) server.close(-1);
      yield server;
      if (index === 2) server.close(-1);
      if (index === 3) server.close();
    }
  }
  expect(send(list(), outer)).toEqual([servers[1], servers[4]]);
  expect(received(pairs)).toEqual([[OUTER], [], [], [OUTER], []]);
  expect(servers.map((server) => server.getReadyState())).toEqual([
    State.STATE_OPEN,
    State.STATE_CLOSED,
    State.STATE_CLOSED,
    State.STATE_CLOSED,
    State.STATE_OPEN,
  ]);
  expectAllReleased();
});

test('clients and servers in one list, with fragments and compression: all get the same bytes', () => {
  const zeros = new Uint8Array(20_000);
  for (const message of [outer, zeros, single]) {
    const three = Array(3).fill(latin1(message));
    const pairs = [
      ...openPairs(2),
      ...openPairs(2, { server: { fragmentSize: 999 }, client: { fragmentSize: 77 } }),
      ...openPairs(2, { server: { compression: true }, client: { compression: true } }),
      ...openPairs(2, {
        server: { compression: { serverNoContextTakeover: false } },
        client: { compression: { serverNoContextTakeover: false } },
      }),
    ];
    const peers = pairs.flatMap(({ both }) => both);
    for (let count = 0; count < 3; count++) expect(send(peers, message)).toEqual([]);
    expect(received(pairs)).toEqual(pairs.map(() => three));
    expect(pairs.map(({ server }) => packetsOf(server))).toEqual(pairs.map(() => three));
    expectAllReleased();
  }
});
