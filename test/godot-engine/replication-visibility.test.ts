import { ErrorCode } from 'tickpeer';
import { Vector2 } from 'tickpeer/variant';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { unit } from './ours/world.ts';

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];
const spawned = (name: string) => told('spawned', 'Spawner', name);
const despawned = (name: string) => told('despawned', 'Spawner', name);

/** Two engines, and a unit that both have. */
async function playUnit() {
  const { server, world, ids } = await play(engines);
  const one = unit.instantiate({ name: 'u1' });
  world.units.addChild(one);
  for (const { lines } of engines) await expectNext(lines, [spawned('u1')]);
  const [a = 0, b = 0] = ids;
  const settle = async (): Promise<void> => {
    await catchUp(server, a, first());
    await catchUp(server, b, second());
  };
  return { server, world, one, sync: one.getNode('Sync'), a, b, settle };
}

test('a node that is not public is despawned, and spawned where it is set visible', async () => {
  const { one, sync, b } = await playUnit();
  sync.publicVisibility = false;
  for (const { lines } of engines) await expectNext(lines, [despawned('u1')]);
  one.hp = 20;
  sync.setVisibilityFor(b, true);
  await expectNext(second().lines, [spawned('u1')]);
  expect(await second().run('value("Units/u1", "first")')).toEqual([0, 0, 20, '']);
  sync.setVisibilityFor(b, false);
  await expectNext(second().lines, [despawned('u1')]);
  sync.publicVisibility = true;
  for (const { lines } of engines) await expectNext(lines, [spawned('u1')]);
});

test('a node that is born hidden appears nowhere until it is shown', async () => {
  const { world, a, settle } = await playUnit();
  const hidden = unit.instantiate({ name: 'hidden', hp: 1 });
  hidden.getNode('Sync').publicVisibility = false;
  world.units.addChild(hidden);
  await settle();
  for (const { run } of engines) expect(await run('names("Units")')).toEqual(['u1']);
  hidden.getNode('Sync').setVisibilityFor(a, true);
  await expectNext(first().lines, [spawned('hidden')]);
  expect(await second().run('names("Units")')).toEqual(['u1']);
});

test('a filter decides for each peer, again at every poll', async () => {
  const { one, sync, a, b } = await playUnit();
  const near = new Set([a]);
  sync.addVisibilityFilter((id) => near.has(id));
  await expectNext(second().lines, [despawned('u1')]);
  near.add(b).delete(a);
  await expectNext(first().lines, [despawned('u1')]);
  await expectNext(second().lines, [spawned('u1')]);
  one.position = new Vector2(5, 6);
  await expectSoon(() => second().run('value("Units/u1", "position")'), [5, 6]);
  near.add(a);
  await expectNext(first().lines, [spawned('u1')]);
});

test('a node that is hidden and shown has the same net id, and goes on being synchronized', async () => {
  const { server, one, sync, a } = await playUnit();
  const spawnsOf = (id: number) => server.peer.sent.filter(({ peer, hex }) => peer === id && hex.startsWith('04'));
  for (const hp of [30, 31, 32]) {
    sync.publicVisibility = false;
    await expectNext(first().lines, [despawned('u1')]);
    one.hp = hp;
    one.tags.push(hp);
    sync.publicVisibility = true;
    await expectNext(first().lines, [spawned('u1')]);
    await expectSoon(() => first().run('value("Units/u1", "tags")'), one.tags);
    one.position = new Vector2(hp, 0);
    await expectSoon(() => first().run('value("Units/u1", "position")'), [hp, 0]);
  }
  const heads = spawnsOf(a).map(({ hex }) => hex.slice(0, 28));
  expect(heads).toHaveLength(4);
  expect(new Set(heads).size).toBe(1);
  await until(() => second().lines.length === 6);
  second().lines.length = 0;
});

test('hidden and shown within one poll', async () => {
  const { one, sync } = await playUnit();
  sync.publicVisibility = false;
  sync.publicVisibility = true;
  for (const { lines } of engines) await expectNext(lines, [despawned('u1'), spawned('u1')]);
  one.hp = 12;
  for (const { run } of engines) await expectSoon(() => run('value("Units/u1", "hp")'), 12);
});

test('freed while it is hidden', async () => {
  const { one, sync, a, settle } = await playUnit();
  sync.publicVisibility = false;
  sync.setVisibilityFor(a, true);
  for (const { lines } of engines) await expectNext(lines, [despawned('u1')]);
  await expectNext(first().lines, [spawned('u1')]);
  one.free();
  await expectNext(first().lines, [despawned('u1')]);
  await settle();
});

test('who joins later gets only what it sees', async () => {
  const { server, world, ids } = await play([first()]);
  const [open, closed] = ['open', 'closed'].map((name) => unit.instantiate({ name }));
  for (const node of [open!, closed!]) world.units.addChild(node);
  closed!.getNode('Sync').addVisibilityFilter((id) => id === ids[0]);
  await expectNext(first().lines, [spawned('open'), spawned('closed')]);
  await second().run('enter()');
  await second().run(`join("${server.url}")`);
  await expectSoon(() => second().run('names("Units")'), ['open']);
  await until(() => server.told.length === 1);
  await catchUp(server, server.multiplayer.getPeers()[1]!, second());
  expect(await second().run('names("Units")')).toEqual(['open']);
  for (const lines of [server.told, first().lines, second().lines]) lines.length = 0;
});

test('a synchronizer of the main scene is hidden, and sends everything when it is shown', async () => {
  const { world, a, settle } = await playUnit();
  const { state } = world;
  const sync = state.getNode('StateSync');
  state.label = 'one';
  for (const { run } of engines) await expectSoon(() => run('value("State", "label")'), 'one');
  sync.publicVisibility = false;
  sync.setVisibilityFor(a, true);
  state.label = 'two';
  state.tick = 9;
  state.list.push('x');
  await expectSoon(() => first().run('value("State", "label")'), 'two');
  await settle();
  expect(await second().run('[at("State").label, at("State").tick]')).toEqual(['one', 0]);
  sync.publicVisibility = true;
  await expectSoon(() => second().run('[at("State").label, at("State").tick, at("State").list]'), ['two', 9, ['x']]);
});

test('an RPC to all reaches those who see the node', async () => {
  const { world, sync, a, settle } = await playUnit();
  const calls = world.unitCalls.at('World/Units/u1');
  calls.poke.rpc('all');
  for (const { lines } of engines) await expectNext(lines, [told('poke', 1, 'u1', 'all')]);
  sync.publicVisibility = false;
  sync.setVisibilityFor(a, true);
  for (const { lines } of engines) await expectNext(lines, [despawned('u1')]);
  await expectNext(first().lines, [spawned('u1')]);
  calls.poke.rpc('some');
  await expectNext(first().lines, [told('poke', 1, 'u1', 'some')]);
  await settle();
});

test('an RPC to one who does not see the node is refused here', async () => {
  const { world, sync, a, b, settle } = await playUnit();
  sync.addVisibilityFilter((id) => id === a);
  await expectNext(second().lines, [despawned('u1')]);
  const calls = world.unitCalls.at('World/Units/u1');
  expect(calls.poke.rpcId(b, 'no')).not.toBe(ErrorCode.OK);
  expect(world.multiplayer.getLastFailure()?.code).toBe('TICKPEER_NOT_VISIBLE');
  expect(calls.poke.rpcId(a, 'yes')).toBe(ErrorCode.OK);
  await expectNext(first().lines, [told('poke', 1, 'u1', 'yes')]);
  await settle();
});
