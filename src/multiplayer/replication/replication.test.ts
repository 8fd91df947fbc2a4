import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Player, table } from '../../../test/support/hub.ts';
import { ErrorCode } from '../../error-code.ts';
import { bool, int, string, Vector2, vector2 } from '../../variant/index.ts';
import { always, onChange, spawnOnly } from '../nodes/property.ts';
import type { ReplicatedNode } from '../nodes/replicated-node.ts';
import { scene } from '../nodes/scene.ts';
import { spawner } from '../nodes/spawner-declaration.ts';
import { synchronizer } from '../nodes/synchronizer-declaration.ts';

const player = scene('res://player.tscn', {
  Sync: synchronizer({ position: always(vector2), health: onChange(int, 3), title: spawnOnly(string) }),
  'Inputs/InputsSync': synchronizer(
    { motion: always(vector2), bombing: always(bool) },
    { authority: ({ name }) => Number(name) },
  ),
});
const OPTIONS = { spawnPath: '../Players', scenes: [player] };

test('a node that is spawned by a server appears at its clients, which see its changes and send their inputs', () => {
  const { server, clients, settle } = table([5, 6]);
  const players = server.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
  const seen: ReplicatedNode[][] = clients.map(({ multiplayer }) => {
    const nodes: ReplicatedNode[] = [];
    multiplayer.spawner('World/PlayerSpawner', OPTIONS).spawned.connect((node) => nodes.push(node));
    return nodes;
  });
  const one = player.instantiate({ name: '5', position: new Vector2(1, 2), title: 'p' });
  expect(players.addChild(one)).toBe(ErrorCode.OK);
  settle();
  const [there, other] = seen.map(([node]) => node!);
  if (!player.isInstance(there!) || !player.isInstance(other!)) throw new Error('no player');
  expect([there.getPath(), there.position, there.health, there.title]).toEqual([
    'World/Players/5',
    new Vector2(1, 2),
    3,
    'p',
  ]);
  one.position = new Vector2(3, 4);
  one.health = 2;
  there.getNode('Inputs').motion = new Vector2(0, 1);
  settle();
  expect([other.position, other.health]).toEqual([new Vector2(3, 4), 2]);
  expect(one.getNode('Inputs').motion).toEqual(new Vector2(0, 1));
  expect(other.getNode('Inputs').motion).toEqual(new Vector2(0, 1));
  one.free();
  settle();
  expect([there.isInsideTree(), clients[0]!.multiplayer.getNodeOrNull('World/Players/5')]).toEqual([false, null]);
  expect([server, ...clients].map(({ told }) => told.filter((line) => line.startsWith('bad')))).toEqual([[], [], []]);
});

test('the nodes of a server leave when it closes, before its end is told', () => {
  const { server, clients, settle } = table([5]);
  const players = server.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
  const [client] = clients;
  const told: string[] = [];
  const there = client!.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
  there.despawned.connect(({ name }) => told.push(`despawned ${name}`));
  client!.multiplayer.serverDisconnected.connect(() => told.push('end'));
  players.addChild(player.instantiate({ name: '5' }));
  settle();
  expect(there.getChildren().length).toBe(1);
  server.peer.close();
  settle();
  expect([told, there.getChildren()]).toEqual([['despawned 5', 'end'], []]);
});

test('a scene whose file has a point in its name is spawned', () => {
  const { server, clients, settle } = table([5]);
  const level = scene('res://level.1.tscn', { Sync: synchronizer({ at: always(int) }) });
  const options = { spawnPath: '../Levels', scenes: [level] };
  const [ours, theirs] = [server, clients[0]!].map(({ multiplayer }) => multiplayer.spawner('World/Spawner', options));
  ours!.addChild(level.instantiate({ name: 'one' }));
  settle();
  expect(theirs!.getChildren().map(({ name }) => name)).toEqual(['one']);
});

test('a synchronizer whose authority comes back while a client joins is received by all clients', () => {
  const { server, clients, settle } = table([5, 6]);
  const players = server.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
  const there = clients.map(({ multiplayer }) => multiplayer.spawner('World/PlayerSpawner', OPTIONS));
  const before = player.instantiate({ name: '6' });
  players.addChild(before);
  settle();
  before.free();
  players.holdFor(6);
  const one = player.instantiate({ name: '5' });
  players.addChild(one);
  settle();
  const sync = one.getNode('Sync');
  sync.setMultiplayerAuthority(5);
  settle();
  sync.setMultiplayerAuthority(1);
  players.releaseFor(6);
  settle();
  one.health = 9;
  settle();
  const seen = there.map((spawner) => spawner.getChildren().map((node) => player.isInstance(node) && node.health));
  expect(seen).toEqual([[9], [9]]);
});

test('a node is not spawned where a synchronizer has its name', () => {
  const { server, clients, settle } = table([5]);
  const inner = scene('res://inner.tscn', {});
  const S = spawner({ spawnPath: '..', scenes: [inner] });
  server.multiplayer.addChild('.', scene('res://outer.tscn', { S }).instantiate({ name: 'o' }));
  const { multiplayer, told } = clients[0]!;
  multiplayer.addChild(
    '.',
    scene('res://outer.tscn', { S, Sync: synchronizer({ x: always(int) }) }).instantiate({ name: 'o' }),
  );
  server.multiplayer.addChild('o', inner.instantiate({ name: 'Sync' }));
  settle();
  expect(multiplayer.getNodeOrNull('o/Sync')).toBeNull();
  expect(told.filter((line) => line.startsWith('bad'))).toEqual(['bad 1 TICKPEER_SPAWN_REFUSED']);
});

