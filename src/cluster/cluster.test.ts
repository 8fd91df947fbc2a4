import { describe, expect, test } from 'vitest';
import { ClusterParty, type Member } from '../../test/support/cluster-party.ts';
import { type Failure, isFailure } from '../failure.ts';
import { type Room, RoomCloseCode } from '../rooms/index.ts';
import { Cluster } from './cluster.ts';
import { checkClusterOptions } from './cluster-options.ts';
import type { ClusterRoom } from './cluster-room.ts';

const FOREVER = Number.POSITIVE_INFINITY;

class Counter {
  points: number;
  readonly heard: [unknown, string][] = [];

  constructor(saved: unknown) {
    this.points = typeof saved === 'number' ? saved : 0;
  }

  save(): number {
    return this.points;
  }

  onMessage(message: unknown, from: string): void {
    this.heard.push([message, from]);
  }
}

const kinds = {
  match: { capacity: 2, idleTime: FOREVER, open: () => ({}) },
  club: { capacity: 4, idleTime: FOREVER, opensByCode: true, open: (_: Room, saved: unknown) => new Counter(saved) },
};

async function party(count: number): Promise<readonly [ClusterParty, ...Member[]]> {
  const made = new ClusterParty(kinds);
  for (let index = 0; index < count; index++) await made.join();
  return [made, ...made.members];
}

function made(result: ClusterRoom | Failure): ClusterRoom {
  if (isFailure(result)) throw new Error(result.message);
  return result;
}

const codeOf = (result: ClusterRoom | Failure): string => result.code;

describe('rooms of several processes', () => {
  test('a room that one process makes is listed and found by all, until it closes', async () => {
    const [world, one, two] = await party(2);
    const room = one!.rooms.create('match', { metadata: { map: 'ice' } });
    if (isFailure(room)) throw new Error(room.message);
    await world.run(200);
    for (const { cluster } of [one!, two!]) {
      expect(cluster.list(({ metadata }) => metadata['map'] === 'ice')).toMatchObject([
        { code: room.code, kind: 'match', node: one!.cluster.id, capacity: 2, taken: 0 },
      ]);
      expect(cluster.find(room.code.toLowerCase())?.code).toBe(room.code);
    }
    room.close();
    await world.run(200);
    expect(two!.cluster.getRooms()).toEqual([]);
  });

  test('what changes of a room is told within a second, and nothing is written for one that does not change', async () => {
    const [world, one, two] = await party(2);
    const room = one!.rooms.create('match');
    if (isFailure(room)) throw new Error(room.message);
    await world.run(1500);
    const { revision } = world.broker;
    room.isLocked = true;
    room.metadata = { map: 'sand' };
    await world.run(1200);
    expect(two!.cluster.find(room.code)).toMatchObject({ isLocked: true, metadata: { map: 'sand' } });
    // One write for the room; the others are renewals of the leases.
    const written = [...world.broker.bucket('tickpeer').latest.values()].filter((entry) => entry.revision > revision);
    expect(written.filter(({ key }) => key.startsWith('room.')).map(({ key }) => key)).toEqual([`room.${room.code}`]);
  });

  test('of two processes that open the same code, one has it, and the other is told so', async () => {
    const [world, one, two] = await party(2);
    const both = [one!, two!].map(({ cluster }) => cluster.createRoom('club', { code: 'CLUB', where: 'here' }));
    const results = await world.settle(Promise.all(both));
    expect(results.map(codeOf).sort()).toEqual(['CLUB', 'TICKPEER_ALREADY_IN_USE']);
    expect([one!, two!].flatMap(({ rooms }) => rooms.getRooms()).length).toBe(1);
  });

  test('a code that was not claimed cannot be opened by Rooms alone', async () => {
    const [, one] = await party(1);
    expect(one!.rooms.create('club', { code: 'CLUB' })).toMatchObject({ code: 'TICKPEER_CLUSTER' });
  });

  test('a request makes one room, whoever asks and however often', async () => {
    const [world, one, two, three] = await party(3);
    const ask = (member: Member) => member.cluster.createRoom('match', { request: 'match 17' });
    const results = await world.settle(Promise.all([one!, two!, three!, one!, two!].map(ask)));
    const codes = new Set(results.map((result) => made(result).code));
    expect(codes.size).toBe(1);
    const later = await world.settle(ask(three!));
    expect(made(later).code).toBe([...codes][0]);
    expect(world.members.flatMap(({ rooms }) => rooms.getRooms()).length).toBe(1);
  });

  test('a kind that there is not, and an open() that throws, are failures', async () => {
    const [world, one] = await party(1);
    const result = await world.settle(one!.cluster.createRoom('chess'));
    expect(result).toMatchObject({ code: 'TICKPEER_ROOM_FAILED', message: expect.stringContaining('chess') });
    expect(() => one!.cluster.createRoom('match', { code: 'ö' })).toThrow(TypeError);
  });

  test('without a connection another process is not asked, and the failure says that there is no room', async () => {
    const [world, one, two] = await party(2);
    one!.rooms.drain();
    await world.run(200);
    one!.line.cut();
    const result = await world.settle(one!.cluster.createRoom('match'));
    expect(result).toMatchObject({
      code: 'TICKPEER_CLUSTER',
      message: expect.stringContaining('the room was not made'),
    });
    expect(two!.rooms.roomCount).toBe(0);
  });

  test('rooms go to the process with the fewest players', async () => {
    const [world, one, two] = await party(2);
    for (let index = 0; index < 5; index++) {
      const room = one!.rooms.create('club');
      if (isFailure(room)) throw new Error(room.message);
      for (let seat = 0; seat < 2; seat++) world.client(one!, `/?room=${room.code}`);
      await world.run(100);
    }
    await world.run(3000);
    expect(
      one!.cluster
        .getNodes()
        .map(({ players }) => players)
        .sort(),
    ).toEqual([0, 10]);
    expect(one!.cluster.playerCount).toBe(10);
    const result = await world.settle(one!.cluster.createRoom('match'));
    expect(made(result).node).toBe(two!.cluster.id);
  });

  test('quickMatch finds the fullest room of all processes, and makes one where there is none', async () => {
    const [world, one, two] = await party(2);
    const first = made(await world.settle(one!.cluster.quickMatch('match', { metadata: { map: 'ice' } })));
    await world.run(200);
    const filter = ({ metadata }: ClusterRoom): boolean => metadata['map'] === 'ice';
    expect(made(await world.settle(two!.cluster.quickMatch('match', { filter }))).code).toBe(first.code);
    const other = made(await world.settle(two!.cluster.quickMatch('match', { filter: () => false })));
    expect(other.code).not.toBe(first.code);
  });

  test('a burst of rooms uses up the reserved codes, and more are reserved', async () => {
    const [world, one] = await party(1);
    const make = (): string => {
      const room = one!.rooms.create('match');
      return isFailure(room) ? room.code : 'made';
    };
    expect([make(), make(), make()]).toEqual(['made', 'made', 'TICKPEER_CLUSTER']);
    await world.run(200);
    expect([make(), make(), make(), make()]).toEqual(['made', 'made', 'made', 'made']);
  });
});

