import { describe, expect, test } from 'vitest';
import { ClusterParty } from '../../test/support/cluster-party.ts';
import { isFailure } from '../failure.ts';
import type { Bucket } from './broker/broker.ts';

const FOREVER = Number.POSITIVE_INFINITY;
const kinds = { club: { capacity: 4, idleTime: FOREVER, opensByCode: true, open: () => ({}) } };
const room = (owner: string) =>
  JSON.stringify({
    owner,
    state: 'open',
    request: '',
    kind: 'club',
    capacity: 4,
    taken: 1,
    isLocked: false,
    isListed: true,
    metadata: {},
  });

async function withBucket(): Promise<readonly [ClusterParty, Bucket]> {
  const world = new ClusterParty(kinds);
  await world.join();
  return [world, await world.settle(world.broker.connect().openBucket('tickpeer'))];
}

describe('records of other versions, and malformed ones', () => {
  test.each(['no JSON', 'null', '{"id":"other","version":2}'])(
    'the rooms of a node whose record is %s stay its own',
    async (text) => {
      const [world, bucket] = await withBucket();
      const [one] = world.members;
      await world.settle(bucket.create('node.other', text));
      await world.settle(bucket.create('room.CLUB', room('other')));
      await world.run(60_000);
      expect((await world.settle(bucket.get('room.CLUB')))?.text).toBe(room('other'));
      expect(await world.settle(one!.cluster.createRoom('club', { code: 'CLUB' }))).toMatchObject({
        code: 'TICKPEER_ALREADY_IN_USE',
      });
      expect(one!.cluster.getNodes()).toHaveLength(1);
    },
  );

  test('a node whose record cannot be read is ended after the longest time that a lease may have', async () => {
    const [world, bucket] = await withBucket();
    await world.settle(bucket.create('node.other', '{"leaseTime":1e300}'));
    await world.settle(bucket.create('room.CLUB', room('other')));
    await world.run(3_605_000);
    expect(await world.settle(bucket.get('node.other'))).toBeNull();
    expect(await world.settle(bucket.get('room.CLUB'))).toBeNull();
  }, 60_000);

  test('a lease is never longer than the longest that can be configured', async () => {
    const [world, bucket] = await withBucket();
    const own = await world.settle(bucket.get(`node.${world.members[0]!.cluster.id}`));
    const record = { ...JSON.parse(own?.text ?? ''), id: 'other', leaseTime: -1 };
    await world.settle(bucket.create('node.other', JSON.stringify(record)));
    await world.run(1000);
    // Not a lease that has run out, but a record that cannot be read.
    expect(await world.settle(bucket.get('node.other'))).not.toBeNull();
    expect(world.members[0]!.cluster.getNodes()).toHaveLength(1);
  });

  test('a record of a room that cannot be read is removed, and its code can be used', async () => {
    const [world, bucket] = await withBucket();
    await world.settle(bucket.create('room.CLUB', 'no JSON'));
    const made = world.members[0]!.cluster.createRoom('club', { code: 'CLUB' });
    expect(isFailure(await world.settle(made))).toBe(false);
    await world.settle(bucket.create('room.CLUB2', '{}'));
    await world.run(1000);
    expect(await world.settle(bucket.get('room.CLUB2'))).toBeNull();
  });

  test('a record of a room that cannot be read stays its owner’s while that lives', async () => {
    const [world, bucket] = await withBucket();
    const own = await world.settle(bucket.get(`node.${world.members[0]!.cluster.id}`));
    await world.settle(bucket.create('node.other', JSON.stringify({ ...JSON.parse(own?.text ?? ''), id: 'other' })));
    await world.settle(bucket.create('room.CLUB', '{"owner":"other","state":"hibernating"}'));
    const made = world.members[0]!.cluster.createRoom('club', { code: 'CLUB', where: 'here' });
    expect(await world.settle(made)).toMatchObject({ code: 'TICKPEER_ALREADY_IN_USE' });
    expect(world.members[0]!.cluster.getRooms()).toEqual([]);
  });
});
