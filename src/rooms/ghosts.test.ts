import { describe, expect, test } from 'vitest';
import { type Guest, House, roomOf } from '../../test/support/rooms.ts';
import { isFailure } from '../failure.ts';
import { rpc } from '../multiplayer/index.ts';
import { int } from '../variant/index.ts';
import type { Room } from './room/room.ts';
import { RoomCloseCode } from './room/room-close-code.ts';
import type { RoomKinds } from './room/room-kind.ts';

/** A room that ticks every 10 s, one that ticks every 40 ms, and what was said where. */
function slowAndFast(onMove: (room: Room, id: number) => void = () => {}) {
  const said: string[] = [];
  const open = (room: Room) =>
    room.multiplayer.node('Main', {
      say: rpc.anyPeer([int], (id, n) => void said.push(`${room.code} ${id}: ${n}`)),
      go: rpc.anyPeer([], (id) => onMove(room, id)),
    });
  const kinds: RoomKinds = { slow: { capacity: 4, tickRate: 0.1, open }, fast: { capacity: 4, tickRate: 25, open } };
  const house = new House<RoomKinds>({ kinds });
  const slow = roomOf(house.rooms.create('slow', { code: 'slow' }));
  const fast = roomOf(house.rooms.create('fast', { code: 'fast' }));
  /** Time for a tick of the slow room. */
  const wait = (): void => house.settle(260);
  const join = (code: string) => {
    const guest = house.enter(`/?room=${code}`);
    if (code === 'slow') wait();
    const main = guest.multiplayer.node('Main', { say: rpc.anyPeer([int]), go: rpc.anyPeer([]) });
    return Object.assign(guest, { main });
  };
  return { house, slow, fast, said, join, wait };
}

/** That nothing is left of players who have gone. */
function expectEmpty(house: House<RoomKinds>, ...rooms: readonly Room[]): void {
  expect(rooms.map(({ players, taken, arriving }) => [players, taken, arriving])).toEqual(rooms.map(() => [[], 0, []]));
  expect([house.rooms.playerCount, house.rooms.queue.size, house.server.getPeerCount()]).toEqual([0, 0, 0]);
}

describe('a player that moves away between two ticks of a slow room', () => {
  test('is heard in the next room, although the old one has not looked at its packets', () => {
    const { house, slow, fast, said, join } = slowAndFast();
    const [ada] = [join('slow'), join('slow')];
    ada.main.say.rpcId(1, 1);
    house.settle(5);
    expect(said).toEqual([]); // the tick is still to come
    slow.move(ada.id, fast);
    house.settle(20);
    expect(fast.players).toEqual([ada.id]);
    ada.main.say.rpcId(1, 2);
    house.settle(5);
    expect(said).toEqual([`FAST ${ada.id}: 2`]);
  });

  test('is seen to leave the next room', () => {
    const { house, slow, fast, join } = slowAndFast();
    const [ada, bob, cyd] = [join('slow'), join('slow'), join('fast')];
    ada.main.say.rpcId(1, 1);
    house.settle(5);
    slow.move(ada.id, fast);
    house.settle(20);
    ada.peer.close();
    house.settle(20);
    expect([fast.players, fast.taken, slow.players, cyd.others]).toEqual([[cyd.id], 1, [bob.id], []]);
  });

  test('and is on its way when its connection ends: its place is free at once', () => {
    const { house, slow, fast, join } = slowAndFast();
    const [ada, bob] = [join('slow'), join('slow')];
    slow.move(ada.id, fast);
    ada.peer.close();
    house.settle(3);
    expect([slow.players, fast.taken, house.rooms.playerCount, bob.others]).toEqual([[bob.id], 0, 1, []]);
  });

  test('to a slow room, and leaves before that has ticked', () => {
    const { house, slow, fast, join, wait } = slowAndFast();
    const [bob, ada] = [join('slow'), join('fast')];
    fast.move(ada.id, slow);
    house.settle(20);
    expect([slow.players, slow.arriving, slow.taken]).toEqual([[bob.id], [ada.id], 2]);
    ada.peer.close();
    wait();
    expect([slow.players, slow.taken, bob.others, house.rooms.playerCount]).toEqual([[bob.id], 1, [], 1]);
  });

  test('although its connection has ended', () => {
    const { house, slow, fast, join } = slowAndFast();
    const [ada, bob] = [join('slow'), join('slow')];
    ada.peer.close();
    house.settle(5);
    expect(slow.players).toContain(ada.id); // the tick is still to come
    expect(slow.move(ada.id, fast)).toBeNull();
    house.settle(5);
    expect([slow.players, fast.taken, house.rooms.playerCount]).toEqual([[bob.id], 0, 1]);
    bob.peer.close();
    house.settle(260);
    expectEmpty(house, slow, fast);
  });
});