describe('messages', () => {
  test('a room gets what rooms of other processes send it, in order, and broadcasts', async () => {
    const [world, one, two] = await party(2);
    const room = made(await world.settle(two!.cluster.createRoom('club', { code: 'CLUB', where: 'here' })));
    await world.run(100);
    const sent = [1, 2, 3].map((message) => one!.cluster.mail.send('club', { message }, { from: 'ABCDE' }));
    expect(await world.settle(Promise.all(sent))).toEqual([null, null, null]);
    expect(one!.cluster.mail.broadcast('noon', { kind: 'club' })).toBeNull();
    await world.run(100);
    const { heard } = two!.rooms.find(room.code)!.logic as Counter;
    const numbers = [1, 2, 3].map((message) => [{ message }, 'ABCDE']);
    expect(heard).toEqual([...numbers, ['noon', '']]);
    expect(await world.settle(one!.cluster.mail.send('NOBODY', 1))).toMatchObject({ code: 'TICKPEER_ROOM_CLOSED' });
  });
});

describe('the end of a lease', () => {
  test('a process that is cut off closes its rooms before another one can have them', async () => {
    const [world, one, two] = await party(2);
    made(await world.settle(one!.cluster.createRoom('club', { code: 'CLUB', where: 'here' })));
    const client = world.client(one!, '/?room=CLUB');
    await world.run(2500);
    const counter = one!.rooms.find('CLUB')?.logic as Counter;
    counter.points = 7;
    await world.run(2000); // it is saved
    counter.points = 8;
    const lost: string[] = [];
    one!.cluster.leaseLost.connect((id) => void lost.push(id));
    const { id } = one!.cluster;
    one!.line.cut();
    let ownersAtOnce = 0;
    for (let step = 0; step < 200; step++) {
      void two!.cluster.createRoom('club', { code: 'CLUB', where: 'here' });
      await world.run(100);
      const has = [one!, two!].filter(
        ({ rooms, cluster }) => cluster.directory.mayRun() && rooms.find('CLUB') !== null,
      );
      ownersAtOnce = Math.max(ownersAtOnce, has.length);
    }
    expect(ownersAtOnce).toBe(1);
    expect(lost).toEqual([id]);
    expect([client.getCloseCode(), client.getCloseReason()]).toEqual([
      RoomCloseCode.STOPPING,
      'the process has lost its place in the cluster',
    ]);
    expect(two!.rooms.find('CLUB')).not.toBeNull();
    one!.line.heal();
    await world.run(3000);
    // It is a member again, with another id.
    expect(one!.cluster.id).not.toBeNull();
    expect(one!.cluster.id).not.toBe(id);
    expect(one!.cluster.getNodes().length).toBe(2);
  });

  test('the rooms of a process that has died are gone from the list, and open again with what was saved', async () => {
    const [world, one, two] = await party(2);
    made(await world.settle(one!.cluster.createRoom('club', { code: 'CLUB', where: 'here' })));
    world.client(one!, '/?room=CLUB');
    await world.run(200);
    (one!.rooms.find('CLUB')?.logic as Counter).points = 7;
    await world.run(2500);
    one!.isRunning = false;
    one!.line.close();
    await world.run(11_000);
    expect(two!.cluster.getRooms()).toEqual([]);
    expect(two!.cluster.getNodes().map(({ id }) => id)).toEqual([two!.cluster.id]);
    await world.settle(two!.cluster.createRoom('club', { code: 'OTHER', where: 'here' }));
    const client = world.client(two!, '/?room=CLUB');
    await world.run(500);
    // Nobody has claimed it for the client: that is what the front does.
    expect(client.getCloseCode()).toBe(RoomCloseCode.STOPPING);
  });

  test('a process that leaves saves its rooms and gives them back at once', async () => {
    const [world, one, two] = await party(2);
    made(await world.settle(one!.cluster.createRoom('club', { code: 'CLUB', where: 'here' })));
    await world.run(200);
    (one!.rooms.find('CLUB')?.logic as Counter).points = 9;
    one!.cluster.leave({ timeLimit: 1 });
    for (let passed = 0; !one!.cluster.hasLeft && passed < 5000; passed += 100) await world.run(100);
    expect(one!.cluster.hasLeft).toBe(true);
    await world.run(100);
    expect(two!.cluster.getNodes().length).toBe(1);
    expect(
      [...world.broker.bucket('tickpeer').latest.values()].filter(
        ({ key, text }) => key === 'room.CLUB' && text !== null,
      ),
    ).toEqual([]);
    const [stored] = world.broker.bucket('tickpeer-saves').latest.values();
    expect(stored?.text).toContain('"data":9');
  });

  test('a room that is opened again while the last save of the one before has no answer keeps its record', async () => {
    let answer = (): void => undefined;
    let hasAnswered = false;
    const put = (): Promise<void> =>
      new Promise((resolve) => {
        answer = resolve;
        if (hasAnswered) resolve();
      });
    const saving = { store: { put, get: () => null, delete: () => undefined, list: () => [] }, interval: 1 };
    const world = new ClusterParty(kinds, { saving });
    const one = await world.join();
    const two = await world.join();
    const open = () => one.cluster.createRoom('club', { code: 'CLUB', where: 'here' });
    made(await world.settle(open()));
    world.client(one, '/?room=CLUB');
    await world.run(2000);
    one.line.cut();
    while (one.cluster.id !== null) await world.run(100);
    one.line.heal();
    let opened = await world.settle(open());
    for (let tries = 0; isFailure(opened) && tries < 100; tries++) {
      await world.run(200);
      opened = await world.settle(open());
    }
    made(opened);
    hasAnswered = true;
    answer();
    await world.run(2000);
    expect(one.rooms.find('CLUB')).not.toBeNull();
    expect(two.cluster.find('CLUB')?.node).toBe(one.cluster.id);
  });

  test('a room whose record somebody removes is closed', async () => {
    const [world, one] = await party(1);
    made(await world.settle(one!.cluster.createRoom('club', { code: 'CLUB', where: 'here' })));
    await world.run(200);
    const lost: string[] = [];
    one!.cluster.roomLost.connect((code) => void lost.push(code));
    const bucket = await world.settle(world.broker.connect().openBucket('tickpeer'));
    const entry = await world.settle(bucket.get('room.CLUB'));
    await world.settle(bucket.delete('room.CLUB', entry?.revision ?? 0));
    await world.run(100);
    expect([lost, one!.rooms.find('CLUB')]).toEqual([['CLUB'], null]);
  });
});

