import { expect, test } from 'vitest';
import { machineTime } from './commands.ts';
import { Fleet } from './fleet.ts';
import { drivePlayers, Player, untilAll } from './player.ts';

test('four processes are replaced one after another: 200 players stay in their 25 rooms, and nothing is lost', async () => {
  const fleet = await Fleet.start(4, 5);
  const players = Array.from(
    { length: 200 },
    (_, index) => new Player(fleet.balancer.port, `ROOM-${index % 25}`, `p${index}`),
  );
  drivePlayers(players);
  await untilAll(players, 20_000, ({ confirmed }) => confirmed > 2);
  const old = [...fleet.members];
  for (const member of old) {
    fleet.setAside(member);
    await fleet.add(`${member.label}-new`);
    await member.process.end('SIGTERM');
    const gone = machineTime();
    await untilAll(players, 20_000, ({ answeredAt, answeredBy }) => answeredAt > gone && answeredBy !== member.label);
  }
  await fleet.listed(
    Array.from({ length: 25 }, (_, index) => `ROOM-${index}`),
    10_000,
  );
  expect(players.flatMap(({ faults }) => faults)).toEqual([]);
  // Who was disconnected because another process was replaced came back with its id.
  for (const { name, sessions } of players) {
    const owners = sessions.map(({ by }) => by);
    expect(new Set(owners).size, `${name}: ${JSON.stringify(sessions)}`).toBe(owners.length);
  }
  fleet.check();
}, 120_000);
