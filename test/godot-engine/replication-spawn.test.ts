import { ErrorCode } from 'tickpeer';
import { Dictionary, Vector2, Vector3 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { gather } from './engine/gather.ts';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, expectSoon } from './ours/until.ts';
import { marker, openWorld, unit } from './ours/world.ts';

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];
/** What an engine has of a unit: its properties in `_ready`, and now. */
const unitIn = (name: string) => first().run(`value("Units/${name}", "first")`);

test('an instance of a listed scene is added in the engine, with its state before _ready', async () => {
  const { world } = await play([first()]);
  world.units.addChild(unit.instantiate({ name: 'u1', position: new Vector2(80, -4.5), hp: 7, title: 'Größe' }));
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
  expect(await unitIn('u1')).toEqual([80, -4.5, 7, 'Größe']);
  expect(await first().run('at("Units/u1").scene_file_path')).toBe('res://unit.tscn');
});

test('the second scene of the list has no synchronizer', async () => {
  const { world } = await play([first()]);
  world.units.addChild(marker.instantiate());
  await expectNext(first().lines, [told('spawned', 'Spawner', 'marker')]);
  expect(await first().run('at("Units/marker").scene_file_path')).toBe('res://marker.tscn');
});

test('a child of the spawn path that was added to the multiplayer is spawned, too', async () => {
  const { world } = await play([first()]);
  world.multiplayer.addChild('World/Units', unit.instantiate({ name: 'u1' }));
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
});

test('the spawn function of the engine gets the data, and the state is set over what it has made', async () => {
  const { world } = await play([first()]);
  const note = [null, true, -5, 2 ** 40, 0.1, 'ü €', new Vector3(1, 2, 3), new Dictionary([['k', [1, 'x']]])];
  const made = world.units.spawn({ name: 'custom', note });
  expect(unit.isInstance(made) && made.hp).toBe(50);
  await expectNext(first().lines, [told('spawned', 'Spawner', 'custom')]);
  const text = await first().run('var_to_str(at("Units/custom").data.note).replace("\\n", "")');
  expect(text).toBe('[null, true, -5, 1099511627776, 0.1, "ü €", Vector3(1, 2, 3), {"k": [1, "x"]}]');
  expect(await unitIn('custom')).toEqual([0, 0, 50, '']);
});

test('a node that is freed is despawned', async () => {
  const { world } = await play([first()]);
  const one = unit.instantiate({ name: 'u1' });
  const two = unit.instantiate({ name: 'u2' });
  for (const node of [one, two]) world.units.addChild(node);
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1'), told('spawned', 'Spawner', 'u2')]);
  one.free();
  await expectNext(first().lines, [told('despawned', 'Spawner', 'u1')]);
  await expectSoon(() => first().run('names("Units")'), ['u2']);
  expect(world.units.getChildren()).toEqual([two]);
});

test('the name of a node that is gone can be used again', async () => {
  const { world } = await play([first()]);
  for (const hp of [1, 2, 3]) {
    const node = unit.instantiate({ name: 'u1', hp });
    world.units.addChild(node);
    await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
    expect(await unitIn('u1')).toEqual([0, 0, hp, '']);
    node.free();
    await expectNext(first().lines, [told('despawned', 'Spawner', 'u1')]);
  }
});

test('freed and added under the same name at once', async () => {
  const { world } = await play([first()]);
  const old = unit.instantiate({ name: 'u1', hp: 1 });
  world.units.addChild(old);
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
  old.free();
  world.units.addChild(unit.instantiate({ name: 'u1', hp: 2 }));
  await expectNext(first().lines, [told('despawned', 'Spawner', 'u1'), told('spawned', 'Spawner', 'u1')]);
  expect(await unitIn('u1')).toEqual([0, 0, 2, '']);
});

