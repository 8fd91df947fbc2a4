import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Guest, House, roomOf } from '../../test/support/rooms.ts';
import { always, rpc, scene, synchronizer } from '../multiplayer/index.ts';
import { int, string } from '../variant/index.ts';
import type { Room } from './room/room.ts';
import { RoomCloseCode } from './room/room-close-code.ts';
import type { RoomKind, RoomKinds } from './room/room-kind.ts';

/** A game whose players talk in each room, and what was said where. */
function talk() {
  const said: string[] = [];
  const open = (room: Room) =>
    room.multiplayer.node('Main', {
      say: rpc.anyPeer([string], (id, text) => {
        said.push(`${room.code} ${id}: ${text}`);
        return undefined;
      }),
    });
  return { said, open };
}

describe('rooms', () => {
  test('players of one room see each other, and those of another one do not', () => {
    const { said, open } = talk();
    const house = new House({ kinds: { match: { capacity: 4, open } } });
    const [red, blue] = [roomOf(house.rooms.create('match')), roomOf(house.rooms.create('match'))];
    const [ada, bob, cyd] = [red, red, blue].map(({ code }) => house.enter(`/play?room=${code}`)) as [
      Guest,
      Guest,
      Guest,
    ];
    expect([ada.others, bob.others, cyd.others]).toEqual([[bob.id], [ada.id], []]);
    expect([red.players, blue.players, red.taken]).toEqual([[ada.id, bob.id], [cyd.id], 2]);
    const nodes = [ada, cyd].map(({ multiplayer }) => multiplayer.node('Main', { say: rpc.anyPeer([string]) }));
    for (const node of nodes) node.say.rpcId(1, 'hello');
    house.settle();
    expect(said.sort()).toEqual([`${red.code} ${ada.id}: hello`, `${blue.code} ${cyd.id}: hello`].sort());
    expect(house.rooms.roomOf(ada.id)).toBe(red);
    bob.peer.close();
    house.settle();
    expect([ada.news(), red.players, house.rooms.playerCount]).toEqual([
      [`+1`, `+${bob.id}`, `-${bob.id}`],
      [ada.id],
      2,
    ]);
  });

  test.each([
    ['?room=', (code: string) => `/play?room=${code}`],
    ['?room=, in small letters', (code: string) => `/?room=${code.toLowerCase()}`],
    ['with a space', (code: string) => `/?room=%20${code}+`],
    ['/room/', (code: string) => `/play/room/${code}`],
  ])('a client enters by its URL: %s', (_, target) => {
    const house = new House({ kinds: { match: { capacity: 4, open: () => ({}) } } });
    const room = roomOf(house.rooms.create('match'));
    const guest = house.enter(target(room.code));
    expect(room.players).toEqual([guest.id]);
  });
});

/** Rooms of one kind, whose ticks are recorded. */
function ticking(kind: Partial<RoomKind> = {}) {
  const deltas: number[] = [];
  const closes: string[] = [];
  let run = (): void => {};
  const open = () => ({
    onTick: (delta: number) => {
      deltas.push(delta);
      run();
    },
    onClose: (reason: string) => void closes.push(reason),
  });
  const house = new House<RoomKinds>({ kinds: { match: { capacity: 4, tickRate: 10, open, ...kind } } });
  const room = roomOf(house.rooms.create('match', { code: 'abc' }));
  const failures: string[] = [];
  house.rooms.roomFailed.connect(
    (failed, error, count) =>
      void failures.push(`${failed.code} ${error instanceof Error ? error.message : ''} ${count}`),
  );
  return {
    house,
    room,
    deltas,
    closes,
    failures,
    setRun: (next: () => void) => {
      run = next;
    },
  };
}

