import { expect, onTestFinished, test } from 'vitest';
import { table } from '../../test/support/hub.ts';
import { FakePage, inspect, VIEW } from '../../test/support/inspected.ts';
import { drive, type Pollable } from '../../test/support/peers.ts';
import { player, replicatedTable, unit } from '../../test/support/replicated-table.ts';
import {
  rpc,
  SceneInspection,
  SceneMultiplayer,
  type SceneMultiplayerOptions,
  type SleepOptions,
  WebSocketMultiplayerPeer,
} from '../multiplayer/index.ts';
import { int, string } from '../variant/index.ts';
import { Traffic } from './collector/traffic.ts';
import type { TrafficRow, TrafficState, Update } from './feed/messages.ts';

const METHODS = { say: rpc.anyPeer([string], () => undefined), count: rpc.anyPeer([int]) };

function scene(
  begin: (peer: WebSocketMultiplayerPeer) => unknown,
  options: SceneMultiplayerOptions = {},
): SceneMultiplayer {
  const peer = new WebSocketMultiplayerPeer();
  onTestFinished(() => peer.close());
  begin(peer);
  const multiplayer = new SceneMultiplayer(options);
  multiplayer.multiplayerPeer = peer;
  return multiplayer;
}

async function twoPlayers(sleep: SleepOptions = {}): Promise<{
  server: SceneMultiplayer;
  client: SceneMultiplayer;
  all: Pollable[];
  id: number;
}> {
  const server = scene((peer) => peer.createServer(0, '127.0.0.1'), { sleep });
  const { multiplayerPeer } = server;
  if (!(multiplayerPeer instanceof WebSocketMultiplayerPeer)) throw new Error('no peer');
  const client = scene((peer) => peer.createClient(`ws://127.0.0.1:${multiplayerPeer.getLocalPort()}`));
  await drive([server, client], () => server.getPeers().length === 1);
  return { server, client, all: [server, client], id: server.getPeers()[0]! };
}

const SHOWN = { ...VIEW, chosen: 1, showsTraffic: true, showsNodes: true } as const;

function find({ rows }: TrafficState, path: string, member: string): TrafficRow | undefined {
  return rows.find((row) => row.path === path && row.member === member);
}

test('traffic by node and method, whose bytes are those of the connection', async () => {
  const { server, client, all, id } = await twoPlayers();
  const page = new FakePage(inspect(server));
  await page.update(({ peers }) => peers.length === 1, all);
  page.tell(SHOWN);
  await page.update(({ traffic }) => traffic !== null, all);
  const [ours, theirs] = [server.node('Main', METHODS), client.node('Main', METHODS)];
  for (let n = 0; n < 10; n++) {
    theirs.say.rpcId(1, 'x'.repeat(100));
    ours.count.rpc(n);
  }
  const sumOf = ({ rows }: TrafficState, name: 'bytesIn' | 'bytesOut' | 'packetsIn' | 'packetsOut'): number =>
    rows.reduce((total, row) => total + row[name], 0);
  // A packet that has arrived is counted by its node when the program polls.
  const isSettled = ({ traffic, server: { totalPacketsIn } }: Update): boolean =>
    find(traffic!, 'Main', 'say')?.packetsIn === 10 &&
    find(traffic!, 'Main', 'count')?.packetsOut === 10 &&
    sumOf(traffic!, 'packetsIn') === totalPacketsIn;
  const { traffic, server: totals, peers } = await page.update(isSettled, all);
  expect(peers[0]).toMatchObject({ id, multiplayer: { isAdmitted: true, pathsConfirmed: 1, pathsTheirs: 1 } });
  expect(find(traffic!, 'Main', 'say')).toMatchObject({ kind: 'call', packetsOut: 0 });
  expect(traffic?.isExact).toBe(true);
  const sum = (name: 'bytesIn' | 'bytesOut' | 'packetsIn' | 'packetsOut'): number => sumOf(traffic!, name);
  // A frame has a header: 2 bytes, and 4 more for the mask of a client.
  expect(sum('bytesIn') + 6 * sum('packetsIn')).toBe(totals.totalBytesIn);
  expect(sum('bytesOut') + 2 * sum('packetsOut')).toBe(totals.totalBytesOut);
});

