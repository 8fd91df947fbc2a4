import { ErrorCode } from 'tickpeer';
import { expect, test } from 'vitest';
import { catchUp } from './engine/catch-up.ts';
import { play } from './engine/play.ts';
import { useWorld } from './engine/use-world.ts';
import { type Side, told } from './ours/side.ts';
import { expectNext, expectSoon, until } from './ours/until.ts';
import { squad, tower, unit } from './ours/world.ts';

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

// A node that is shown again has the numbers that it had. The engine finds a node by the object that it had for a number, and a despawned
// one exists until the end of its frame. When DESPAWN and SPAWN arrive in one frame, what is sent by number goes to the old object and is
// lost; its errors are not looked at. A number cannot be sent again for another object: the engine refuses a "Duplicate remote cache ID".
// Several rounds: a frame may end between the two packets.
const ROUNDS = [1, 2, 3];
const OF_OLD_OBJECTS = /ERR_INVALID_DATA|Ignoring (delta|sync data)|"!node" is true/;

/** Waits until everything has arrived, and takes what the engine says about it. */
async function settleWithErrors({ server, ids }: { readonly server: Side; readonly ids: readonly number[] }) {
  await catchUp(server, ids[0]!, first());
  await catchUp(server, ids[0]!, first());
  first().lines.length = 0;
  const { errors } = first();
  errors.push(...errors.splice(0).filter((line) => !OF_OLD_OBJECTS.test(line)));
}

/** The engine also says so when the session ends. */
async function leaveWithErrors(): Promise<void> {
  await first().run('leave()');
  await first().run('tell("left")');
  await until(() => first().lines.includes(told('left')));
  first().lines.length = 0;
  const { errors } = first();
  errors.push(...errors.splice(0).filter((line) => !OF_OLD_OBJECTS.test(line)));
}

// Not fulfilled: what is sent by number goes to the node that the engine frees at the end of the frame (docs/replication.md#visibility).
// Whether two packets come in one frame is chance, so these are skipped and not expected to fail.
test.skip('hidden and shown within one frame: what is inside appears in the new node', async () => {
  const { server, ids, red, m1 } = await playSquad();
  const sync = red.getNode('Sync');
  const members: unknown[] = [];
  for (const round of ROUNDS) {
    sync.publicVisibility = false;
    m1.hp = round;
    sync.publicVisibility = true;
    await settleWithErrors({ server, ids });
    members.push(await first().run('names("Squads/red/Members")'));
  }
  await leaveWithErrors();
  expect(members).toEqual(ROUNDS.map(() => ['m1', 'm2']));
});

test.skip('hidden and shown within one frame: a synchronizer of an inner node goes on in the new node', async () => {
  const { server, world, ids } = await play([first()]);
  const one = tower.instantiate({ name: 't1' });
  world.others.addChild(one);
  one.getNode('Gun').rotation = 0.5;
  const rotation = () => first().run('value("Others/t1/Gun", "rotation")');
  await expectNext(first().lines, [told('spawned', 'OtherSpawner', 't1')]);
  await expectSoon(rotation, 0.5);
  const syncs = [one.getNode('Net/PublicSync'), one.getNode('Net/TeamSync')];
  const values: unknown[] = [];
  for (const _ of ROUNDS) {
    for (const isPublic of [false, true]) for (const sync of syncs) sync.publicVisibility = isPublic;
    await settleWithErrors({ server, ids });
    values.push(await rotation());
  }
  await leaveWithErrors();
  expect(values).toEqual(ROUNDS.map(() => 0.5));
});

test.skip('hidden and shown within one frame: an RPC reaches the new node', async () => {
  const { server, world, ids } = await play([first()]);
  const one = unit.instantiate({ name: 'u1', title: 'x' });
  world.units.addChild(one);
  await expectNext(first().lines, [told('spawned', 'Spawner', 'u1')]);
  const calls = world.unitCalls.at('World/Units/u1');
  calls.mark.rpc(1);
  await expectSoon(() => first().run('at("Units/u1").marks'), [1]);
  const marks: unknown[] = [];
  for (const round of ROUNDS) {
    one.getNode('Sync').publicVisibility = false;
    one.getNode('Sync').publicVisibility = true;
    calls.mark.rpc(round);
    await settleWithErrors({ server, ids });
    marks.push(await first().run('at("Units/u1").marks'));
  }
  expect(marks).toEqual(ROUNDS.map((round) => [round]));
});