describe('the ticks of a room', () => {
  test('are as many as its rate says, however often it is polled, and none without players', () => {
    const { house, deltas } = ticking();
    house.settle(100);
    expect(deltas).toEqual([]);
    const guest = house.enter('/?room=abc');
    const before = deltas.length;
    for (let n = 0; n < 1000; n++) house.turn(10); // 10 s
    expect(deltas.length - before).toBeGreaterThanOrEqual(99);
    expect(deltas.length - before).toBeLessThanOrEqual(101);
    expect(deltas[0]).toBeCloseTo(0.1);
    expect(deltas.slice(1).reduce((sum, delta) => sum + delta, 0) / (deltas.length - 1)).toBeCloseTo(0.1, 2);
    guest.peer.close();
    house.settle();
    const after = deltas.length;
    house.settle(50);
    expect(deltas).toHaveLength(after);
  });

  test('that were missed are not made up for; delta says how long it was', () => {
    const { house, deltas } = ticking();
    house.enter('/?room=abc');
    const before = deltas.length;
    house.turn(1000);
    house.turn(100);
    expect(deltas.length - before).toBe(2);
    expect(deltas[before]).toBeGreaterThanOrEqual(1);
  });

  test('of several rooms do not all fall into one poll', () => {
    const at: number[] = [];
    const house = new House<RoomKinds>({
      kinds: {
        match: {
          capacity: 1,
          tickRate: 10,
          opensByKind: true,
          open: () => ({ onTick: () => void at.push(house.clock.now()) }),
        },
      },
    });
    for (let n = 0; n < 10; n++) house.guest('/?kind=match');
    house.settle();
    at.length = 0;
    for (let n = 0; n < 10; n++) house.turn(10);
    expect(at).toHaveLength(10);
    expect(new Set(at).size).toBeGreaterThanOrEqual(6);
  });

  test('send what onTick has changed, in the same tick', () => {
    const unit = scene('res://unit.tscn', { Sync: synchronizer({ n: always(int) }) });
    const house = new House<RoomKinds>({
      kinds: {
        match: {
          capacity: 1,
          tickRate: 10,
          open: (room) => {
            const node = unit.instantiate({ name: 'Unit' });
            room.multiplayer.addChild('.', node);
            return {
              onTick: () => {
                node.n++;
              },
            };
          },
        },
      },
    });
    house.rooms.create('match', { code: 'abc' });
    const guest = house.guest('/?room=abc');
    const node = unit.instantiate({ name: 'Unit' });
    guest.multiplayer.addChild('.', node);
    house.settle(30);
    const first = node.n;
    for (let n = 0; n < 100; n++) house.turn(10);
    expect(node.n - first).toBe(10);
  });
});

describe('the life of a room', () => {
  test.each([
    ['created', 29_900, false],
    ['created', 30_100, true],
    ['left', 29_900, false],
    ['left', 30_100, true],
  ])('%s %i ms ago: closed is %s', (how, milliseconds, isClosed) => {
    const { house, room, closes } = ticking();
    if (how === 'left') {
      house.clock.advance(29_000);
      const guest = house.enter('/?room=abc');
      house.clock.advance(29_000);
      guest.peer.close();
      while (room.taken > 0) house.turn(1);
    }
    house.clock.advance(milliseconds);
    house.rooms.poll();
    expect([room.isClosed, closes, house.rooms.find('abc')]).toEqual(
      isClosed ? [true, ['nobody was in the room'], null] : [false, [], room],
    );
  });

  test('without an end: idleTime Infinity; at once: 0', () => {
    const forever = ticking({ idleTime: Number.POSITIVE_INFINITY });
    forever.house.clock.advance(1e9);
    forever.house.rooms.poll();
    expect(forever.room.isClosed).toBe(false);
    const brief = ticking({ idleTime: 0 });
    brief.house.rooms.poll();
    expect(brief.room.isClosed).toBe(true);
  });

  test('a room that closes tells its players, last what onClose has sent', () => {
    const { house, room } = ticking({
      open: (opened) => ({ onClose: () => void opened.multiplayer.sendBytes(Uint8Array.of(7)) }),
    });
    const closed: string[] = [];
    house.rooms.roomClosed.connect(({ code }, reason) => void closed.push(`${code} ${reason}`));
    const guest = house.enter('/?room=abc');
    const got: number[] = [];
    guest.multiplayer.peerPacket.connect((_, bytes) => void got.push(...bytes));
    room.close('the match is over');
    room.close('again');
    house.settle();
    expect([guest.refusal, got, closed]).toEqual([
      [RoomCloseCode.CLOSED, 'the match is over'],
      [7],
      ['ABC the match is over'],
    ]);
    expect([room.isClosed, room.players, room.hasPlace, house.rooms.roomCount, house.rooms.playerCount]).toEqual([
      true,
      [],
      false,
      0,
      0,
    ]);
  });

  test('a player that is kicked hears why, and the others see it leave', () => {
    const { house, room } = ticking();
    const [ada, bob] = [house.enter('/?room=abc'), house.enter('/?room=abc')];
    room.kick(ada.id, 'bad words');
    room.kick(99);
    house.settle();
    expect([ada.refusal, room.players, bob.news().at(-1)]).toEqual([
      [RoomCloseCode.REFUSED, 'bad words'],
      [bob.id],
      `-${ada.id}`,
    ]);
    expect(() => room.kick(bob.id, '', 1000)).toThrow(RangeError);
  });

  test('create() refuses a code that is used, and throws for what cannot be', () => {
    const { house } = ticking();
    expect(house.rooms.create('match', { code: 'ABC' })).toMatchObject({ code: 'TICKPEER_ALREADY_IN_USE' });
    expect(() => house.rooms.create('match', { code: 'a b' })).toThrow(TypeError);
    expect(() => house.rooms.create('x')).toThrow(TypeError);
    expect(() =>
      ticking({
        open: () => {
          throw new Error('no map');
        },
      }),
    ).toThrow('no map');
  });

  test('the tick channel has each tick and its duration, for those who subscribe', () => {
    const { house, room } = ticking();
    house.enter('/?room=abc');
    const ticks: unknown[] = [];
    const hear = (message: unknown): void => void ticks.push(message);
    subscribe('tickpeer:rooms:tick', hear);
    onTestFinished(() => void unsubscribe('tickpeer:rooms:tick', hear));
    house.turn(100);
    house.turn(100);
    expect(ticks).toEqual(
      Array.from({ length: 2 }, () => ({ rooms: house.rooms, room, duration: expect.any(Number) })),
    );
    expect(ticks.every((tick) => (tick as { duration: number }).duration > 0)).toBe(true);
  });

  test('list(), getRooms() and find() have the open rooms', () => {
    const { house, room } = ticking();
    const hidden = roomOf(house.rooms.create('match', { metadata: { map: 'ice' } }));
    expect(house.rooms.list(({ metadata }) => metadata.map === 'ice')).toEqual([hidden]);
    hidden.isListed = false;
    expect(house.rooms.getRooms()).toEqual([room, hidden]);
    expect([house.rooms.list(), house.rooms.find(hidden.code.toLowerCase()), house.rooms.find('')]).toEqual([
      [room],
      hidden,
      null,
    ]);
  });

  test.each<[string, Partial<RoomKind>]>([
    ['capacity', { capacity: 0 }],
    ['tickRate', { tickRate: 0 }],
    ['tickRate', { tickRate: 1001 }],
    ['idleTime', { idleTime: -1 }],
    ['mostFaults', { mostFaults: -1 }],
    ['match', { match: { players: 5 } }],
    ['match', { match: { players: 2, leastPlayers: 3 } }],
    ['patience', { match: { patience: -1 } }],
  ])('a kind with a wrong %s throws: %j', (_, kind) => {
    expect(() => ticking(kind)).toThrow(RangeError);
  });
});

