import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { table } from '../../test/support/hub.ts';
import { FakePage, inspect } from '../../test/support/inspected.ts';
import { MemoryPeers } from '../../test/support/memory-peers.ts';
import { dialPeer, drive, isOpen, serve } from '../../test/support/peers.ts';
import { player, replicatedTable } from '../../test/support/replicated-table.ts';
import { isFailure } from '../failure.ts';
import { rpc, SceneInspection, type SceneMultiplayer } from '../multiplayer/index.ts';
import { int, string } from '../variant/index.ts';
import { Collector } from './collector/collector.ts';
import { Traffic } from './collector/traffic.ts';
import { WatchedTarget } from './collector/watched-target.ts';
import { PacketNames } from './control/packet-names.ts';
import type { ServerMessage } from './feed/messages.ts';
import { WatchingPage } from './serving/watching-page.ts';

const METHODS = { say: rpc.anyPeer([string], () => undefined), count: rpc.anyPeer([int], () => undefined) };

/** Packets of all commands: random bytes, and real ones with some bytes changed. */
function packets(real: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ minLength: 1, maxLength: 60 });
  const commands = fc.tuple(fc.nat(255), random).map(([command, rest]) => Uint8Array.of(command, ...rest));
  const changed = fc
    .tuple(fc.constantFrom(...real), fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }), fc.nat(80))
    .map(([packet, changes, end]) => {
      const copy = packet.slice(0, Math.max(1, packet.length - (end > 40 ? 0 : end)));
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });
  return fc.oneof(commands, changed, changed);
}

/** A server with nodes of all kinds, and packets that its clients have sent. */
function playing(): { multiplayer: SceneMultiplayer; real: Uint8Array[] } {
  const all = replicatedTable([2, 3]);
  const { ours, sides } = all;
  const nodes = sides.map(({ multiplayer }) => multiplayer.node('Main', METHODS));
  ours.units.addChild(player.instantiate({ name: '2' }));
  all.settle();
  nodes[1]!.say.rpc('to all');
  nodes[2]!.count.rpcId(2, 7);
  all.settle();
  nodes[1]!.say.rpc('by the number');
  all.settle();
  const heard = [all.server, ...all.clients].flatMap(({ peer }) =>
    peer.heard.map(([, hex]) => Buffer.from(hex, 'hex')),
  );
  return { multiplayer: ours.multiplayer, real: heard.map((bytes) => new Uint8Array(bytes)) };
}

