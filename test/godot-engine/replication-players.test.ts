import { Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { nodeAt, player, unit } from './ours/world.ts';

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];

/** Two engines, and a player for each of them, named after its id, as the engine's documentation does it. */
async function playPlayers() {
  const { server, world, ids } = await play(engines);
  const [a = 0, b = 0] = ids;
  const players = [a, b].map((id) => player.instantiate({ name: `${id}`, player_name: `P${id}` }));
  for (const one of players) world.players.addChild(one);
  for (const { lines } of engines) {
    await expectNext(
      lines,
      [a, b].map((id) => told('spawned', 'PlayerSpawner', `${id}`)),
    );
  }
  const [ofA, ofB] = players;
  return { server, world, a, b, ofA: ofA!, ofB: ofB! };
}

test('the server gets the input of each player, and the other engine, too, by relay', async () => {
  const { a, b, ofA, ofB } = await playPlayers();
  await first().run(`at("Players/${a}/Inputs").set("motion", Vector2(1, 0))`);
  await second().run(`at("Players/${b}/Inputs").set("motion", Vector2(0, -1))`);
  await until(() => ofA.getNode('Inputs').motion.x === 1 && ofB.getNode('Inputs').motion.y === -1);
  await expectSoon(() => second().run(`value("Players/${a}/Inputs", "motion")`), [1, 0]);
  await expectSoon(() => first().run(`value("Players/${b}/Inputs", "motion")`), [0, -1]);
  await first().run(`at("Players/${a}/Inputs").set("bombing", true)`);
  await until(() => ofA.getNode('Inputs').bombing);
  await expectSoon(() => second().run(`value("Players/${a}/Inputs", "bombing")`), true);
});

test('a client’s synchronizer of the spawned node itself', async () => {
  const { a, ofA, ofB } = await playPlayers();
  await first().run(`at("Players/${a}").set("aim", Vector2(3, 4))`);
  await until(() => ofA.aim.x === 3 && ofA.aim.y === 4);
  await expectSoon(() => second().run(`value("Players/${a}", "aim")`), [3, 4]);
  expect(ofB.aim).toEqual(new Vector2());
});

test('the server moves the players by their inputs, and both engines see it', async () => {
  const { a, b, ofA } = await playPlayers();
  await first().run(`at("Players/${a}/Inputs").set("motion", Vector2(2, 0))`);
  await until(() => {
    const { motion } = ofA.getNode('Inputs');
    ofA.position = new Vector2(ofA.position.x + motion.x, 0);
    return ofA.position.x >= 10;
  });
  ofA.score += 5;
  for (const { run } of engines) {
    await expectSoon(() => run(`value("Players/${a}", "position")`), [ofA.position.x, 0]);
    await expectSoon(() => run(`value("Players/${a}", "score")`), 5);
    expect(await run(`value("Players/${b}", "score")`)).toBe(0);
  }
});

test('when one leaves, the server frees its player, and it disappears from the other engine', async () => {
  const { server, world, a, b, ofA, ofB } = await playPlayers();
  server.multiplayer.peerDisconnected.connect((id) => world.multiplayer.getNodeOrNull(`World/Players/${id}`)?.free());
  await first().run('leave()');
  await expectNext(server.told, [told('peer_disconnected', a)]);
  await until(() => second().lines.length === 2);
  expect(second().lines.splice(0).sort()).toEqual([
    told('despawned', 'PlayerSpawner', `${a}`),
    told('peer_disconnected', a),
  ]);
  expect([ofA.isInsideTree(), ofB.isInsideTree()]).toEqual([false, true]);
  await second().run(`at("Players/${b}").set("aim", Vector2(1, 1))`);
  await until(() => ofB.aim.x === 1);
});

test('RPCs on a spawned node: to the server, to all, and from one engine to another', async () => {
  const { server, world, a, b } = await playPlayers();
  const calls = world.playerCalls.at(`World/Players/${a}`);
  await first().run(`at("Players/${a}").rpc_id(1, "poke", "to the server")`);
  await expectNext(server.told, [told('poke', a, `${a}`, 'to the server')]);
  await first().run(`at("Players/${a}").rpc("poke", "to all")`);
  await expectNext(server.told, [told('poke', a, `${a}`, 'to all')]);
  await expectNext(second().lines, [told('poke', a, `${a}`, 'to all')]);
  await expectNext(first().lines, [told('poke', a, `${a}`, 'to all')]);
  await second().run(`at("Players/${a}").rpc_id(${a}, "poke", "hi")`);
  await expectNext(first().lines, [told('poke', b, `${a}`, 'hi')]);
  calls.poke.rpcId(b, 'from the server');
  await expectNext(second().lines, [told('poke', 1, `${a}`, 'from the server')]);
});

