import { describe, expect, test } from 'vitest';
import { ClusterParty, type Member } from '../../test/support/cluster-party.ts';
import type { Room } from '../rooms/index.ts';

const FOREVER = Number.POSITIVE_INFINITY;
const kinds = { club: { capacity: 4, idleTime: FOREVER, opensByCode: true, open: (_: Room) => ({ save: () => 1 }) } };

async function party(count: number, options: ConstructorParameters<typeof ClusterParty>[2] = {}) {
  const world = new ClusterParty(kinds, {}, options);
  for (let index = 0; index < count; index++) await world.join();
  return [world, ...world.members] as readonly [ClusterParty, ...Member[]];
}

describe('leaving', () => {
  test('a process that leaves has not lost its lease, however slow the broker is', async () => {
    const [world, one, two] = await party(2, { delay: [50, 90] });
    const lost: string[] = [];
    one!.cluster.leaseLost.connect((id) => void lost.push(id));
    one!.cluster.leave();
    await world.run(3000);
    expect([one!.cluster.hasLeft, lost]).toEqual([true, []]);
    expect(two!.cluster.getNodes()).toHaveLength(1);
  });

  test('a renewal that is under way when the lease is given back does not leave a record', async () => {
    const [world, one, two] = await party(2, { delay: [120, 120] });
    await world.run(2500 - 20); // a renewal is due
    one!.cluster.leave();
    await world.run(3000);
    expect(one!.cluster.hasLeft).toBe(true);
    expect(two!.cluster.getNodes()).toHaveLength(1);
  });

  test('leave twice, and again after it has left', async () => {
    const [world, one] = await party(1);
    one!.cluster.leave({ over: 5 });
    one!.cluster.leave();
    await world.run(1000);
    expect(one!.cluster.hasLeft).toBe(true);
    one!.cluster.leave();
    await world.run(1000);
    expect(one!.cluster.hasLeft).toBe(true);
  });

  test('leave during an outage of the broker ends with the lease', async () => {
    const [world, one] = await party(1);
    one!.line.cut();
    one!.cluster.leave();
    await world.run(25_000);
    expect(one!.cluster.hasLeft).toBe(true);
  });

  test('the others know within moments that a process drains', async () => {
    const [world, one, two] = await party(2);
    one!.rooms.drain();
    await world.run(60);
    expect(two!.cluster.getNodes().find(({ id }) => id === one!.cluster.id)?.isDraining).toBe(true);
    one!.rooms.resume();
    await world.run(60);
    expect(two!.cluster.getNodes().find(({ id }) => id === one!.cluster.id)?.isDraining).toBe(false);
  });

  test('createRoom where no process opens rooms is a failure', async () => {
    const [world, one, two] = await party(2);
    for (const { rooms } of [one!, two!]) rooms.drain();
    await world.run(100);
    expect(await world.settle(one!.cluster.createRoom('club'))).toMatchObject({ code: 'TICKPEER_CLUSTER' });
  });
});
