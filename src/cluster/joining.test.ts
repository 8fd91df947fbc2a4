import { expect, test } from 'vitest';
import { ClusterParty } from '../../test/support/cluster-party.ts';
import { Cluster } from './cluster.ts';

const kinds = { club: { capacity: 4, opensByCode: true, open: () => ({}) } };
const address = { host: '127.0.0.1', port: 9 };

test('a join that fails, and a process that has left, do not follow the bucket any more', async () => {
  const world = new ClusterParty(kinds);
  const member = await world.join();
  const { clock } = world;
  const followers = () => world.broker.bucket('tickpeer').followers.size;
  expect(followers()).toBe(1);
  const newId = (): string => member.cluster.id ?? ''; // which is used already
  const line = world.broker.connect();
  await expect(world.settle(Cluster.join(line, { address, clock, newId }))).rejects.toThrow();
  expect(followers()).toBe(1);
  member.cluster.leave();
  await world.run(1000);
  expect([member.cluster.hasLeft, followers()]).toEqual([true, 0]);
});