describe('a client that is gone before the first tick that it would see', () => {
  test('leaves nothing behind', () => {
    const { house, slow, fast, join, wait } = slowAndFast();
    const bob = join('slow');
    const guest = house.guest('/?room=slow');
    house.settle(5);
    expect(slow.arriving).toHaveLength(1);
    guest.socket.close();
    wait();
    expect([bob.news(), slow.players, slow.taken]).toEqual([['+1'], [bob.id], 1]);
    bob.peer.close();
    wait();
    expectEmpty(house, slow, fast);
  });

  test('because it is kicked', () => {
    const { house, slow, fast, join, wait } = slowAndFast();
    join('slow').peer.close();
    const guest = house.guest('/?room=slow');
    house.settle(5);
    for (const id of slow.arriving) slow.kick(id, 'no');
    wait();
    expect(guest.refusal).toEqual([RoomCloseCode.REFUSED, 'no']);
    expectEmpty(house, slow, fast);
  });
});

describe('a player that is disconnected by the multiplayer', () => {
  test.each([false, true])(
    'peer.disconnectPeer(id, force %s) frees its place, and the others see it leave',
    (force) => {
      const { house, fast, slow, join } = slowAndFast();
      const [ada, bob] = [join('fast'), join('fast')];
      fast.multiplayer.multiplayerPeer!.disconnectPeer(ada.id, force);
      house.settle();
      expect([fast.players, fast.taken, bob.others, house.rooms.playerCount]).toEqual([[bob.id], 1, [], 1]);
      fast.multiplayer.disconnectPeer(bob.id);
      house.settle();
      expectEmpty(house, fast, slow);
    },
  );

  test('while it is authenticated', () => {
    const kinds: RoomKinds = {
      match: {
        capacity: 1,
        open: (room) => {
          room.multiplayer.authCallback = () => {};
        },
      },
    };
    const house = new House<RoomKinds>({ kinds });
    const room = roomOf(house.rooms.create('match', { code: 'abc' }));
    const guest = house.guest('/?room=abc');
    house.settle(20);
    expect([room.players, room.arriving.length, room.hasPlace]).toEqual([[], 1, false]);
    const [id = 0] = room.arriving;
    expect([house.rooms.roomOf(id), room.move(id, room)?.code]).toEqual([null, 'TICKPEER_UNKNOWN_PEER']);
    house.settle(100); // authTimeout
    expect([room.taken, guest.refusal !== null, house.rooms.playerCount]).toEqual([0, true, 0]);
  });
});