describe('options', () => {
  const address = { host: '10.0.0.5', port: 7000 };
  test.each([
    ['leaseTime', [1, 3600], [0.99, 3600.1, Number.NaN]],
    ['reservedCodes', [1, 1024], [0, 1025, 1.5]],
    ['waitTime', [0, 60], [-0.1, 60.1]],
  ])('%s', (name, allowed, refused) => {
    for (const value of allowed) expect(() => checkClusterOptions({ address, [name]: value })).not.toThrow();
    for (const value of refused) expect(() => checkClusterOptions({ address, [name]: value })).toThrow(RangeError);
  });

  test('address, name and label', async () => {
    for (const port of [1, 65_535]) expect(() => checkClusterOptions({ address: { ...address, port } })).not.toThrow();
    for (const port of [0, 65_536])
      expect(() => checkClusterOptions({ address: { ...address, port } })).toThrow(RangeError);
    expect(() => checkClusterOptions({ address, name: 'a'.repeat(64), label: 'b'.repeat(255) })).not.toThrow();
    expect(() => checkClusterOptions({ address, name: 'a'.repeat(65) })).toThrow(RangeError);
    expect(() => checkClusterOptions({ address, name: 'a.b' })).toThrow(RangeError);
    expect(() => checkClusterOptions({ address, label: 'b'.repeat(256) })).toThrow(RangeError);
    await expect(Cluster.join({} as never, { address: { host: '', port: 1 } })).rejects.toThrow(TypeError);
  });
});
