import { ErrorCode } from 'tickpeer';
import { expect, test } from 'vitest';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { told } from './ours/side.ts';
import { expectNext, expectSoon } from './ours/until.ts';
import { squad, unit } from './ours/world.ts';

const engines = useWorld(2);
const [first, second] = [() => engines[0]!, () => engines[1]!];

const member = (name: string) => told('spawned', 'MemberSpawner', name);

/** The game with a squad of two. */
async function playSquad() {
  const { server, world, ids } = await play([first()]);
  const red = squad.instantiate({ name: 'red', title: 'Red' });
  world.squads.addChild(red);
  const members = red.getNode('MemberSpawner');
  const [m1, m2] = ['m1', 'm2'].map((name, index) => unit.instantiate({ name, hp: index }));
  for (const node of [m1!, m2!]) expect(members.addChild(node)).toBe(ErrorCode.OK);
  await expectNext(first().lines, [told('spawned', 'SquadSpawner', 'red'), member('m1'), member('m2')]);
  return { server, world, ids, red, members, m1: m1!, m2: m2! };
}

test('a spawned scene has a spawner: its nodes appear inside', async () => {
  const { m2 } = await playSquad();
  expect(m2.getPath()).toBe('World/Squads/red/Members/m2');
  expect(await first().run('names("Squads/red/Members")')).toEqual(['m1', 'm2']);
  expect(await first().run('value("Squads/red/Members/m2", "hp")')).toBe(1);
  expect(await first().run('value("Squads/red", "title")')).toBe('Red');
  m2.hp = 77;
  await expectSoon(() => first().run('value("Squads/red/Members/m2", "hp")'), 77);
});

test('when the outer node is freed, the inner ones are despawned before it', async () => {
  const { world, red, m1 } = await playSquad();
  red.free();
  await expectNext(first().lines, [
    told('despawned', 'MemberSpawner', 'm1'),
    told('despawned', 'MemberSpawner', 'm2'),
    told('despawned', 'SquadSpawner', 'red'),
  ]);
  expect(m1.isInsideTree()).toBe(false);
  expect(world.squads.getChildren()).toEqual([]);
  await expectSoon(() => first().run('names("Squads")'), []);
});

test('an outer node of the same name has its own inner ones', async () => {
  const { world, red } = await playSquad();
  red.free();
  const again = squad.instantiate({ name: 'red', title: 'Again' });
  world.squads.addChild(again);
  again.getNode('MemberSpawner').addChild(unit.instantiate({ name: 'm1', hp: 50 }));
  first().lines.length = 0;
  await expectSoon(() => first().run('value("Squads/red/Members/m1", "hp")'), 50);
  expect(await first().run('names("Squads/red/Members")')).toEqual(['m1']);
  await expectSoon(
    () => first().lines.filter((line) => line.startsWith('spawned')),
    [told('spawned', 'SquadSpawner', 'red'), member('m1')],
  );
  first().lines.length = 0;
});

test('who joins later gets the outer nodes before the inner ones', async () => {
  const { server } = await playSquad();
  await second().run('enter()');
  await second().run(`join("${server.url}")`);
  await expectSoon(
    () => second().lines.filter((line) => line.startsWith('spawned')),
    [told('spawned', 'SquadSpawner', 'red'), member('m1'), member('m2')],
  );
  for (const lines of [server.told, first().lines, second().lines]) lines.length = 0;
});

test('hiding the outer node hides what is inside, and showing it shows everything again', async () => {
  const { red, m1 } = await playSquad();
  red.getNode('Sync').publicVisibility = false;
  await expectNext(first().lines, [
    told('despawned', 'MemberSpawner', 'm1'),
    told('despawned', 'MemberSpawner', 'm2'),
    told('despawned', 'SquadSpawner', 'red'),
  ]);
  m1.hp = 9;
  red.getNode('Sync').publicVisibility = true;
  await expectNext(first().lines, [told('spawned', 'SquadSpawner', 'red'), member('m1'), member('m2')]);
  expect(await first().run('value("Squads/red/Members/m1", "hp")')).toBe(9);
});

test('an inner node is hidden alone', async () => {
  const { m1, m2 } = await playSquad();
  m1.getNode('Sync').publicVisibility = false;
  await expectNext(first().lines, [told('despawned', 'MemberSpawner', 'm1')]);
  m2.hp = 8;
  await expectSoon(() => first().run('value("Squads/red/Members/m2", "hp")'), 8);
  expect(await first().run('names("Squads/red/Members")')).toEqual(['m2']);
});