describe('moves during moves', () => {
  test('a player on its way is in no room, and cannot be moved again', () => {
    const { house, slow, fast, join } = slowAndFast();
    const ada = join('fast');
    fast.move(ada.id, slow);
    expect([fast.move(ada.id, slow), slow.move(ada.id, fast)].map((failure) => failure?.code)).toEqual([
      'TICKPEER_UNKNOWN_PEER',
      'TICKPEER_UNKNOWN_PEER',
    ]);
    expect([house.rooms.roomOf(ada.id), slow.arriving, fast.taken]).toEqual([null, [ada.id], 0]);
  });

  test('a handler moves its caller, and is called again before the game knows', () => {
    const { slow, fast, join, wait } = slowAndFast((room, id) => void room.move(id, room === fast ? slow : fast));
    const ada = join('fast');
    for (let n = 0; n < 5; n++) ada.main.go.rpcId(1);
    wait();
    expect([slow.players, fast.taken]).toEqual([[ada.id], 0]);
  });

  test('peerConnected moves on, round after round, until the player leaves', () => {
    const open = (room: Room): void =>
      room.multiplayer.peerConnected.connect((id) => {
        const next = house.rooms.find(room.code === 'A' ? 'b' : 'a')!;
        expect(room.move(id, next)).toBeNull();
      });
    const house = new House<RoomKinds>({ kinds: { match: { capacity: 2, open } } });
    const rooms = ['a', 'b'].map((code) => roomOf(house.rooms.create('match', { code })));
    const [ada, bob] = [house.guest('/?room=a'), house.guest('/?room=b')] as [Guest, Guest];
    house.settle(100);
    expect(rooms.map(({ faults }) => faults)).toEqual([0, 0]);
    expect(house.rooms.playerCount).toBe(2);
    for (const { socket } of [ada, bob]) socket.close();
    house.settle();
    expectEmpty(house, ...rooms);
  });

  test('peerDisconnected of the old room closes the new one', () => {
    const { house, slow, fast, join } = slowAndFast();
    const ada = join('slow');
    slow.multiplayer.peerDisconnected.connect(() => fast.close('by the old room'));
    expect(slow.move(ada.id, fast)).toBeNull();
    house.settle();
    expect(ada.refusal).toEqual([RoomCloseCode.CLOSED, 'by the old room']);
    expectEmpty(house, slow);
  });

  test('both rooms close while a player is on its way', () => {
    const { house, slow, fast, join } = slowAndFast();
    const ada = join('slow');
    slow.move(ada.id, fast);
    slow.close('old');
    fast.close('new');
    house.settle();
    expect(ada.refusal).toEqual([RoomCloseCode.CLOSED, 'new']);
    expectEmpty(house);
  });

  test('into a room that has just closed', () => {
    const { house, slow, join } = slowAndFast();
    const ada = join('slow');
    const closing = roomOf(house.rooms.create('fast'));
    const codes: (string | undefined)[] = [];
    house.rooms.roomClosed.connect(() => codes.push(slow.move(ada.id, closing)?.code));
    closing.close();
    expect(codes).toEqual(['TICKPEER_ROOM_CLOSED']);
    expect(slow.players).toEqual([ada.id]);
  });
});

describe('rooms that are full', () => {
  test.each([
    [3, 0],
    [4, 0],
    [5, 1],
  ])('%i of 4 that come in the same poll, some of them by a move', (count, refused) => {
    const { house, fast, slow, join } = slowAndFast();
    const movers = [join('slow'), join('slow')];
    const guests = Array.from({ length: count - 2 }, () => house.guest('/?room=fast'));
    for (const { id } of movers) expect(slow.move(id, fast)).toBeNull();
    house.settle(20);
    expect([fast.players.length, fast.taken, guests.filter(({ refusal }) => refusal !== null).length]).toEqual([
      Math.min(count, 4),
      Math.min(count, 4),
      refused,
    ]);
  });

  test('a quick match counts those that come in the same poll', () => {
    const kinds: RoomKinds = { lobby: { capacity: 3, opensByKind: true, open: () => ({}) } };
    const house = new House<RoomKinds>({ kinds });
    for (let n = 0; n < 7; n++) house.guest('/?kind=lobby');
    house.settle();
    expect(house.rooms.getRooms().map(({ players }) => players.length)).toEqual([3, 3, 1]);
  });
});