test('a name that is taken gets the next number, the same one on both sides and as the engine chooses it', async () => {
  const { world } = await play([first()]);
  const wishes = ['unit', 'unit', 'unit', 'a9', 'a9', 'b07', 'b07', 'x99', 'x99', '5', '5'];
  const given = wishes.map((name) => {
    const node = unit.instantiate({ name });
    expect(world.units.addChild(node)).toBe(ErrorCode.OK);
    return node.name;
  });
  await expectNext(
    first().lines,
    given.map((name) => told('spawned', 'Spawner', name)),
  );
  expect(await first().run('names("Units")')).toEqual(given);
  // A world of the engine's own, without a connection.
  await first().run('leave()');
  await first().run('enter()');
  const chosen: unknown[] = [];
  for (const name of wishes) chosen.push(await first().run(`add("Units", "res://unit.tscn", "${name}")`));
  expect(given).toEqual(chosen);
});

test('who joins later gets what is there, with the values of that moment', async () => {
  const server = Side.server();
  const world = openWorld(server);
  const one = unit.instantiate({ name: 'u1', hp: 1 });
  const gone = unit.instantiate({ name: 'gone' });
  for (const node of [one, gone, marker.instantiate({ name: 'm' })]) world.units.addChild(node);
  world.units.spawn({ name: 'custom', note: 'n' });
  gone.free();
  one.hp = 41;
  one.title = 'changed';
  one.position = new Vector2(6, 7);
  for (const [index, game] of engines.entries()) {
    await game.run('enter()');
    await game.run(`join("${server.url}")`);
    const names = () => game.run('names("Units")');
    await expectSoon(names, ['u1', 'm', 'custom']);
    expect(await game.run('value("Units/u1", "first")')).toEqual([6, 7, 41, 'changed']);
    const spawns = game.lines.filter((line) => line.startsWith('spawned'));
    expect(spawns).toEqual(['u1', 'm', 'custom'].map((name) => told('spawned', 'Spawner', name)));
    expect(server.told).toHaveLength(index + 1);
    for (const lines of [game.lines, first().lines]) lines.length = 0;
  }
  server.told.length = 0;
});

test('two engines have the same nodes, whoever joined first', async () => {
  const { server, world } = await play([first()]);
  world.units.addChild(unit.instantiate({ name: 'before' }));
  await expectNext(first().lines, [told('spawned', 'Spawner', 'before')]);
  await second().run('enter()');
  await second().run(`join("${server.url}")`);
  await expectSoon(() => second().run('names("Units")'), ['before']);
  const after = unit.instantiate({ name: 'after' });
  world.units.addChild(after);
  for (const { run } of engines) await expectSoon(() => run('names("Units")'), ['before', 'after']);
  after.free();
  for (const { run } of engines) await expectSoon(() => run('names("Units")'), ['before']);
  for (const lines of [first().lines, second().lines, server.told]) lines.length = 0;
});

test('spawnLimit refuses one node more', async () => {
  const { world } = await play([first()], { spawnLimit: 2 });
  await first().run('at("Spawner").set("spawn_limit", 2)');
  const nodes = ['a', 'b', 'c'].map((name) => unit.instantiate({ name }));
  expect(nodes.map((node) => world.units.addChild(node))).toEqual([
    ErrorCode.OK,
    ErrorCode.OK,
    ErrorCode.ERR_UNAVAILABLE,
  ]);
  expect(world.units.spawn({ name: 'd' })).toBe(null);
  await expectNext(first().lines, [told('spawned', 'Spawner', 'a'), told('spawned', 'Spawner', 'b')]);
  nodes[0]!.free();
  expect(world.units.addChild(nodes[2]!)).toBe(ErrorCode.OK);
  await expectNext(first().lines, [told('despawned', 'Spawner', 'a'), told('spawned', 'Spawner', 'c')]);
});

test('the game is left and joined again: the nodes of the first session are gone, and come again', async () => {
  const { server, world, ids } = await play([first()]);
  world.units.addChild(unit.instantiate({ name: 'u1' }));
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
  await first().run('leave()');
  await expectNext(server.told, [told('peer_disconnected', ids[0])]);
  await first().run('enter()');
  expect(await first().run('names("Units")')).toEqual([]);
  await gather(server, [first()]);
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
});