test('what a spawner has spawned outside its scene is despawned at the clients when the scene is freed', () => {
  const { server, clients, settle } = table([5, 6]);
  const bullet = scene('res://bullet.tscn', {});
  const gun = scene('res://gun.tscn', { Spawner: spawner({ spawnPath: '/root/World/Bullets', scenes: [bullet] }) });
  const options = { spawnPath: '../Guns', scenes: [gun] };
  const [ours, theirs, late] = [server, ...clients].map(({ multiplayer }) =>
    multiplayer.spawner('World/Spawner', options),
  );
  ours!.holdFor(6);
  const one = gun.instantiate({ name: 'one' });
  ours!.addChild(one);
  one.getNode('Spawner').addChild(bullet.instantiate({ name: 'b' }));
  settle();
  const there = (): unknown[] => clients.map(({ multiplayer }) => multiplayer.getNodeOrNull('World/Bullets/b')?.name);
  expect([theirs!.getChildren().length, there()]).toEqual([1, ['b', undefined]]);
  one.free();
  ours!.releaseFor(6);
  settle();
  expect([there(), late!.getChildren(), server.multiplayer.getNodeOrNull('World/Bullets/b')?.name]).toEqual([
    [undefined, undefined],
    [],
    'b',
  ]);
  expect(clients.map(({ peer }) => peer.heard.filter(([, hex]) => /^01.{74}00$/.test(hex)))).toEqual([[], []]);
  expect([server, ...clients].flatMap(({ told }) => told.filter((line) => line.startsWith('bad')))).toEqual([]);
});

test('a node is shown as its path and its properties', () => {
  const { server } = table([]);
  const one = player.instantiate({ name: '5', title: 'p' });
  const values = { position: new Vector2(0, 0), health: 3, title: 'p' };
  expect(one.toJSON()).toEqual({ path: '5', ...values });
  server.multiplayer.addChild('World', one);
  expect(JSON.parse(JSON.stringify(one))).toEqual({ path: 'World/5', ...values, position: { x: 0, y: 0 } });
  expect(inspect(one.getNode('Inputs'))).toBe(
    "{\n  path: 'World/5/Inputs',\n  motion: Vector2 { x: 0, y: 0 },\n  bombing: false\n}",
  );
});

test('a state with an interval that was due while a client was behind is sent when the client has caught up', () => {
  const { server, clients, clock, settle } = table([5, 6]);
  const beacon = scene('res://beacon.tscn', { Sync: synchronizer({ at: always(int) }, { replicationInterval: 10 }) });
  const options = { spawnPath: '../Beacons', scenes: [beacon] };
  const beacons = server.multiplayer.spawner('World/Spawner', options);
  const there = clients.map(({ multiplayer }) => multiplayer.spawner('World/Spawner', options));
  const one = beacon.instantiate({ name: 'one' });
  beacons.addChild(one);
  settle();
  const seen = (): unknown[] =>
    there.map((spawner) => spawner.getChildren().map((node) => beacon.isInstance(node) && node.at));
  let slow = 6;
  server.peer.getOutboundBacklog = (id) => (id === slow ? 1000 : 0);
  clock.advance(10_000);
  one.at = 7;
  settle();
  expect(seen()).toEqual([[7], [0]]);
  one.at = 8;
  slow = 0;
  settle();
  expect(seen()).toEqual([expect.anything(), [8]]);
  // A buffer that is full when it is due.
  clock.advance(10_000);
  one.at = 9;
  server.peer.refusal = ErrorCode.ERR_OUT_OF_MEMORY;
  settle();
  server.peer.refusal = ErrorCode.OK;
  settle();
  expect(seen()).toEqual([[9], [9]]);
});

test('synchronizers that are not declared are told of once for each peer, and count against no limit', () => {
  const { server, clients, settle } = table([5]);
  const [client] = clients;
  for (const name of ['a', 'b', 'c']) {
    const node = player.instantiate({ name });
    node.setMultiplayerAuthority(5);
    client!.multiplayer.addChild('World', node);
  }
  settle();
  expect(server.news()).toEqual(['bad 5 TICKPEER_REPLICATION_UNDECLARED']);
  expect(server.multiplayer.getPeerStatistics(5)?.badPackets).toBe(0);
});

test.each([
  { serverRelay: true, seen: [new Vector2(0, 1), new Vector2(0, 1)] },
  { serverRelay: false, seen: [new Vector2(0, 1), new Vector2(0, 0)] },
])('with serverRelay $serverRelay, the server and the other client see the inputs: $seen', ({ serverRelay, seen }) => {
  const { server, clients, settle } = table([]);
  for (const { multiplayer } of [server]) multiplayer.serverRelay = serverRelay;
  const players = server.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
  for (const id of [5, 6]) {
    const client = new Player(id, server.clock);
    client.multiplayer.serverRelay = serverRelay;
    client.multiplayer.spawner('World/PlayerSpawner', OPTIONS);
    clients.push(client);
    client.peer.join(server.peer);
    settle();
  }
  const one = player.instantiate({ name: '5' });
  players.addChild(one);
  settle();
  for (const { multiplayer } of clients) multiplayer.poll();
  settle();
  const [there, other] = clients.map(({ multiplayer }) => multiplayer.getNodeOrNull('World/Players/5'));
  if (!player.isInstance(there!) || !player.isInstance(other!)) throw new Error('no player');
  there.getNode('Inputs').motion = new Vector2(0, 1);
  settle();
  expect([one.getNode('Inputs').motion, other.getNode('Inputs').motion]).toEqual(seen);
  expect([server, ...clients].flatMap(({ told }) => told.filter((line) => line.startsWith('bad')))).toEqual([]);
});
