import { Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUpWithServer } from './engine/catch-up.ts';
import { joinAll, serve } from './engine/serve.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { nodeAt, openWorld, player, squad, unit, type World } from './ours/world.ts';

const engines = useWorld(1);
const game = () => engines[0]!;

/** The engine serves, and has a player for each of two clients of ours. */
async function playPlayers() {
  const hub = await serve(game());
  await game().run('enter()');
  const worlds: World[] = [];
  const sides = await joinAll(hub, 2, (side) => worlds.push(openWorld(side)));
  const [a, b] = sides.map(({ id }) => id) as [number, number];
  for (const id of [a, b]) {
    await game().run(`add("Players", "res://player.tscn", "${id}", {"player_name": "P${id}", "score": 2})`);
  }
  for (const side of sides) {
    await expectNext(
      side.told,
      [a, b].map((id) => told('spawned', 'PlayerSpawner', `${id}`)),
    );
  }
  const [ofA, ofB] = worlds as [World, World];
  return { hub, sides, a, b, ofA, ofB };
}

test('a player arrives with its name, and its inputs belong to the client of that name', async () => {
  const { a, b, ofA } = await playPlayers();
  const own = nodeAt(ofA, player, `Players/${a}`);
  const other = nodeAt(ofA, player, `Players/${b}`);
  expect([own.player_name, own.score, other.player_name]).toEqual([`P${a}`, 2, `P${b}`]);
  expect(own.getNode('Inputs/InputsSync').getMultiplayerAuthority()).toBe(a);
  expect(other.getNode('Inputs/InputsSync').getMultiplayerAuthority()).toBe(b);
  expect(own.getNode('Sync').getMultiplayerAuthority()).toBe(1);
});

test('the inputs that our client writes are seen in the engine, and by the other client through its relay', async () => {
  const { a, b, ofA, ofB } = await playPlayers();
  nodeAt(ofA, player, `Players/${a}`).getNode('Inputs').motion = new Vector2(1, 0);
  nodeAt(ofB, player, `Players/${b}`).getNode('Inputs').motion = new Vector2(0, -1);
  await expectSoon(() => game().run(`value("Players/${a}/Inputs", "motion")`), [1, 0]);
  await expectSoon(() => game().run(`value("Players/${b}/Inputs", "motion")`), [0, -1]);
  const atB = nodeAt(ofB, player, `Players/${a}`).getNode('Inputs');
  await until(() => atB.motion.x === 1);
  nodeAt(ofA, player, `Players/${a}`).getNode('Inputs').bombing = true;
  await expectSoon(() => game().run(`value("Players/${a}/Inputs", "bombing")`), true);
  await until(() => atB.bombing);
});

test('a synchronizer of the spawned node itself that our client writes', async () => {
  const { a, ofA, ofB } = await playPlayers();
  nodeAt(ofA, player, `Players/${a}`).aim = new Vector2(3, 4);
  await expectSoon(() => game().run(`value("Players/${a}", "aim")`), [3, 4]);
  await until(() => nodeAt(ofB, player, `Players/${a}`).aim.y === 4);
});

test('the engine moves the player, and both clients see it', async () => {
  const { a, ofA, ofB } = await playPlayers();
  await game().run(`at("Players/${a}").set("position", Vector2(10, 20))`);
  await game().run(`at("Players/${a}").set("score", 3)`);
  await game().run(`at("Players/${a}/Body").set("rotation", 0.25)`);
  for (const world of [ofA, ofB]) {
    const one = nodeAt(world, player, `Players/${a}`);
    await until(() => one.position.x === 10 && one.score === 3 && one.getNode('Body').rotation === 0.25);
  }
});

test('RPCs on a player: from client to client through the engine, and to all', async () => {
  const { sides, a, b, ofA } = await playPlayers();
  const [first, second] = sides;
  const calls = ofA.playerCalls.at(`World/Players/${a}`);
  calls.poke.rpcId(b, 'hi');
  await expectNext(second!.told, [told('poke', a, `${a}`, 'hi')]);
  await game().run(`at("Players/${b}").rpc_id(${a}, "poke", "from the engine")`);
  await expectNext(first!.told, [told('poke', 1, `${b}`, 'from the engine')]);
  calls.poke.rpc('all');
  await expectNext(game().lines, [told('poke', a, `${a}`, 'all')]);
  await expectNext(second!.told, [told('poke', a, `${a}`, 'all')]);
  await expectNext(first!.told, [told('poke', a, `${a}`, 'all')]);
});

test('a client leaves, the engine frees its player, and it disappears from the other client', async () => {
  const { sides, a, b, ofB } = await playPlayers();
  const [first, second] = sides;
  first!.leave();
  await expectNext(game().lines, [told('peer_disconnected', a)]);
  await expectNext(second!.told, [told('peer_disconnected', a)]);
  await game().run(`remove("Players/${a}")`);
  await expectNext(second!.told, [told('despawned', 'PlayerSpawner', `${a}`)]);
  nodeAt(ofB, player, `Players/${b}`).getNode('Inputs').motion = new Vector2(7, 7);
  await expectSoon(() => game().run(`value("Players/${b}/Inputs", "motion")`), [7, 7]);
});