describe('a room whose handlers throw', () => {
  test('is reported, and the others go on', () => {
    const { house, room, failures, setRun, deltas } = ticking();
    const main = room.multiplayer.node('Main', {
      fail: rpc.anyPeer([], () => {
        throw new Error('in a call');
      }),
      say: rpc.anyPeer([string], () => {}),
    });
    expect(main.fail).toBeDefined();
    const other = roomOf(house.rooms.create('match'));
    const heard: string[] = [];
    other.multiplayer.node('Main', { say: rpc.anyPeer([string], (_, text) => void heard.push(text)) });
    const [ada, bob] = [house.enter('/?room=abc'), house.enter(`/?room=${other.code}`)];
    const faults: unknown[] = [];
    const hear = (message: unknown): void => void faults.push(message);
    subscribe('tickpeer:rooms:fault', hear);
    onTestFinished(() => void unsubscribe('tickpeer:rooms:fault', hear));
    const failing = ada.multiplayer.node('Main', { fail: rpc.anyPeer([]), say: rpc.anyPeer([string]) });
    failing.fail.rpcId(1);
    failing.fail.rpcId(1);
    bob.multiplayer.node('Main', { say: rpc.anyPeer([string]) }).say.rpcId(1, 'hello');
    house.settle();
    expect([failures.map((text) => text.slice(0, 3)), heard, room.faults, faults.length]).toEqual([
      ['ABC', 'ABC'],
      ['hello'],
      2,
      2,
    ]);
    setRun(() => {
      setRun(() => {});
      throw new Error('in a tick');
    });
    const before = deltas.length;
    house.settle();
    expect([failures.at(-1), room.players]).toEqual([expect.stringContaining(' in a tick '), [ada.id]]);
    expect(deltas.length).toBeGreaterThan(before + 2);
  });

  test.each([
    [1, false],
    [2, false],
    [3, true],
  ])('mostFaults 2: after %i faults it is closed: %s', (count, isClosed) => {
    const { house, room, setRun } = ticking({ mostFaults: 2 });
    const guest = house.enter('/?room=abc');
    let left = count;
    setRun(() => {
      if (left-- > 0) throw new Error('x');
    });
    house.settle(30);
    expect([room.isClosed, guest.refusal]).toEqual([
      isClosed,
      isClosed ? [RoomCloseCode.CLOSED, 'too many faults'] : null,
    ]);
  });

  test('so is what it throws at a message of another room; one without onMessage ignores it', () => {
    const got: unknown[] = [];
    const onMessage = (message: unknown, from: string): void => {
      got.push([message, from]);
      if (message === 'bad') throw new Error('bad');
    };
    const house = new House({
      kinds: { match: { capacity: 4, open: () => ({ onMessage }) }, lobby: { capacity: 4, open: () => ({}) } },
    });
    const reports: string[] = [];
    house.rooms.roomFailed.connect((room, error, count) => void reports.push(`${room.code} ${error} ${count}`));
    const room = roomOf(house.rooms.create('match', { code: 'red' }));
    for (const message of ['bad', { n: 1 }]) room.inside.receiveMessage(message, 'BLUE');
    roomOf(house.rooms.create('lobby')).inside.receiveMessage('bad', '');
    expect(got).toEqual([
      ['bad', 'BLUE'],
      [{ n: 1 }, 'BLUE'],
    ]);
    expect(reports).toEqual(['RED Error: bad 1']);
  });

  test('what a handler of roomFailed throws is thrown by poll(), after all rooms', () => {
    const { house, setRun, deltas } = ticking();
    house.enter('/?room=abc');
    setRun(() => {
      setRun(() => {});
      throw new Error('first');
    });
    house.rooms.roomFailed.connect(() => {
      throw new Error('in the report');
    });
    expect(() => house.settle()).toThrow('in the report');
    const before = deltas.length;
    house.settle();
    expect(deltas.length).toBeGreaterThan(before);
  });
});