test('traffic by property, and who sees a node', async () => {
  const { server, client, all, id } = await twoPlayers();
  const page = new FakePage(inspect(server));
  await page.update(({ peers }) => peers.length === 1, all);
  for (const side of [server, client]) {
    side.spawner('World/Spawner', { spawnPath: '../Units', scenes: [unit, player] });
  }
  page.tell({ ...SHOWN, node: 'World/Units/one' });
  await page.update(({ traffic }) => traffic !== null, all);
  const one = unit.instantiate({ name: 'one' });
  server.addChild('World/Units', one);
  one.hp = 4;
  const { traffic, nodes, chosen } = await page.update(
    ({ traffic }) => (find(traffic!, 'World/Units/one', 'x')?.packetsOut ?? 0) > 2,
    all,
  );
  expect(find(traffic!, 'World/Units/one', 'hp')).toMatchObject({ kind: 'property' });
  // A compressed int below 128 has two bytes.
  const { bytesOut, packetsOut } = find(traffic!, 'World/Units/one', 'x')!;
  expect(bytesOut).toBe(2 * packetsOut);
  expect(find(traffic!, 'World/Spawner', 'spawn')).toMatchObject({ kind: 'spawn', packetsOut: 1 });
  expect(nodes?.viewers).toEqual([id]);
  expect(nodes?.rows.find(({ path }) => path === 'World/Units/one')).toMatchObject({
    scene: 'res://unit.tscn',
    spawner: 'World/Spawner',
    from: 1,
    viewers: 1,
    synchronizers: [{ path: 'World/Units/one/Sync', viewers: 1, receivers: 1 }],
  });
  expect(chosen?.multiplayer).toMatchObject({ spawned: 1, unsent: 0, differences: [] });
  expect(chosen?.multiplayer).toMatchObject({ isAsleep: false, waitingPackets: 0, waitingBytes: 0 });
});

test('what waits for a player whose game does not run is shown', async () => {
  const { server, client, all } = await twoPlayers({ after: 0.2 });
  const page = new FakePage(inspect(server));
  await page.update(({ peers }) => peers.length === 1, all);
  const id = client.getUniqueId();
  page.tell(SHOWN);
  const awake = all.filter((one) => one !== client);
  let isAsleep = false;
  server.peerAsleep.connect(() => {
    isAsleep = true;
  });
  server.sendBytes(Uint8Array.of(1), id);
  await drive([page, ...awake], () => isAsleep);
  server.sendBytes(Uint8Array.of(1, 2, 3), id);
  const { chosen } = await page.update(({ chosen }) => chosen?.multiplayer?.waitingPackets === 1, awake);
  expect(chosen?.multiplayer).toMatchObject({ isAsleep: true, waitingBytes: 4 });
});

test('methods that differ are shown at the peer and in the log', async () => {
  const { server, client, all } = await twoPlayers();
  const page = new FakePage(inspect(server));
  await page.update(({ peers }) => peers.length === 1, all);
  server.node('Main', { a: rpc.anyPeer() });
  client.node('Main', { b: rpc.anyPeer() }).b.rpcId(1);
  page.tell(SHOWN);
  const { chosen } = await page.update(({ chosen }) => chosen?.multiplayer?.differences.length === 1, all);
  expect(chosen?.multiplayer?.differences).toEqual(['Main']);
  await drive([page, ...all], () => page.log.some(({ text }) => text.includes('"Main"')));
});

test('a followed packet is described by its node and method', async () => {
  const { server, client, all } = await twoPlayers();
  const page = new FakePage(inspect(server));
  await page.update(({ peers }) => peers.length === 1, all);
  server.node('Main', METHODS);
  page.tell({ type: 'follow', peer: 1 });
  const connection = (server.multiplayerPeer as WebSocketMultiplayerPeer).getPeer(server.getPeers()[0]!);
  await page.update(() => Object.hasOwn(connection!.inspected!, 'send'), all);
  client.node('Main', METHODS).say.rpcId(1, '<script>');
  const { packets } = await page.update((update) => update.packets.length >= 2, all);
  expect(packets.map(({ isSent, summary }) => `${isSent ? 'out' : 'in'} ${summary}`)).toEqual(
    expect.arrayContaining(['in path 1 = Main', 'in rpc Main.say("<script>")']),
  );
});

test('with more packets than it may read, it reads some of them and estimates', async () => {
  const { server } = await twoPlayers();
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 0x7fff_ffff;
    return seed / 0x7fff_ffff;
  };
  const traffic = new Traffic(new SceneInspection(server), random);
  traffic.start();
  onTestFinished(() => traffic.stop());
  const raw = Uint8Array.of(3, 1, 2, 3);
  const send = (): void => {
    for (let n = 0; n < 300_000; n++) traffic.onSent(1, raw);
  };
  send();
  traffic.advance(1);
  const before = traffic.state.rows[0]!.packetsOut;
  expect([before, traffic.state.isExact]).toEqual([300_000, false]);
  send();
  const estimated = traffic.state.rows[0]!.packetsOut - before;
  expect(Math.abs(estimated / 300_000 - 1)).toBeLessThan(0.02);
});

