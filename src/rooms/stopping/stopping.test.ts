import { describe, expect, test } from 'vitest';
import { type Guest, House, roomOf } from '../../../test/support/rooms.ts';
import { isFailure } from '../../failure.ts';
import type { Room } from '../room/room.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';
import type { RoomKinds } from '../room/room-kind.ts';

/** Lobbies and matches, and what their rooms were told, in order. */
function make(players = 0) {
  const told: string[] = [];
  const open = (room: Room) => ({
    onDrain: () => void told.push(`${room.kind} drains`),
    onClose: (reason: string) => void told.push(`${room.kind} closes: ${reason}`),
  });
  const kinds: RoomKinds = {
    lobby: { capacity: 100, opensByKind: true, open },
    match: { capacity: 4, opensByCode: true, match: { players: 2 }, open },
  };
  const house = new House<RoomKinds>({ kinds });
  const guests = Array.from({ length: players }, () => house.enter('/?kind=lobby'));
  return { house, told, guests };
}

const codeOf = (result: unknown): string | null => (isFailure(result) ? result.code : null);

/** How many connections have ended. */
const closedOf = (guests: readonly Guest[]): number => guests.filter(({ refusal }) => refusal !== null).length;

describe('drain()', () => {
  test('opens no more rooms, and lets clients into those that are open', () => {
    const { house, told } = make(1);
    const match = roomOf(house.rooms.create('match', { code: 'abc' }));
    house.rooms.drain();
    house.rooms.drain();
    expect([told, house.rooms.isDraining]).toEqual([['lobby drains', 'match drains'], true]);
    expect([house.rooms.create('match'), house.rooms.quickMatch('lobby', { filter: () => false })].map(codeOf)).toEqual(
      ['TICKPEER_STOPPING', 'TICKPEER_STOPPING'],
    );
    expect(codeOf(house.rooms.quickMatch('lobby'))).toBeNull();
    const [lobby, known, fresh] = ['/?kind=lobby', '/?room=abc', '/?room=new'].map((target) => house.guest(target)) as [
      Guest,
      Guest,
      Guest,
    ];
    house.settle();
    expect([lobby, known, fresh].map(({ refusal }) => refusal?.[0] ?? null)).toEqual([
      null,
      null,
      RoomCloseCode.STOPPING,
    ]);
    expect([match.players, house.rooms.roomCount]).toEqual([[known.id], 2]);
  });

  test('health checks are told that the server is not ready, until resume()', () => {
    const { house } = make();
    const { rooms, server } = house;
    rooms.resume();
    expect(server.isReady).toBe(true);
    rooms.drain();
    expect(server.isReady).toBe(false);
    rooms.resume();
    expect(server.isReady).toBe(true);
    // A program may decide for itself.
    rooms.drain();
    server.isReady = true;
    rooms.drain();
    expect(server.isReady).toBe(true);
    server.isReady = false;
    rooms.resume();
    rooms.resume();
    expect(server.isReady).toBe(true);
  });

  test('stop() tells health checks that the server is not ready, until the server itself stops', () => {
    const { house } = make();
    const { rooms, server } = house;
    roomOf(rooms.create('match', { code: 'abc' }));
    for (let count = 0; count < 3; count++) house.enter('/?room=abc');
    rooms.stop({ over: 30 });
    rooms.resume();
    expect([server.isReady, rooms.isStopped()]).toEqual([false, false]);
    for (let turn = 0; turn < 2000 && !rooms.isStopped(); turn++) house.settle(1);
    expect([server.isReady, rooms.isStopped()]).toEqual([true, true]);
  });

  test('a kind of which no room has a place: 4503', () => {
    const { house } = make();
    house.rooms.drain();
    const guest = house.guest('/?kind=lobby');
    house.settle();
    expect(guest.refusal?.[0]).toBe(RoomCloseCode.STOPPING);
  });

  test('makes no matches until resume()', () => {
    const { house, guests } = make(2);
    house.rooms.drain();
    for (const { id } of guests) expect(house.rooms.queue.join(id, 'match')).toBeNull();
    house.turn(2000);
    house.settle();
    expect([house.rooms.queue.size, house.rooms.roomCount]).toEqual([2, 1]);
    house.rooms.resume();
    house.settle();
    expect([house.rooms.queue.size, house.rooms.roomCount, house.rooms.isDraining]).toEqual([0, 2, false]);
    expect(codeOf(house.rooms.create('match'))).toBeNull();
  });

  test('an onDrain that throws is a fault of its room, and the others are told', () => {
    const told: string[] = [];
    const kinds: RoomKinds = {
      match: {
        capacity: 4,
        open: (room) => ({
          onDrain: () => {
            if (room.code === 'A') throw new Error('no');
            told.push(room.code);
          },
        }),
      },
    };
    const house = new House<RoomKinds>({ kinds });
    const [bad] = ['a', 'b'].map((code) => roomOf(house.rooms.create('match', { code }))) as [Room];
    house.rooms.drain();
    expect([told, bad.faults]).toEqual([['B'], 1]);
  });

  test('resume() after stop() has no effect', () => {
    const { house } = make();
    house.rooms.stop();
    house.rooms.resume();
    expect([house.rooms.isDraining, codeOf(house.rooms.create('match'))]).toEqual([true, 'TICKPEER_STOPPING']);
  });

  test('in `open`: that room is not opened', () => {
    const kinds: RoomKinds = { match: { capacity: 4, open: (room) => room.rooms.drain() } };
    const house = new House<RoomKinds>({ kinds });
    expect([codeOf(house.rooms.create('match')), house.rooms.roomCount]).toEqual(['TICKPEER_STOPPING', 0]);
  });
});