test('a client that joins later sees the players, and its input arrives, too', async () => {
  const { hub, sides, a } = await playPlayers();
  const side = hub.client();
  const world = openWorld(side);
  await until(() => world.players.getChildren().length === 2);
  await game().run(`add("Players", "res://player.tscn", "${side.id}")`);
  await until(() => world.players.getChildren().length === 3);
  nodeAt(world, player, `Players/${side.id}`).getNode('Inputs').motion = new Vector2(5, 5);
  await expectSoon(() => game().run(`value("Players/${side.id}/Inputs", "motion")`), [5, 5]);
  expect(nodeAt(world, player, `Players/${a}`).player_name).toBe(`P${a}`);
  await catchUpWithServer(hub);
  for (const lines of [game().lines, ...[...sides, side].map((other) => other.told)]) {
    expect(lines.filter((line) => line.startsWith('bad_packet'))).toEqual([]);
    lines.length = 0;
  }
});

test('a spawned squad has a spawner of its own', async () => {
  const hub = await serve(game());
  await game().run('enter()');
  const worlds: World[] = [];
  const [side] = await joinAll(hub, 1, (other) => worlds.push(openWorld(other)));
  const [world] = worlds;
  await game().run('add("Squads", "res://squad.tscn", "red", {"title": "Red"})');
  await game().run('add("Squads/red/Members", "res://unit.tscn", "m1", {"hp": 4})');
  await expectNext(side!.told, [told('spawned', 'SquadSpawner', 'red'), told('spawned', 'MemberSpawner', 'm1')]);
  const red = nodeAt(world!, squad, 'Squads/red');
  const one = nodeAt(world!, unit, 'Squads/red/Members/m1');
  expect([red.title, one.hp, red.getNode('MemberSpawner').getChildren()]).toEqual(['Red', 4, [one]]);
  await game().run('at("Squads/red/Members/m1").set("hp", 5)');
  await until(() => one.hp === 5);
  const late = hub.client();
  const lateWorld = openWorld(late);
  await until(() => lateWorld.multiplayer.getNodeOrNull('World/Squads/red/Members/m1') !== null);
  await until(() => late.told.length === 5);
  expect(late.told.splice(0)).toEqual([
    told('connected_to_server'),
    told('peer_connected', 1),
    told('peer_connected', side!.id),
    told('spawned', 'SquadSpawner', 'red'),
    told('spawned', 'MemberSpawner', 'm1'),
  ]);
  for (const lines of [game().lines, side!.told]) await expectNext(lines, [told('peer_connected', late.id)]);
  await game().run('remove("Squads/red")');
  for (const lines of [side!.told, late.told]) {
    await expectNext(lines, [told('despawned', 'MemberSpawner', 'm1'), told('despawned', 'SquadSpawner', 'red')]);
  }
  expect([red.isInsideTree(), one.isInsideTree()]).toEqual([false, false]);
});

test('our client is the authority of a spawner: its nodes appear in the engine, and at the other client by relay', async () => {
  const { sides, a, ofA, ofB } = await playPlayers();
  const [first, second] = sides;
  await game().run(`at("Spawner").set_multiplayer_authority(${a})`);
  for (const world of [ofA, ofB]) world.units.setMultiplayerAuthority(a);
  const node = ofA.units.spawn({ name: 'u1', owner: a });
  await expectNext(game().lines, [told('spawned', 'Spawner', 'u1')]);
  await expectNext(second!.told, [told('spawned', 'Spawner', 'u1')]);
  if (!unit.isInstance(node)) throw new Error('no unit');
  node.position = new Vector2(1, 2);
  node.hp = 49;
  await expectSoon(() => game().run('[value("Units/u1", "position"), value("Units/u1", "hp")]'), [[1, 2], 49]);
  const there = nodeAt(ofB, unit, 'Units/u1');
  await until(() => there.position.x === 1 && there.hp === 49);
  node.free();
  await expectNext(game().lines, [told('despawned', 'Spawner', 'u1')]);
  await expectNext(second!.told, [told('despawned', 'Spawner', 'u1')]);
  expect(first!.told).toEqual([]);
});

test('the engine spawns what is inside a node also where that node is hidden: it is refused here', async () => {
  const hub = await serve(game());
  await game().run('enter()');
  const worlds: World[] = [];
  const [side] = await joinAll(hub, 1, (other) => worlds.push(openWorld(other)));
  await game().run('add("Squads", "res://squad.tscn", "red")');
  await expectNext(side!.told, [told('spawned', 'SquadSpawner', 'red')]);
  await game().run('at("Squads/red/Sync").set("public_visibility", false)');
  await expectNext(side!.told, [told('despawned', 'SquadSpawner', 'red')]);
  await game().run('add("Squads/red/Members", "res://unit.tscn", "m1")');
  await catchUpWithServer(hub);
  expect(side!.peer.received.some(({ hex }) => hex.startsWith('04') && hex.includes('6d3100'))).toBe(true);
  expect(new Set(side!.told.splice(0))).toEqual(new Set([told('bad_packet', 1, 'TICKPEER_REPLICATION_UNDECLARED')]));
  expect(worlds[0]!.multiplayer.getNodeOrNull('World/Squads/red')).toBe(null);
});
