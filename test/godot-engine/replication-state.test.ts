import { Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { player, unit } from './ours/world.ts';

const engines = useWorld(2);
const game = () => engines[0]!;
const read = (path: string, property: string) => () => game().run(`value("${path}", "${property}")`);

const DELTA = '16';

/** The game with a unit, which the engine has, and its first DELTA. */
async function playUnit() {
  const { server, world, ids } = await play([game()]);
  const one = unit.instantiate({ name: 'u1' });
  world.units.addChild(one);
  await expectNext(game().lines, [told('spawned', 'Spawner', 'u1')]);
  await until(() => server.peer.sent.filter(({ hex }) => hex.startsWith(DELTA)).length > 1);
  /** The DELTAs from now on. */
  const deltas = (): string[] => server.peer.sent.filter(({ hex }) => hex.startsWith(DELTA)).map(({ hex }) => hex);
  server.peer.sent.length = 0;
  return { server, world, id: ids[0]!, one, deltas };
}

test('a property that is sent always follows in the engine', async () => {
  const { one } = await playUnit();
  for (const x of [1, -2.5, 1e6]) {
    one.position = new Vector2(x, x / 2);
    await expectSoon(read('Units/u1', 'position'), [x, x / 2]);
  }
});

test('it replaces what the engine has set itself', async () => {
  const { one } = await playUnit();
  one.position = new Vector2(1, 2);
  await game().run('at("Units/u1").set("position", Vector2(9, 9))');
  await expectSoon(read('Units/u1', 'position'), [1, 2]);
});

test('a changed property is sent once, in a DELTA', async () => {
  const { server, id, one, deltas } = await playUnit();
  one.hp = 42;
  await expectSoon(read('Units/u1', 'hp'), 42);
  await catchUp(server, id, game());
  expect(deltas().map((hex) => hex.slice(10))).toEqual([`${'01'.padEnd(16, '0')}02000000022a`]);
});

test('several properties that have changed are in one DELTA', async () => {
  const { one, deltas } = await playUnit();
  one.hp = 7;
  one.tags = ['a'];
  one.table.set('k', 'v');
  await expectSoon(read('Units/u1', 'table'), { k: 'v' });
  expect([await read('Units/u1', 'hp')(), await read('Units/u1', 'tags')()]).toEqual([7, ['a']]);
  expect(deltas()).toHaveLength(1);
});

test('arrays and dictionaries are changed in place', async () => {
  const { one } = await playUnit();
  one.tags.push('a');
  await expectSoon(read('Units/u1', 'tags'), ['a']);
  one.tags.push('b', 3);
  one.table.set('deep', ['x']);
  await expectSoon(read('Units/u1', 'tags'), ['a', 'b', 3]);
  await expectSoon(read('Units/u1', 'table'), { deep: ['x'] });
  one.tags.length = 1;
  const deep = one.table.get('deep');
  if (Array.isArray(deep)) deep.push('y');
  await expectSoon(read('Units/u1', 'table'), { deep: ['x', 'y'] });
  await expectSoon(read('Units/u1', 'tags'), ['a']);
  one.table.clear();
  await expectSoon(read('Units/u1', 'table'), {});
});

test('nothing is sent for a property that was set to the value that it has', async () => {
  const { server, id, one, deltas } = await playUnit();
  one.hp = 3;
  one.tags = [];
  await catchUp(server, id, game());
  one.hp = 4;
  await expectSoon(read('Units/u1', 'hp'), 4);
  expect(deltas()).toHaveLength(1);
});

test('a property that only the spawn has does not travel later', async () => {
  const { server, world, id, one } = await playUnit();
  one.title = 'later';
  one.hp = 9;
  await expectSoon(read('Units/u1', 'hp'), 9);
  await catchUp(server, id, game());
  expect(await read('Units/u1', 'title')()).toBe('');
  world.units.addChild(unit.instantiate({ name: 'u2', title: 'at once' }));
  await expectNext(game().lines, [told('spawned', 'Spawner', 'u2')]);
  expect(await read('Units/u2', 'title')()).toBe('at once');
});

test('a property that is not in the spawn comes with the first DELTA', async () => {
  const { world } = await play([game()]);
  world.units.addChild(unit.instantiate({ name: 'u1', tags: ['early'] }));
  await expectNext(game().lines, [told('spawned', 'Spawner', 'u1')]);
  await expectSoon(read('Units/u1', 'tags'), ['early']);
});

test('a property of another node of the scene', async () => {
  const { world } = await play([game()]);
  const one = player.instantiate({ name: '77', player_name: 'Ada' });
  one.getNode('Body').rotation = 0.5;
  world.players.addChild(one);
  await expectNext(game().lines, [told('spawned', 'PlayerSpawner', '77')]);
  const rotation = read('Players/77/Body', 'rotation');
  expect(await rotation()).toBe(0.5);
  one.getNode('Body').rotation = 1.5;
  await expectSoon(rotation, 1.5);
  expect(await read('Players/77', 'player_name')()).toBe('Ada');
});

test('a synchronizer of the main scene is known by its path', async () => {
  const { world } = await play([game()]);
  const { state } = world;
  state.tick = 5;
  state.speed = 2.5;
  state.label = 'go';
  state.flags = Uint8Array.of(1, 255);
  state.table.set('deep', 1);
  state.list.push('x', 2);
  await expectSoon(read('State', 'tick'), 5);
  await expectSoon(read('State', 'list'), ['x', 2]);
  const rest = ['speed', 'label', 'flags', 'table'].map((name) => read('State', name)());
  expect(await Promise.all(rest)).toEqual([2.5, 'go', [1, 255], { deep: 1 }]);
  state.flags[0] = 9;
  await expectSoon(read('State', 'flags'), [9, 255]);
});

test('who joins later gets the state of the main scene', async () => {
  const { server, world } = await play([game()]);
  world.state.label = 'set before';
  world.state.list.push(1);
  await expectSoon(read('State', 'label'), 'set before');
  const late = engines[1]!;
  await late.run('enter()');
  await late.run(`join("${server.url}")`);
  await expectSoon(() => late.run('[at("State").label, at("State").list]'), ['set before', [1]]);
  for (const lines of [server.told, game().lines, late.lines]) lines.length = 0;
});

test('the intervals bound how often SYNC and DELTA are sent', async () => {
  const { server, world } = await play([game()]);
  const sync = world.state.getNode('StateSync');
  await until(() => server.peer.sent.some(({ hex }) => hex.startsWith(DELTA)));
  sync.replicationInterval = 0.2;
  sync.deltaInterval = 0.3;
  server.peer.sent.length = 0;
  const count = (command: string) => server.peer.sent.filter(({ hex }) => hex.startsWith(command)).length;
  const begin = performance.now();
  while (performance.now() < begin + 1000) {
    world.state.label += 'x';
    await until(() => true);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(count('06')).toBeLessThanOrEqual(6);
  expect(count('06')).toBeGreaterThanOrEqual(3);
  expect(count(DELTA)).toBeLessThanOrEqual(4);
  expect(count(DELTA)).toBeGreaterThanOrEqual(2);
  await expectSoon(read('State', 'label'), world.state.label);
});

test('many nodes at once, in several SYNCs', async () => {
  const { server, world } = await play([game()]);
  const many = Array.from({ length: 150 }, (_, index) => unit.instantiate({ name: `many${index}` }));
  for (const node of many) world.units.addChild(node);
  await until(() => game().lines.length === many.length);
  game().lines.length = 0;
  for (const [index, node] of many.entries()) {
    node.position = new Vector2(index, 1);
    node.hp = index;
  }
  const all = () => game().run('at("Units").get_children().map(brief)');
  await expectSoon(
    all,
    many.map((_, index) => [index, 1, index]),
  );
  const longest = Math.max(...server.peer.sent.filter(({ hex }) => hex.startsWith('06')).map(({ hex }) => hex.length));
  expect(longest / 2).toBeLessThanOrEqual(1350 + 11);
});
