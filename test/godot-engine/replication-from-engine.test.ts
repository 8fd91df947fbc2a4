import { Dictionary, Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUpWithServer } from './engine/catch-up.ts';
import { joinAll, serve } from './engine/serve.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, until } from './ours/until.ts';
import { marker, nodeAt, openWorld, unit, type World } from './ours/world.ts';

const engines = useWorld(1);
const game = () => engines[0]!;
const spawned = (name: string, by = 'Spawner') => told('spawned', by, name);
const despawned = (name: string, by = 'Spawner') => told('despawned', by, name);
const addUnit = (name: string, properties = '{}') =>
  game().run(`add("Units", "res://unit.tscn", "${name}", ${properties})`);

/** The engine serves the game; clients of ours join that have declared its world. */
async function join(count = 1) {
  const hub = await serve(game());
  await game().run('enter()');
  const worlds: World[] = [];
  const sides = await joinAll(hub, count, (side) => worlds.push(openWorld(side)));
  return { hub, sides, worlds, side: sides[0]!, world: worlds[0]! };
}

test('a node of the engine arrives as an instance of its scene, with its state', async () => {
  const { side, world } = await join();
  const came: unknown[] = [];
  world.units.spawned.connect((node) => {
    if (unit.isInstance(node)) came.push([node.name, node.position, node.hp, node.title, node.getPath()]);
  });
  await addUnit('u1', '{"position": Vector2(80, -4.5), "hp": 7, "title": "Größe"}');
  await expectNext(side.told, [spawned('u1')]);
  expect(came).toEqual([['u1', new Vector2(80, -4.5), 7, 'Größe', 'World/Units/u1']]);
  expect(world.units.getChildren()).toEqual([nodeAt(world, unit, 'Units/u1')]);
});

test('a scene without a synchronizer, and one that the spawn function makes', async () => {
  const { side, world } = await join();
  await game().run('add("Units", "res://marker.tscn", "m1")');
  await game().run('at("Spawner").spawn({"name": "made", "note": [1, Vector2(1, 2)]})');
  await expectNext(side.told, [spawned('m1'), spawned('made')]);
  expect(nodeAt(world, marker, 'Units/m1').name).toBe('m1');
  expect(nodeAt(world, unit, 'Units/made').hp).toBe(50);
});

test('properties follow: always, on change, in place', async () => {
  const { side, world } = await join();
  await addUnit('u1');
  await expectNext(side.told, [spawned('u1')]);
  const one = nodeAt(world, unit, 'Units/u1');
  const sync = one.getNode('Sync');
  let [syncs, deltas] = [0, 0];
  sync.synchronized.connect(() => syncs++);
  sync.deltaSynchronized.connect(() => deltas++);
  await game().run('at("Units/u1").set("position", Vector2(3, 4))');
  await until(() => one.position.x === 3 && syncs > 0);
  await game().run('at("Units/u1").set("hp", 99)');
  await until(() => one.hp === 99 && deltas > 0);
  await game().run('at("Units/u1").push("a")');
  await until(() => one.tags.length === 1);
  await game().run('at("Units/u1").push(2)');
  await game().run('at("Units/u1").put("k", [1])');
  await until(() => one.tags.length === 2 && one.table.size === 1);
  expect(one.tags).toEqual(['a', 2]);
  expect(one.table).toEqual(new Dictionary([['k', [1]]]));
  await game().run('at("Units/u1").set("title", "not sent")');
  await game().run('at("Units/u1").set("hp", 100)');
  await until(() => one.hp === 100);
  expect(one.title).toBe('');
});

test('a node that the engine frees is despawned, and its name can be used again', async () => {
  const { side, world } = await join();
  for (const hp of [1, 2]) {
    await addUnit('u1', `{"hp": ${hp}}`);
    await expectNext(side.told, [spawned('u1')]);
    const one = nodeAt(world, unit, 'Units/u1');
    expect(one.hp).toBe(hp);
    await game().run('remove("Units/u1")');
    await expectNext(side.told, [despawned('u1')]);
    expect([one.isInsideTree(), world.units.getChildren()]).toEqual([false, []]);
  }
});

test('names that the engine has chosen', async () => {
  const { side, world } = await join();
  for (const name of ['unit', 'unit', 'b07', 'b07', 'Größe 1', 'a-b_c']) await addUnit(name);
  const names = ['unit', 'unit2', 'b07', 'b08', 'Größe 1', 'a-b_c'];
  await expectNext(
    side.told,
    names.map((name) => spawned(name)),
  );
  expect(world.units.getChildren().map(({ name }) => name)).toEqual(names);
});

