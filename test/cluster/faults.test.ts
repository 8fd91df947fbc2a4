import { expect, test } from 'vitest';
import { machineTime } from './commands.ts';
import { Fleet, type Member } from './fleet.ts';
import { drivePlayers, Player, untilAll } from './player.ts';
import { waitUntil } from './wait-until.ts';

/** Seconds. */
const LEASE_TIME = 2;
/** Milliseconds from the end of an owner until all of its players play on elsewhere: its lease, a look at the leases, and the next try. */
const RETURN_TIME = LEASE_TIME * 1000 + 5000;

/** Players in the room ARENA, which one of the processes has. Each has sent more than `least` values. */
async function startArena(fleet: Fleet, least = 2): Promise<{ owner: Member; players: Player[] }> {
  const players = Array.from({ length: 8 }, (_, index) => new Player(fleet.balancer.port, 'ARENA', `p${index}`));
  drivePlayers(players);
  await untilAll(players, 10_000, ({ confirmed }) => confirmed > least);
  return { owner: await fleet.ownerOf('ARENA'), players };
}

/** Waits until the processes that `are` have answered every player after `since`. */
async function played(players: readonly Player[], since: number, are: (label: string) => boolean): Promise<void> {
  await untilAll(players, 20_000, ({ answeredBy, answeredAt }) => answeredAt > since && are(answeredBy));
}

function expectNoFaults(players: readonly Player[]): void {
  expect(players.flatMap(({ faults }) => faults)).toEqual([]);
}

test('a process that stands still for longer than its lease has lost its rooms: it does nothing in them when it goes on', async () => {
  const fleet = await Fleet.start(4, LEASE_TIME);
  const { owner, players } = await startArena(fleet);
  for (const player of players) player.mayLose = true;
  fleet.setAside(owner);
  await owner.process.stop();
  const stopped = machineTime();
  await played(players, stopped, (label) => label !== owner.label);
  expect(machineTime() - stopped).toBeLessThan(RETURN_TIME);

  const lost = fleet.until(owner, 'lost', 10_000);
  const joined = fleet.until(owner, 'joined', 10_000);
  owner.process.resume();
  await lost;
  await joined;
  fleet.bringBack(owner);
  expect(await owner.process.call('here')).toEqual([]);
  await played(players, machineTime(), (label) => label !== owner.label);
  await fleet.listed(['ARENA'], 5000);
  fleet.check();
  expect(fleet.history.of('ARENA').map((term) => term.owner)).toHaveLength(2);
  expectNoFaults(players);
});

test('a process is killed: its players are disconnected at once, and come back to their room in another one, as it was saved', async () => {
  const fleet = await Fleet.start(4, LEASE_TIME);
  const { owner, players } = await startArena(fleet, 15);
  const before = players.map(({ ends }) => ends.length);
  const confirmed = players.map((player) => player.confirmed);
  for (const player of players) player.mayLose = true;
  await owner.process.end('SIGKILL');
  const killed = machineTime();
  await waitUntil(() => players.every(({ ends }, index) => ends.length > (before[index] ?? 0)), 3000);
  await played(players, killed, (label) => label !== owner.label);
  const time = Math.round(machineTime() - killed);
  expect(time).toBeLessThan(RETURN_TIME);
  const figure = `the last of ${players.length} players was back ${time} ms after the death of the process (leaseTime ${LEASE_TIME} s)`;
  process.stdout.write(`${figure}\n`);
  // It was saved every half second, and a player sends a value ten times a second.
  for (const [index, player] of players.entries())
    expect(player.restored).toBeGreaterThan((confirmed[index] ?? 0) - 15);
  await fleet.listed(['ARENA'], 5000);
  fleet.check();
  expectNoFaults(players);
});

test('the broker restarts within the time of the leases: rooms play on, and new ones wait', async () => {
  const fleet = await Fleet.start(4, 6);
  const { players } = await startArena(fleet);
  const [member] = fleet.members;
  if (member === undefined) throw new Error('no member');
  await fleet.broker.kill();
  const down = machineTime();
  await Promise.all(fleet.members.map(({ process }) => process.call('disconnected')));
  await played(players, machineTime(), () => true);
  const created = fleet.members.map(({ process }) => process.call('createByRequest', ['while the broker is away']));
  await fleet.broker.start();
  expect(machineTime() - down).toBeLessThan(3600);
  const answers = (await Promise.all(created)).flat();
  const codes = new Set(answers.map((answer) => ('code' in answer ? answer.code : answer.failure)));
  expect(codes.size).toBe(1);
  await played(players, machineTime(), () => true);
  await fleet.listed(['ARENA', ...codes], 10_000);
  expect(fleet.members.flatMap(({ leases }) => leases)).toEqual([]);
  expect(players.flatMap(({ ends }) => ends)).toEqual([]);
  fleet.check();
  expectNoFaults(players);
});

test.each(['cut', 'stall'] as const)(
  'a process whose network is interrupted (%s) stops before its lease ends, and one owner is left',
  async (way) => {
    const fleet = await Fleet.start(4, LEASE_TIME);
    const { owner, players } = await startArena(fleet);
    for (const player of players) player.mayLose = true;
    fleet.setAside(owner);
    const lost = fleet.until(owner, 'lost', 10_000);
    owner.proxy[way]();
    const interrupted = machineTime();
    expect((await lost) - interrupted).toBeLessThan(LEASE_TIME * 1000);
    await played(players, interrupted + LEASE_TIME * 1000, (label) => label !== owner.label);
    const joined = fleet.until(owner, 'joined', 10_000);
    if (way === 'cut') owner.proxy.heal();
    else owner.proxy.resume();
    await joined;
    fleet.bringBack(owner);
    await fleet.listed(['ARENA'], 5000);
    await played(players, machineTime(), (label) => label !== owner.label);
    fleet.check();
    expect(fleet.history.of('ARENA')).toHaveLength(2);
    expectNoFaults(players);
  },
);

test('the broker stands still for longer than all leases: all rooms stop, and are opened once each when it goes on', async () => {
  const fleet = await Fleet.start(4, LEASE_TIME);
  const { players } = await startArena(fleet);
  for (const player of players) player.mayLose = true;
  const lost = Promise.all(fleet.members.map((member) => fleet.until(member, 'lost', 10_000)));
  const joined = Promise.all(fleet.members.map((member) => fleet.until(member, 'joined', 20_000)));
  await fleet.broker.pause();
  const paused = machineTime();
  for (const time of await lost) expect(time - paused).toBeLessThan(LEASE_TIME * 1000);
  fleet.broker.resume();
  await joined;
  await played(players, machineTime(), () => true);
  await fleet.listed(['ARENA'], 5000);
  fleet.check();
  expectNoFaults(players);
});