test('a static synchronizer changes its authority to an engine and back', async () => {
  const { server, world, ids } = await play(engines);
  const [a = 0, b = 0] = ids;
  const settle = async (): Promise<void> => {
    await catchUp(server, a, first());
    await catchUp(server, b, second());
  };
  const { state } = world;
  const sync = state.getNode('StateSync');
  state.label = 'ours';
  for (const { run } of engines) await expectSoon(() => run('value("State", "label")'), 'ours');

  // Nobody sends while the sides change one after the other: such a packet would be an error.
  sync.publicVisibility = false;
  await settle();
  for (const { run } of [second(), first()]) await run(`at("State").set_multiplayer_authority(${a})`);
  state.setMultiplayerAuthority(a);
  await first().run('at("State").set("label", "theirs")');
  await first().run('at("State").set("tick", 77)');
  await until(() => state.label === 'theirs' && state.tick === 77);
  await expectSoon(() => second().run('[at("State").label, at("State").tick]'), ['theirs', 77]);

  await first().run('at("State/StateSync").set("public_visibility", false)');
  await first().run('multiplayer.send_bytes("quiet".to_utf8_buffer())');
  const quiet = told('peer_packet', a, Buffer.from('quiet').toString('hex'));
  for (const lines of [server.told, second().lines]) await expectNext(lines, [quiet]);
  for (const { run } of engines) await run('at("State").set_multiplayer_authority(1)');
  state.setMultiplayerAuthority(1);
  sync.publicVisibility = true;
  state.label = 'ours again';
  state.tick = 3;
  for (const { run } of engines) {
    await expectSoon(() => run('[at("State").label, at("State").tick]'), ['ours again', 3]);
  }
});

test('what an engine sends without being the authority is refused, and changes nothing', async () => {
  const { server, world, ids } = await play([first()]);
  const [a = 0] = ids;
  const { state } = world;
  await expectSoon(() => first().run('at("State").deltas > 0'), true);
  state.getNode('StateSync').publicVisibility = false;
  await catchUp(server, a, first());
  await first().run(`at("State").set_multiplayer_authority(${a})`);
  await first().run('at("State").set("tick", 66)');
  await expectNext(server.told, [told('bad_packet', a, 'TICKPEER_REPLICATION_NOT_ALLOWED')]);
  expect(state.tick).toBe(0);
  await first().run('at("State").set_multiplayer_authority(1)');
  await first().run('multiplayer.send_bytes("quiet".to_utf8_buffer())');
  // It is reported once.
  await expectNext(server.told, [told('peer_packet', a, Buffer.from('quiet').toString('hex'))]);
  expect(state.tick).toBe(0);
});

test('an engine is the authority of a spawner: its nodes come here, and to the other engine by relay', async () => {
  const { server, world, ids } = await play(engines);
  const [a = 0] = ids;
  world.units.setMultiplayerAuthority(a);
  for (const { run } of engines) await run(`at("Spawner").set_multiplayer_authority(${a})`);
  // Both sides make the node by the spawn function, which gives it to the owner.
  await first().run(`at("Spawner").spawn({"name": "u1", "owner": ${a}})`);
  await expectNext(server.told, [told('spawned', 'Spawner', 'u1')]);
  await expectNext(second().lines, [told('spawned', 'Spawner', 'u1')]);
  const one = nodeAt(world, unit, 'Units/u1');
  expect([one.getMultiplayerAuthority(), one.hp]).toEqual([a, 50]);
  await first().run('at("Units/u1").set("position", Vector2(1, 2))');
  await first().run('at("Units/u1").set("hp", 49)');
  await until(() => one.position.x === 1 && one.hp === 49);
  await expectSoon(() => second().run('at("Units/u1").hp'), 49);
  await first().run('remove("Units/u1")');
  await expectNext(server.told, [told('despawned', 'Spawner', 'u1')]);
  await expectNext(second().lines, [told('despawned', 'Spawner', 'u1')]);
  expect(one.isInsideTree()).toBe(false);
});

test('the nodes of an engine that leaves are despawned here', async () => {
  const { server, world, ids } = await play([first()]);
  const [a = 0] = ids;
  world.units.setMultiplayerAuthority(a);
  await first().run(`at("Spawner").set_multiplayer_authority(${a})`);
  await first().run('add("Units", "res://marker.tscn", "m1")');
  await expectNext(server.told, [told('spawned', 'Spawner', 'm1')]);
  await first().run('leave()');
  await until(() => server.told.length === 2);
  expect(server.told.splice(0).sort()).toEqual([told('despawned', 'Spawner', 'm1'), told('peer_disconnected', a)]);
  expect(world.units.getChildren()).toEqual([]);
});
