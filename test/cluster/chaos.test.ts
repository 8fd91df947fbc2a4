import { expect, test } from 'vitest';
import { Random } from '../../src/testing/index.ts';
import { machineTime } from './commands.ts';
import { Fleet, type Member } from './fleet.ts';
import { drivePlayers, Player, untilAll } from './player.ts';
import { waitUntil } from './wait-until.ts';

/** Seconds. */
const LEASE_TIME = 2;
const ROOMS = 12;
const STEPS = 12;

/** By hand, with one seed after another: `SEED=7 npm run test:cluster -- chaos`. The times differ from run to run. */
const { SEED } = process.env;

test.skipIf(SEED === undefined)(
  'whatever happens to four processes and their broker, no room has two owners, and all play on in the end',
  async () => {
    const random = new Random(Number(SEED));
    const fleet = await Fleet.start(4, LEASE_TIME);
    const players = Array.from(
      { length: 2 * ROOMS },
      (_, index) => new Player(fleet.balancer.port, `R${index % ROOMS}`, `p${index}`),
    );
    for (const player of players) player.mayLose = true;
    drivePlayers(players);
    await untilAll(players, 20_000, ({ confirmed }) => confirmed > 2);

    const story: string[] = [];
    let started = 0;
    const afterwards = async (milliseconds: number): Promise<void> => {
      const end = machineTime() + milliseconds;
      await waitUntil(() => machineTime() >= end, milliseconds + 5000);
    };
    const faults: ((member: Member, length: number) => Promise<void>)[] = [
      async (member, length) => {
        fleet.setAside(member);
        await member.process.stop();
        await afterwards(length);
        member.process.resume();
        fleet.bringBack(member);
      },
      async (member, length) => {
        member.proxy.cut();
        await afterwards(length);
        member.proxy.heal();
      },
      async (member, length) => {
        member.proxy.stall(random.next() < 0.5 ? 'up' : 'down');
        await afterwards(length);
        member.proxy.resume();
      },
      async (member) => {
        await member.process.end('SIGKILL');
        await fleet.add(`n${++started}`);
      },
      async (_, length) => {
        await fleet.broker.kill();
        await afterwards(length / 4);
        await fleet.broker.start();
      },
    ];
    for (let step = 0; step < STEPS; step++) {
      const which = random.integer(0, faults.length - 1);
      const member = fleet.running[random.integer(0, fleet.running.length - 1)];
      const fault = faults[which];
      if (member === undefined || fault === undefined) throw new Error('no process is left');
      const length = random.integer(200, LEASE_TIME * 2000);
      story.push(`${which} ${member.label} ${length}`);
      for (const player of players) player.mayLose = true;
      await fault(member, length);
    }

    const healed = machineTime();
    for (const player of players) player.mayLose = true;
    await untilAll(players, 30_000, ({ answeredAt }) => answeredAt > healed + 1000);
    const codes = Array.from({ length: ROOMS }, (_, index) => `R${index}`);
    await fleet.listed(codes, 10_000);
    const here = await Promise.all(fleet.running.map(({ process }) => process.call('here')));
    expect(here.flat().sort(), story.join(', ')).toEqual(codes.sort());
    fleet.checkOwners(story.join(', '));
  },
  120_000,
);