describe('any packet of a client', () => {
  test('is described without an error, and its parts are as large as it is', () => {
    const { multiplayer, real } = playing();
    const inspection = new SceneInspection(multiplayer);
    fc.assert(
      fc.property(packets(real), fc.constantFrom(0, 2, 3, 99), (packet, from) => {
        let size = 0;
        const parts = inspection.describe(from, packet, (_kind, _path, _member, bytes) => {
          expect(bytes).toBeGreaterThanOrEqual(0);
          size += bytes;
        });
        expect(size).toBe(packet.length);
        expect(parts).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('is followed without an error', () => {
    const { multiplayer, real } = playing();
    const inspection = new SceneInspection(multiplayer);
    const names = new PacketNames(2, () => inspection);
    fc.assert(
      fc.property(packets(real), fc.boolean(), (packet, isSent) => {
        expect(names.describe(packet, isSent).length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('nodes whose names clients choose', () => {
  const METHOD = 0;

  /** A call of the first method of the node at a path, as the engine sends it before the path has a number. */
  function call(path: string): Uint8Array {
    const packet = Buffer.concat([Buffer.alloc(6), Buffer.from(`${path}\0`)]);
    packet[0] = 0xa0; // a path in four bytes, and no arguments
    packet.writeUInt32LE(0x8000_0006, 1);
    packet[5] = METHOD;
    return packet;
  }

  function counted(): Traffic {
    const { server } = table([]);
    server.multiplayer.node('Main', METHODS);
    server.multiplayer.nodes('Players/*', METHODS);
    const traffic = new Traffic(new SceneInspection(server.multiplayer));
    for (let n = 0; n < 10; n++) traffic.onReceived(5, call('Main'));
    return traffic;
  }

  const REST = '(other nodes)';
  const bytesOf = ({ state }: Traffic, path: string): number =>
    state.rows.filter((row) => row.path === path).reduce((sum, { bytesIn }) => sum + bytesIn, 0);

  test.each([
    [1998, 1999, 0],
    [1999, 1001, 1000],
    [2000, 1001, 1001],
    [5000, 1000, 4002],
  ])('of %i nodes and one of the game, %i rows are kept, and %i nodes become the rest', (names, rows, folded) => {
    const traffic = counted();
    traffic.start();
    for (let n = 0; n < names; n++) traffic.onReceived(5, call(`Players/${String(n).padStart(5, '0')}`));
    traffic.advance(1);
    traffic.stop();
    expect(traffic.state.count).toBe(rows);
    expect(bytesOf(traffic, REST)).toBe(folded * call('Players/00000').length);
    expect(bytesOf(traffic, 'Main')).toBe(10 * call('Main').length);
  });

  test('long names are cut', () => {
    const traffic = counted();
    traffic.onReceived(5, call(`Players/${'x'.repeat(20_000)}`));
    expect(traffic.state.rows[0]?.path).toBe(`Players/${'x'.repeat(192)}…`);
  });

  test('methods that are not declared have one row', () => {
    const traffic = counted();
    for (let method = 2; method < 200; method++) {
      const packet = call('Players/a');
      packet[5] = method;
      traffic.onReceived(5, packet);
    }
    expect(traffic.state.rows.map(({ member, packetsIn }) => [member, packetsIn])).toEqual([
      ['unknown method', 198],
      ['count', 10],
    ]);
  });
});

test('what strangers ask for does not make an update large', async () => {
  const server = serve();
  const page = new FakePage(inspect(server.server));
  const url = `ws://127.0.0.1:${server.port}/?${'x'.repeat(6000)}`;
  const clients = Array.from({ length: 120 }, () => dialPeer(url));
  await drive([server, ...clients], () => clients.every(isOpen));
  const { peers, peerCount } = await page.update((update) => update.peerCount === 120, [server]);
  expect([peers.length, peerCount]).toEqual([100, 120]);
  expect(peers[0]!.url).toHaveLength(201);
  expect(JSON.stringify(page.updates.at(-1)).length).toBeLessThan(200_000);
});

test('a page that does not read gets no more updates, and goes on once it reads', () => {
  const target = serve();
  const watched = WatchedTarget.of(target.server);
  if (isFailure(watched)) throw new Error(watched.message);
  const collector = new Collector(watched);
  onTestFinished(() => collector.stop());
  const peers = MemoryPeers.open({
    stream: { capacity: 100 },
    client: { inboundBufferSize: 4_000_000, maxQueuedPackets: 10_000 },
    server: { outboundBufferSize: 4_000_000, maxQueuedPackets: 10_000 },
  });
  const page = new WatchingPage(peers.server, collector, 500);
  const waiting = (): number => peers.server.getCurrentOutboundBufferedAmount();
  peers.clock.endTurn();
  const first = waiting();
  expect(first).toBeGreaterThan(100);
  for (let n = 0; n < 1000; n++) {
    page.update(collector.sample());
    peers.clock.endTurn();
  }
  expect(waiting()).toBe(first);
  peers.pollUntil(() => waiting() === 0);
  page.update(collector.sample());
  peers.pollUntil(() => peers.client.getAvailablePacketCount() === 2);
  const types = [...peers.client.packets()].map((packet) => (JSON.parse(String(packet)) as ServerMessage).type);
  expect(types).toEqual(['hello', 'update']);
});
