import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { ClusterParty } from '../../test/support/cluster-party.ts';
import type { Room } from '../rooms/index.ts';
import { Cluster } from './cluster.ts';

const FOREVER = Number.POSITIVE_INFINITY;

class Club {
  points: number;
  constructor(saved: unknown) {
    this.points = typeof saved === 'number' ? saved : 0;
  }
  save(): number {
    return this.points;
  }
}

const kinds = {
  club: { capacity: 4, idleTime: FOREVER, opensByCode: true, open: (_: Room, saved: unknown) => new Club(saved) },
};

const clubOf = (room: Room | null): Club => room?.logic as Club;

describe('handlers that throw', () => {
  test('what a handler of roomLost throws comes out of poll, and the room is closed', async () => {
    const world = new ClusterParty(kinds);
    const { cluster, rooms } = await world.join();
    await world.settle(cluster.createRoom('club', { code: 'CLUB' }));
    await world.run(200);
    cluster.roomLost.connect(() => {
      throw new Error('of the handler');
    });
    const bucket = await world.settle(world.broker.connect().openBucket('tickpeer'));
    const entry = await world.settle(bucket.get('room.CLUB'));
    void bucket.delete('room.CLUB', entry?.revision ?? 0);
    await expect(world.run(100)).rejects.toThrow('of the handler');
    expect(rooms.find('CLUB')).toBeNull();
    await world.run(100);
  });
});

describe('processes that serve no rooms', () => {
  test('none is asked to open one', async () => {
    const world = new ClusterParty(kinds);
    const one = await world.join();
    const { clock } = world;
    const address = { host: '127.0.0.1', port: 9 };
    const wallClock = (): number => clock.now();
    const lobby = await world.settle(Cluster.join(world.broker.connect(), { address, clock, wallClock }));
    await world.run(100);
    expect(one.cluster.getNodes().find(({ id }) => id === lobby.id)).toMatchObject({ isDraining: true });
    expect(await world.settle(lobby.createRoom('club'))).toMatchObject({ node: one.cluster.id });
  });
});

describe('options at their limits', () => {
  test('waitTime 0', async () => {
    const world = new ClusterParty(kinds);
    await expect(world.join({ waitTime: 0 })).resolves.toBeDefined();
  });
});

describe('a lease that ends during a save', () => {
  test('the room opens again as others have saved it, and not as the save that was lost', async () => {
    const world = new ClusterParty(kinds);
    const one = await world.join({ leaseTime: 1 });
    const two = await world.join({ leaseTime: 1 });
    await world.settle(one.cluster.createRoom('club', { code: 'CLUB', where: 'here' }));
    await world.run(200);
    clubOf(one.rooms.find('CLUB')).points = 1;
    one.line.cut();
    const client = world.client(one, '/?room=CLUB');
    await world.run(200);
    client.close();
    await world.run(1000); // the lease has ended, and a save is still waiting for its answer
    expect(one.rooms.find('CLUB')).toBeNull();
    one.line.heal();
    await world.run(400);
    expect(one.rooms.isSaving('CLUB')).toBe(false);
    expect(two.cluster.find('CLUB')).toBeNull();
  });
});

describe('a room of unlimited capacity', () => {
  test('stays open, and is listed everywhere', async () => {
    const world = new ClusterParty({ hall: { capacity: FOREVER, idleTime: FOREVER, open: () => ({}) } });
    const [one, two] = [await world.join(), await world.join()];
    const room = one.rooms.create('hall');
    await world.run(200);
    expect([one.rooms.getRooms(), room]).toEqual([[room], room]);
    expect(two.cluster.list()).toMatchObject([{ code: room.code, capacity: FOREVER }]);
    one.rooms.drain();
    await world.run(200);
    expect(await world.settle(one.cluster.createRoom('hall'))).toMatchObject({
      node: two.cluster.id,
      capacity: FOREVER,
    });
  });
});

describe('metadata that cannot be told to the others', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  test.each([
    ['too large', { text: 'x'.repeat(16_384) }],
    ['without JSON', { count: 1n }],
    ['cyclic', cyclic],
    ['no object', 'ice' as unknown as Record<string, unknown>],
  ])('%s: the room is listed without it, and the fault is published once', async (_, metadata) => {
    const faults: unknown[] = [];
    const onFault = (message: unknown): void => void faults.push(message);
    subscribe('tickpeer:cluster:fault', onFault);
    const world = new ClusterParty(kinds);
    const [one, two] = [await world.join(), await world.join()];
    expect(() => void one.cluster.createRoom('club', { metadata })).toThrow(/metadata|BigInt|circular/);
    const room = one.rooms.create('club', { metadata });
    await world.run(3000);
    unsubscribe('tickpeer:cluster:fault', onFault);
    expect(two.cluster.list()).toMatchObject([{ code: room.code, metadata: {} }]);
    expect(faults).toHaveLength(1);
    expect(() => void one.cluster.createRoom('club', { request: 'x'.repeat(1025) })).toThrow(RangeError);
  });
});