/** The rows of a multiplayer whose packets are counted until the test ends. */
function count(multiplayer: SceneMultiplayer): Traffic {
  const traffic = new Traffic(new SceneInspection(multiplayer));
  traffic.start();
  onTestFinished(() => traffic.stop());
  return traffic;
}

test('what is relayed counts for its node, in both directions, also where only clients have introduced it', () => {
  const { server, clients, settle } = table([5, 7]);
  const [five, seven] = clients.map(({ multiplayer }) => multiplayer.node('Main', METHODS));
  server.multiplayer.node('Main', METHODS);
  const traffic = count(server.multiplayer);
  five!.say.rpcId(7, 'first');
  settle();
  five!.say.rpcId(7, 'by its number');
  seven!.say.rpcId(5, 'back');
  settle();
  const { rows } = traffic.state;
  expect(find(traffic.state, 'Main', 'say')).toMatchObject({ kind: 'call', packetsIn: 3, packetsOut: 3 });
  expect(find(traffic.state, 'Main', 'path')?.packetsIn).toBe(2);
  expect(rows.filter(({ path }) => path === '(unknown node)')).toEqual([]);
  // Two paths, two confirmations and three calls, each with a header of 6 bytes.
  const headers = find(traffic.state, '', 'headers of relayed packets');
  expect(headers).toMatchObject({ kind: 'system', packetsIn: 7, bytesIn: 42, packetsOut: 7, bytesOut: 42 });
});

test('a relayed state counts for its properties', () => {
  const { ours, settle } = replicatedTable([2, 3]);
  const traffic = count(ours.multiplayer);
  const node = player.instantiate({ name: '2' });
  ours.units.addChild(node);
  settle();
  settle();
  const { packetsIn = 0, packetsOut = 0 } = find(traffic.state, 'World/Units/2/Inputs', 'motion') ?? {};
  expect([packetsIn > 0, packetsOut > 0]).toEqual([true, true]);
});

test('of many nodes the first are shown, in the order of their paths, and all are counted', () => {
  const { server } = table([]);
  const { multiplayer } = server;
  const names = Array.from({ length: 250 }, (_, n) => `n${String((n * 7919) % 250).padStart(3, '0')}`);
  for (const name of names) multiplayer.node(`Some/${name}`, name === 'n100' ? { special: rpc.anyPeer() } : METHODS);
  const inspection = new SceneInspection(multiplayer);
  const { count: all, nodes } = inspection.nodes('', 100);
  expect(all).toBe(250);
  expect(nodes.map(({ path }) => path)).toEqual(
    names
      .toSorted()
      .slice(0, 100)
      .map((name) => `Some/${name}`),
  );
  expect(inspection.nodes('special', 100)).toMatchObject({ count: 1, nodes: [{ path: 'Some/n100' }] });
  expect(inspection.nodes('n24', 5).nodes.map(({ path }) => path)).toEqual([0, 1, 2, 3, 4].map((n) => `Some/n24${n}`));
});

test('the path numbers of the chosen peer', async () => {
  const { server, client, all } = await twoPlayers();
  const page = new FakePage(inspect(server));
  await page.update(({ peers }) => peers.length === 1, all);
  const ours = server.node('Main', METHODS);
  client.node('Main', METHODS).say.rpcId(1, 'x');
  ours.count.rpc(1);
  page.tell({ ...VIEW, chosen: 1, showsPaths: true });
  const { paths } = await page.update(({ paths: shown }) => shown?.theirs.length === 1, all);
  expect(paths).toEqual({
    ours: [{ number: 1, path: 'Main', isConfirmed: true }],
    theirs: [{ number: 1, path: 'Main', isConfirmed: true }],
  });
  page.tell({ ...VIEW, chosen: 1 });
  await page.update(({ paths: shown }) => shown === null, all);
});

test('packets are looked at only while a page shows the traffic', async () => {
  const { server, all } = await twoPlayers();
  const isTapped = (): boolean => Object.hasOwn(server.parts.receiver, 'receive');
  const inspector = inspect(server);
  const page = new FakePage(inspector);
  await page.update(({ peers }) => peers.length === 1, all);
  expect(isTapped()).toBe(false);
  page.tell(SHOWN);
  await page.update(({ traffic }) => traffic !== null, all);
  expect(isTapped()).toBe(true);
  const other = new FakePage(inspector);
  await other.update(({ peers }) => peers.length === 1, all);
  page.tell(VIEW);
  await page.update(({ traffic }) => traffic === null, all);
  expect(isTapped()).toBe(false);
  other.tell(SHOWN);
  await other.update(({ traffic }) => traffic !== null, all);
  other.socket.close();
  await drive([page, other, ...all], () => !isTapped());
});
