import { describe, expect, test } from 'vitest';
import { type Guest, House, roomOf } from '../../../test/support/rooms.ts';
import type { RoomsLimits } from '../limits/rooms-limits.ts';
import type { Room } from '../room/room.ts';
import type { MatchRules, RoomKind, RoomKinds } from '../room/room-kind.ts';

/** A lobby with players, who can wait for matches. */
function lobby(
  players: number,
  match: MatchRules = {},
  limits: RoomsLimits = {},
  options: Partial<RoomKind> = {},
  open: () => unknown = () => ({}),
) {
  const kinds: RoomKinds = {
    lobby: { capacity: 100, opensByKind: true, open: () => ({}), ...options },
    match: { capacity: 4, match, open },
  };
  const house = new House<RoomKinds>({ kinds, limits });
  const guests = Array.from({ length: players }, () => house.enter('/?kind=lobby'));
  const { queue } = house.rooms;
  const matches: [Room, readonly number[], string][] = [];
  queue.matched.connect((room, ids, group) => void matches.push([room, ids, group]));
  const idsOf = (...some: readonly Guest[]): number[] => some.map(({ id }) => id);
  return { house, guests, queue, matches, idsOf };
}

describe('the queue', () => {
  test.each([
    [3, 0, 3],
    [4, 1, 0],
    [5, 1, 1],
    [8, 2, 0],
  ])('%i players for matches of 4: %i matches, and %i wait', (count, made, waiting) => {
    const { house, guests, queue, matches, idsOf } = lobby(count);
    for (const { id } of guests) expect(queue.join(id, 'match')).toBeNull();
    house.settle();
    expect([matches.length, queue.size, queue.waiting('match')]).toEqual([made, waiting, waiting]);
    // Those who have waited longest come first.
    expect(matches.map(([{ players }]) => players)).toEqual(
      Array.from({ length: made }, (_, n) => idsOf(...guests.slice(4 * n, 4 * n + 4))),
    );
  });

  test('only players of one group are matched', () => {
    const { house, guests, queue, matches, idsOf } = lobby(3, { players: 2 });
    const [ada, bob, cyd] = guests as [Guest, Guest, Guest];
    for (const [{ id }, group] of [
      [ada, 'duel'],
      [bob, 'race'],
      [cyd, 'duel'],
    ] as const)
      queue.join(id, 'match', group);
    house.settle();
    expect(matches).toMatchObject([[{ metadata: { group: 'duel' } }, idsOf(ada, cyd), 'duel']]);
    expect([queue.waiting('match', 'race'), queue.waiting('match', 'duel'), queue.has(bob.id)]).toEqual([1, 0, true]);
  });

  test.each([
    [1, 5100, 0],
    [2, 4800, 0],
    [2, 5100, 1],
  ])('with patience 5 and at least 2 of 4, %i players after %i ms: %i matches', (count, milliseconds, made) => {
    const { house, guests, queue, matches } = lobby(count, { leastPlayers: 2, patience: 5 });
    for (const { id } of guests) queue.join(id, 'match');
    house.turn(milliseconds);
    expect(matches).toHaveLength(made);
  });

  test('who leaves, moves, or takes its name back no longer waits', () => {
    const { house, guests, queue } = lobby(4, { players: 4 });
    const [ada, bob, cyd, dan] = guests as [Guest, Guest, Guest, Guest];
    for (const { id } of [ada, bob, cyd]) queue.join(id, 'match');
    expect([queue.leave(ada.id), queue.leave(ada.id)]).toEqual([true, false]);
    bob.peer.close();
    house.rooms.roomOf(cyd.id)!.move(cyd.id, roomOf(house.rooms.create('match')));
    house.settle();
    expect([queue.size, queue.join(dan.id, 'match')]).toEqual([0, null]);
  });

  test('what the queue refuses', () => {
    const { guests, queue } = lobby(3, { players: 4 }, { waitingPlayers: 2 });
    const [ada, bob, cyd] = guests as [Guest, Guest, Guest];
    expect([queue.join(99, 'match'), queue.join(ada.id, 'match'), queue.join(ada.id, 'match')].map(codeOf)).toEqual([
      'TICKPEER_UNKNOWN_PEER',
      null,
      'TICKPEER_ALREADY_IN_USE',
    ]);
    expect([queue.join(bob.id, 'match'), queue.join(cyd.id, 'match')].map(codeOf)).toEqual([
      null,
      'TICKPEER_ROOM_LIMIT',
    ]);
    queue.leave(ada.id);
    expect(queue.join(cyd.id, 'match')).toBeNull();
    expect(() => queue.join(ada.id, 'x')).toThrow(TypeError);
  });

  test('a player whose connection has ended is in no match, although its room has not noticed yet', () => {
    const { house, guests, queue, matches, idsOf } = lobby(3, { players: 2 }, {}, { tickRate: 0.1 });
    const [ada, bob, cyd] = guests as [Guest, Guest, Guest];
    house.settle(260); // they enter with a tick of the lobby
    ada.peer.close();
    house.rooms.drain(); // no matches meanwhile
    house.settle(5);
    for (const { id } of [ada, bob, cyd]) expect(queue.join(id, 'match')).toBeNull();
    house.rooms.resume();
    house.turn();
    expect([matches.length, matches[0]?.[1], queue.size]).toEqual([1, idsOf(bob, cyd), 0]);
  });

  test.each([
    ['fills it', fill, 1],
    ['closes it', (room: Room) => room.close(), 0],
  ])('a handler of matched that %s: those without a place wait again, in their order', (_, act, players) => {
    const { house, guests, queue, matches, idsOf } = lobby(3, { players: 2 });
    const [ada, bob, cyd] = guests as [Guest, Guest, Guest];
    queue.matched.connect((room) => {
      if (matches.length === 1) act(room);
    });
    for (const { id } of [ada, bob]) queue.join(id, 'match');
    house.turn();
    const waiting = players === 1 ? [bob] : [ada, bob];
    expect([matches.length, waiting.map(({ id }) => queue.has(id)), queue.size]).toEqual([
      1,
      waiting.map(() => true),
      waiting.length,
    ]);
    queue.join(cyd.id, 'match');
    house.turn(900);
    expect(matches).toHaveLength(1);
    house.turn(200);
    expect([matches.length, matches[1]?.[1]]).toEqual([2, players === 1 ? idsOf(bob, cyd) : idsOf(ada, bob)]);
  });

  test('a match whose room cannot be opened is reported, and tried again', () => {
    const faults: string[] = [];
    const { house, guests, queue, matches } = lobby(2, { players: 2 }, {}, {}, () => {
      if (faults.length < 2) throw new Error('no map');
    });
    house.rooms.roomFailed.connect((_, error) => void faults.push((error as Error).message));
    for (const { id } of guests) queue.join(id, 'match');
    house.turn();
    expect([faults, queue.size]).toEqual([['no map'], 2]);
    house.turn(900);
    expect(faults).toHaveLength(1);
    house.turn(200);
    house.turn(1100);
    expect([faults.length, matches.length, queue.size]).toEqual([2, 1, 0]);
  });

  test('players keep waiting while there can be no more rooms', () => {
    const { house, guests, queue, matches } = lobby(2, { players: 2 }, { rooms: 2 });
    const other = roomOf(house.rooms.create('match'));
    for (const { id } of guests) queue.join(id, 'match');
    house.settle();
    expect([matches.length, queue.size]).toEqual([0, 2]);
    other.close();
    house.turn(1100);
    expect([matches.length, queue.size]).toEqual([1, 0]);
  });
});

/** Leaves one place. */
function fill(room: Room): void {
  room.capacity = 1;
}

function codeOf(failure: { readonly code: string } | null): string | null {
  return failure?.code ?? null;
}