test('a synchronizer of the main scene', async () => {
  const { world } = await join();
  const { state } = world;
  await game().run('at("State").set("tick", 5)');
  await game().run('at("State").set("speed", 2.5)');
  await game().run('at("State").set("label", "go")');
  await game().run('at("State").set("flags", PackedByteArray([1, 255]))');
  await game().run('at("State").put("deep", 1)');
  await game().run('at("State").push("x")');
  await until(() => state.tick === 5 && state.speed === 2.5 && state.label === 'go' && state.list.length === 1);
  expect([[...state.flags], state.table, state.list]).toEqual([[1, 255], new Dictionary([['deep', 1]]), ['x']]);
});

test('who joins later gets what is there, with the values of that moment', async () => {
  const { hub, side: first } = await join();
  await addUnit('u1', '{"hp": 1}');
  await addUnit('gone');
  await game().run('remove("Units/gone")');
  await game().run('at("Units/u1").set("hp", 41)');
  await game().run('at("State").set("label", "set before")');
  await expectNext(first.told, [spawned('u1'), spawned('gone'), despawned('gone')]);
  const side = hub.client();
  const world = openWorld(side);
  await until(() => world.units.getChildren().length > 0);
  expect(nodeAt(world, unit, 'Units/u1').hp).toBe(41);
  await until(() => world.state.label === 'set before');
  expect(side.told.splice(0).sort()).toEqual(
    [told('connected_to_server'), told('peer_connected', 1), told('peer_connected', first.id), spawned('u1')].sort(),
  );
  for (const lines of [game().lines, first.told]) await expectNext(lines, [told('peer_connected', side.id)]);
});

test('a client that declares its world after it has joined gets nothing that the engine has sent before', async () => {
  const hub = await serve(game());
  await game().run('enter()');
  await addUnit('early');
  const [side] = await joinAll(hub, 1);
  await catchUpWithServer(hub);
  expect(new Set(side!.told.splice(0))).toEqual(new Set([told('bad_packet', 1, 'TICKPEER_REPLICATION_UNDECLARED')]));
  const world = openWorld(side!);
  await addUnit('late');
  await catchUpWithServer(hub);
  // The engine tells a path once.
  expect(world.units.getChildren()).toEqual([]);
  side!.told.length = 0;
});

test('two clients of ours have the same nodes', async () => {
  const { sides, worlds } = await join(2);
  await addUnit('u1', '{"hp": 6}');
  for (const { told: events } of sides) await expectNext(events, [spawned('u1')]);
  await game().run('at("Units/u1").set("hp", 5)');
  await until(() => worlds.every((world) => nodeAt(world, unit, 'Units/u1').hp === 5));
});

test('the engine hides a node from one client, and shows it', async () => {
  const { hub, sides, worlds } = await join(2);
  const [a, b] = sides;
  await addUnit('u1');
  for (const { told: events } of sides) await expectNext(events, [spawned('u1')]);
  await game().run('at("Units/u1/Sync").set("public_visibility", false)');
  for (const { told: events } of sides) await expectNext(events, [despawned('u1')]);
  await game().run('at("Units/u1").set("hp", 30)');
  await game().run(`at("Units/u1/Sync").set_visibility_for(${a!.id}, true)`);
  await expectNext(a!.told, [spawned('u1')]);
  expect(nodeAt(worlds[0]!, unit, 'Units/u1').hp).toBe(30);
  await game().run('at("Units/u1").rpc("poke", "some")');
  await expectNext(a!.told, [told('poke', 1, 'u1', 'some')]);
  await catchUpWithServer(hub);
  expect(b!.told).toEqual([]);
});

test('RPCs on a spawned node, both ways', async () => {
  const { side, world } = await join();
  await addUnit('u1');
  await expectNext(side.told, [spawned('u1')]);
  for (const text of ['first', 'second']) {
    await game().run(`at("Units/u1").rpc_id(${side.id}, "poke", "${text}")`);
    await expectNext(side.told, [told('poke', 1, 'u1', text)]);
    world.unitCalls.at('World/Units/u1').poke.rpcId(1, text);
    await expectNext(game().lines, [told('poke', side.id, 'u1', text)]);
  }
});

test('the nodes are despawned when the engine ends the session', async () => {
  const { side, world } = await join();
  await addUnit('u1');
  await expectNext(side.told, [spawned('u1')]);
  await game().run('multiplayer.multiplayer_peer.close()');
  await until(() => side.told.length >= 3);
  expect(side.told.splice(0)).toContain(despawned('u1'));
  expect(world.units.getChildren()).toEqual([]);
  await until(() => game().lines.length > 0);
  game().lines.length = 0;
});