describe('stop({ over })', () => {
  test('closes the connections evenly over the time, rooms with few players first', () => {
    const { house, told, guests } = make(16);
    const lobby = house.rooms.roomOf(guests[0]!.id)!;
    const match = roomOf(house.rooms.create('match'));
    for (const { id } of guests.slice(0, 4)) expect(lobby.move(id, match)).toBeNull();
    house.settle();
    house.rooms.stop({ over: 32, reason: 'an update' });
    const counts: number[] = [];
    for (let second = 0; second < 31; second++) {
      for (let n = 0; n < 25; n++) house.turn(40);
      counts.push(closedOf(guests));
    }
    // 16 connections in 32 s: one every 2 s.
    for (const [second, count] of counts.entries()) {
      expect(Math.abs(count - (second + 1) / 2), `${count} after ${second + 1} s`).toBeLessThanOrEqual(1);
    }
    expect([told[0], match.isClosed, house.rooms.isStopped()]).toEqual(['match closes: an update', true, false]);
    for (let n = 0; n < 50; n++) house.turn(40);
    expect([told, closedOf(guests), house.rooms.isStopped()]).toEqual([
      ['match closes: an update', 'lobby closes: an update'],
      16,
      true,
    ]);
    expect(new Set(guests.map(({ refusal }) => `${refusal}`))).toEqual(
      new Set([`${RoomCloseCode.STOPPING},an update`]),
    );
  });

  test('refuses newcomers at once, and moves go on', () => {
    const { house, guests } = make(4);
    const [ada] = guests as [Guest];
    const lobby = house.rooms.roomOf(ada.id)!;
    const match = roomOf(house.rooms.create('match'));
    house.rooms.stop({ over: 1000 });
    const late = house.guest('/?kind=lobby');
    expect(lobby.move(ada.id, match)).toBeNull();
    house.settle();
    expect([late.refusal?.[0], match.players]).toEqual([RoomCloseCode.STOPPING, [ada.id]]);
  });

  test('without players it is over at once', () => {
    const { house, told } = make();
    house.rooms.create('match');
    house.rooms.stop({ over: 1000 });
    expect([told, house.rooms.isStopped()]).toEqual([['match closes: the server stops'], true]);
  });

  test('a second stop() takes its place: also for the connections of rooms that have closed', () => {
    const { house, told, guests } = make(8);
    house.rooms.stop({ over: 80 });
    for (let n = 0; n < 300; n++) house.turn(40);
    expect([told, closedOf(guests)]).toEqual([['lobby closes: the server stops'], 1]);
    house.rooms.stop({ reason: 'now' });
    house.settle();
    expect([closedOf(guests), house.rooms.isStopped(), told.length]).toEqual([8, true, 1]);
    expect(guests.filter(({ refusal }) => refusal?.[1] === 'now')).toHaveLength(7);
  });

  test('a room that its program closes meanwhile, or whose players leave, is not closed twice', () => {
    const { house, told, guests } = make(2);
    const lobby = house.rooms.roomOf(guests[0]!.id)!;
    house.rooms.stop({ over: 100 });
    house.turn();
    lobby.close('early');
    guests[1]!.peer.close();
    house.settle();
    expect([told, house.rooms.isStopped()]).toEqual([['lobby closes: early'], true]);
  });

  test('onClose may stop again, move everybody, and throw', () => {
    const kinds: RoomKinds = {
      lobby: { capacity: 100, opensByKind: true, open: () => ({}) },
      match: {
        capacity: 4,
        open: (room) => ({
          onClose: () => {
            for (const id of room.players) room.move(id, lobby);
            room.rooms.stop();
            throw new Error('after all');
          },
        }),
      },
    };
    const house = new House<RoomKinds>({ kinds });
    const lobby = roomOf(house.rooms.create('lobby'));
    const match = roomOf(house.rooms.create('match'));
    const guests = Array.from({ length: 3 }, () => house.enter(`/?room=${match.code}`));
    house.rooms.stop({ over: 3 });
    for (let n = 0; n < 100; n++) house.turn(40);
    expect([closedOf(guests), house.rooms.isStopped(), house.rooms.playerCount, match.faults]).toEqual([3, true, 0, 1]);
  });

  test.each([
    [-0.001, RangeError],
    [Number.NaN, RangeError],
    [Number.POSITIVE_INFINITY, RangeError],
  ])('over %d throws, and nothing stops', (over, error) => {
    const { house } = make();
    expect(() => house.rooms.stop({ over })).toThrow(error);
    expect(house.rooms.isDraining).toBe(false);
  });
});
