import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import type { EngineRun } from './engine/engine.ts';
import { gather } from './engine/gather.ts';
import { useWorld } from './engine/use-world.ts';
import { Side, told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { openWorld, player, squad, unit, type WorldOptions } from './ours/world.ts';

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];
const spawned = (name: string) => told('spawned', 'Spawner', name);

/** A server with a unit. Engines join it that have not loaded the world. */
async function joinEarly(games: readonly EngineRun[], options: WorldOptions = {}) {
  const server = Side.server();
  const world = openWorld(server, options);
  world.units.addChild(unit.instantiate({ name: 'early', hp: 1 }));
  const ids = await gather(server, games);
  return { server, world, ids };
}

/** Takes the errors that the engine prints at each try to tell it a path that it does not have. Nothing else may be among them. */
function takePathErrors({ errors }: EngineRun, ...paths: string[]): void {
  const lines = paths.map((path) => `ERROR: Node not found: "World/${path}" (relative to "/root").`);
  expect(new Set(errors.splice(0))).toEqual(new Set([...lines, 'ERROR: Parameter "node" is null.']));
}

test('an engine that loads its world after joining gets the nodes then, with the values of that moment', async () => {
  const { server, world, ids } = await joinEarly([first()]);
  world.units.addChild(unit.instantiate({ name: 'second', hp: 2 }));
  await catchUp(server, ids[0]!, first());
  for (const node of world.units.getChildren()) if (unit.isInstance(node)) node.hp += 10;
  await first().run('enter()');
  await expectNext(first().lines, [spawned('early'), spawned('second')]);
  expect(await first().run('[at("Units/early").first, at("Units/second").first]')).toEqual([
    [0, 0, 11, ''],
    [0, 0, 12, ''],
  ]);
  world.state.label = 'late, too';
  await expectSoon(() => first().run('value("State", "label")'), 'late, too');
  takePathErrors(first(), 'Spawner', 'State/StateSync');
});

test('the other engine, which has the world, does not wait for it', async () => {
  const { server, world } = await joinEarly([first()]);
  await second().run('enter()');
  await second().run(`join("${server.url}")`);
  await expectSoon(() => second().run('names("Units")'), ['early']);
  const [, b = 0] = server.multiplayer.getPeers();
  await expectNext(server.told, [told('peer_connected', b)]);
  await expectNext(first().lines, [told('peer_connected', b)]);
  world.units.addChild(unit.instantiate({ name: 'now' }));
  await expectSoon(() => second().run('names("Units")'), ['early', 'now']);
  second().lines.length = 0;
  await first().run('enter()');
  await expectNext(first().lines, [spawned('early'), spawned('now')]);
  takePathErrors(first(), 'Spawner', 'State/StateSync');
});

test('what is freed before the world is loaded never appears', async () => {
  const { server, world, ids } = await joinEarly([first()]);
  for (const node of world.units.getChildren()) node.free();
  world.units.addChild(unit.instantiate({ name: 'kept' }));
  await catchUp(server, ids[0]!, first());
  await first().run('enter()');
  await expectNext(first().lines, [spawned('kept')]);
  takePathErrors(first(), 'Spawner', 'State/StateSync');
});

test('held until it is released: the engine prints no error, and gets everything', async () => {
  const server = Side.server();
  const world = openWorld(server, { holdsNewPeers: true });
  // The static synchronizer is not held, but hidden.
  const sync = world.state.getNode('StateSync');
  sync.publicVisibility = false;
  world.units.addChild(unit.instantiate({ name: 'early' }));
  const [a = 0] = await gather(server, [first()]);
  world.units.addChild(unit.instantiate({ name: 'later' }));
  expect(world.units.isHeldFor(a)).toBe(true);
  await catchUp(server, a, first());
  await first().run('enter()');
  await catchUp(server, a, first());
  expect(await first().run('names("Units")')).toEqual([]);
  world.units.releaseFor(a);
  sync.setVisibilityFor(a, true);
  world.state.label = 'shown';
  await expectNext(first().lines, [spawned('early'), spawned('later')]);
  world.units.addChild(unit.instantiate({ name: 'last' }));
  await expectNext(first().lines, [spawned('last')]);
  await expectSoon(() => first().run('value("State", "label")'), 'shown');
});

test('without awaiting the confirmation a node is lost in an engine without the world, which prints more errors', async () => {
  const { server, world, ids } = await joinEarly([first()], { awaitsConfirmation: false });
  await catchUp(server, ids[0]!, first());
  await first().run('enter()');
  await until(() => server.peer.received.some(({ hex }) => hex === '020101000000'));
  world.units.addChild(unit.instantiate({ name: 'later' }));
  await expectNext(first().lines, [spawned('later')]);
  expect(await first().run('names("Units")')).toEqual(['later']);
  expect(new Set(first().errors.splice(0))).toEqual(
    new Set([
      'ERROR: Node not found: "World/Spawner" (relative to "/root").',
      'ERROR: Node not found: "World/State/StateSync" (relative to "/root").',
      'ERROR: Parameter "node" is null.',
      'ERROR: ID 1 not found in cache of peer 1.',
      'ERROR: Parameter "spawner" is null.',
      'ERROR: Ignoring delta for non-authority or invalid synchronizer.',
    ]),
  );
});

test('without awaiting the confirmation an engine with the world gets a node as soon as it is added', async () => {
  const server = Side.server();
  const world = openWorld(server, { awaitsConfirmation: false });
  await first().run('enter()');
  const [a = 0] = await gather(server, [first()]);
  world.units.addChild(unit.instantiate({ name: 'u1' }));
  const commands = server.peer.sent.filter(({ peer }) => peer === a).map(({ hex }) => hex.slice(0, 2));
  expect(commands.slice(-2)).toEqual(['01', '04']);
  await expectNext(first().lines, [spawned('u1')]);
});

test('players and squads that wait appear with what is in them', async () => {
  const { server, world, ids } = await joinEarly([first()]);
  const [a = 0] = ids;
  world.players.addChild(player.instantiate({ name: `${a}`, player_name: 'Ada' }));
  const one = squad.instantiate({ name: 'red' });
  world.squads.addChild(one);
  one.getNode('MemberSpawner').addChild(unit.instantiate({ name: 'm1', hp: 4 }));
  await catchUp(server, a, first());
  await first().run('enter()');
  await expectSoon(() => first().run('[names("Players"), names("Squads")]'), [[`${a}`], ['red']]);
  await expectSoon(() => first().run('names("Squads/red/Members")'), ['m1']);
  expect(await first().run('value("Squads/red/Members/m1", "hp")')).toBe(4);
  takePathErrors(first(), 'Spawner', 'PlayerSpawner', 'SquadSpawner', 'State/StateSync');
  await expectSoon(() => first().lines.length, 4);
  first().lines.length = 0;
});