describe('quickMatch()', () => {
  test('takes the fullest room with a place, that is listed, not locked, and fits; or makes one', () => {
    const { house, room } = ticking();
    const { rooms } = house;
    const [full, half] = [
      roomOf(rooms.create('match', { code: 'full' })),
      roomOf(rooms.create('match', { code: 'half' })),
    ];
    for (let n = 0; n < 4; n++) house.enter('/?room=full');
    for (let n = 0; n < 2; n++) house.enter('/?room=half');
    expect(rooms.quickMatch('match')).toBe(half);
    half.isLocked = true;
    expect(rooms.quickMatch('match')).toBe(room);
    room.isListed = false;
    full.capacity = 5;
    expect(rooms.quickMatch('match')).toBe(full);
    const made = rooms.quickMatch('match', {
      filter: ({ metadata }) => metadata.map === 'ice',
      metadata: { map: 'ice' },
    });
    expect(made).toMatchObject({ metadata: { map: 'ice' } });
    expect(rooms.quickMatch('match', { filter: ({ metadata }) => metadata.map === 'ice' })).toBe(made);
  });
});

describe('stop()', () => {
  test('closes every room and every connection with the reason, and makes no more', () => {
    const { house, room, closes } = ticking();
    const other = roomOf(house.rooms.create('match'));
    const guests = [house.enter('/?room=abc'), house.enter(`/?room=${other.code}`)];
    room.move(guests[0]!.id, other);
    house.rooms.stop({ reason: 'an update', timeLimit: 5 });
    expect([house.rooms.isStopped(), house.rooms.create('match')]).toMatchObject([
      false,
      { code: 'TICKPEER_STOPPING' },
    ]);
    house.settle();
    expect(guests.map(({ refusal }) => refusal)).toEqual([
      [RoomCloseCode.STOPPING, 'an update'],
      [RoomCloseCode.STOPPING, 'an update'],
    ]);
    expect([closes, house.rooms.isStopped(), house.rooms.roomCount]).toEqual([['an update', 'an update'], true, 0]);
  });

  test('drops who does not close within the time limit', () => {
    const { house } = ticking();
    house.enter('/?room=abc').isAsleep = true;
    house.guests.pop(); // its stream is no longer polled
    house.rooms.stop({ timeLimit: 5 });
    house.turn(4900);
    expect(house.rooms.isStopped()).toBe(false);
    house.turn(200);
    expect(house.rooms.isStopped()).toBe(true);
    expect(() => house.rooms.stop({ timeLimit: -1 })).toThrow(RangeError);
  });
});