describe('`open`', () => {
  const tries: [string, (room: Room) => unknown, number, number][] = [
    ['throws', () => JSON.parse('x'), 1011, 1],
    ['closes its room', (room) => room.close(), RoomCloseCode.CLOSED, 0],
    [
      'closes its room and throws',
      (room) => {
        room.close();
        throw new Error('after all');
      },
      1011,
      1,
    ],
  ];
  test.each(tries)('%s: no room, no ghost, and poll() does not throw', (_, open, code, faults) => {
    const kinds: RoomKinds = { match: { capacity: 4, opensByCode: true, opensByKind: true, open } };
    const house = new House<RoomKinds>({ kinds });
    const [told, closed]: [string[], string[]] = [[], []];
    house.rooms.roomFailed.connect((room) => void told.push(room.code));
    house.rooms.roomClosed.connect((room) => void closed.push(room.code));
    const guests = ['/?room=abc', '/?kind=match'].map((target) => house.guest(target));
    house.settle();
    expect(guests.map(({ refusal }) => refusal?.[0])).toEqual([code, code]);
    expect([told.length, closed, house.rooms.roomCount]).toEqual([2 * faults, [], 0]);
    expectEmpty(house);
  });

  test('kicks, moves players into its room, and makes the same room again', () => {
    const results: unknown[] = [];
    const kinds: RoomKinds = {
      lobby: { capacity: 4, open: () => ({}) },
      match: {
        capacity: 4,
        open: (room) => {
          room.kick(ada.id);
          lobby.kick(bob.id, 'in open');
          results.push(lobby.move(ada.id, room)?.code);
          const same = room.rooms.create('lobby', { code: room.code });
          results.push(isFailure(same) ? same.code : 'made');
        },
      },
    };
    const house = new House<RoomKinds>({ kinds });
    const lobby = roomOf(house.rooms.create('lobby', { code: 'l' }));
    const [ada, bob] = [house.enter('/?room=l'), house.enter('/?room=l')];
    const match = roomOf(house.rooms.create('match', { code: 'm' }));
    house.settle();
    expect(results).toEqual(['TICKPEER_ROOM_CLOSED', 'TICKPEER_ALREADY_IN_USE']);
    expect([lobby.players, match.taken, bob.refusal?.[1], house.rooms.find('m')]).toEqual([
      [ada.id],
      0,
      'in open',
      match,
    ]);
  });

  test.each([
    [1, 2, null],
    [2, 2, 'TICKPEER_ROOM_LIMIT'],
  ])('rooms that are made in it count for the limit: %i inside of %i', (depth, rooms, code) => {
    let left = depth;
    const results: (string | null)[] = [];
    const kinds: RoomKinds = {
      match: {
        capacity: 4,
        open: (room) => {
          if (left-- === 0) return;
          const made = room.rooms.create('match');
          results.push(isFailure(made) ? made.code : null);
        },
      },
    };
    const house = new House<RoomKinds>({ kinds, limits: { rooms } });
    roomOf(house.rooms.create('match'));
    expect(results[0]).toBe(code);
    expect(house.rooms.roomCount).toBeLessThanOrEqual(rooms);
  });
});

describe('handlers and filters that throw', () => {
  test('a filter, in a call and in a handler of a room', () => {
    const filter = (): boolean => {
      throw new Error('in the filter');
    };
    const { house, fast, join } = slowAndFast((room) => void room.rooms.list(filter));
    const told: unknown[] = [];
    house.rooms.roomFailed.connect((room) => void told.push(room));
    expect(() => house.rooms.list(filter)).toThrow('in the filter');
    expect(() => house.rooms.quickMatch('fast', { filter })).toThrow('in the filter');
    join('fast').main.go.rpcId(1);
    house.settle();
    expect(told).toEqual([fast]);
  });

  test('onClose that throws after moving everybody', () => {
    const kinds: RoomKinds = {
      lobby: { capacity: 4, open: () => ({}) },
      match: {
        capacity: 4,
        open: (room) => ({
          onClose: () => {
            for (const id of room.players) room.move(id, lobby);
            throw new Error('after all');
          },
        }),
      },
    };
    const house = new House<RoomKinds>({ kinds });
    const lobby = roomOf(house.rooms.create('lobby'));
    const match = roomOf(house.rooms.create('match', { code: 'm' }));
    const guests = [house.enter('/?room=m'), house.enter('/?room=m')];
    match.close();
    house.settle();
    expect([match.faults, lobby.players, match.players, match.taken]).toEqual([1, guests.map(({ id }) => id), [], 0]);
  });
});

describe('many rooms', () => {
  test.each([
    [999, 999],
    [1000, 1000],
    [1001, 1000],
  ])('with limits.rooms 1000, %i creates make %i', (creates, made) => {
    const kinds: RoomKinds = { match: { capacity: 1, open: () => ({}) } };
    const house = new House<RoomKinds>({ kinds, limits: { rooms: 1000 } });
    const results = Array.from({ length: creates }, () => house.rooms.create('match'));
    expect(results.filter((result) => !isFailure(result))).toHaveLength(made);
    expect(new Set(house.rooms.getRooms().map(({ code }) => code)).size).toBe(made);
    house.turn(31_000);
    expect(house.rooms.roomCount).toBe(0);
  });
});
