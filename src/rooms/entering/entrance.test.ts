import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Guest, House, roomOf } from '../../../test/support/rooms.ts';
import type { EntryRefusedMessage } from '../diagnostics.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';
import type { RoomKinds } from '../room/room-kind.ts';
import type { RoomsOptions } from '../rooms-options.ts';

const open = () => ({});

/** The code and the reason of a client's close, once that has arrived. */
function refusalOf(house: House<RoomKinds>, guest: Guest): readonly [number, string] | null {
  house.settle();
  return guest.refusal;
}

/** Rooms, of which one has the code ABC. */
function make(options: Partial<RoomsOptions<RoomKinds>> = {}) {
  const kinds: RoomKinds = { match: { capacity: 4, open } };
  const house = new House<RoomKinds>({ kinds, ...options });
  const room = roomOf(house.rooms.create('match', { code: 'abc' }));
  return { house, room };
}

describe('a client that is refused learns why, and gets no id', () => {
  test.each<[string, Partial<RoomsOptions<RoomKinds>>, string, number, string]>([
    ['an unknown code', {}, '/?room=XYZ', RoomCloseCode.UNKNOWN_ROOM, 'there is no room XYZ'],
    ['a text that is no code', {}, '/?room=a%20b', RoomCloseCode.BAD_REQUEST, 'that is no code of a room'],
    ['a code that is too long', {}, `/?room=${'A'.repeat(33)}`, RoomCloseCode.BAD_REQUEST, 'that is no code of a room'],
    ['no room', {}, '/', RoomCloseCode.BAD_REQUEST, 'the URL asks for no room'],
    ['a kind that needs a code', {}, '/?kind=match', RoomCloseCode.BAD_REQUEST, 'a room of that kind needs a code'],
    ['an unknown kind', {}, '/?kind=x', RoomCloseCode.BAD_REQUEST, 'a room of that kind needs a code'],
    ['no version', { versions: ['2'] }, '/?room=ABC', RoomCloseCode.WRONG_VERSION, 'version 2 is needed'],
    [
      'another version',
      { versions: ['2', '3'] },
      '/?room=ABC&version=1',
      RoomCloseCode.WRONG_VERSION,
      'version 2 or 3 is needed',
    ],
    ['what enter says', { enter: () => ({ code: 4001, reason: 'banned' }) }, '/?room=ABC', 4001, 'banned'],
  ])('%s', (_, options, target, code, reason) => {
    const { house, room } = make(options);
    const told: EntryRefusedMessage[] = [];
    const hear = (message: unknown): void => void told.push(message as EntryRefusedMessage); // nothing else comes on this channel
    subscribe('tickpeer:rooms:refused', hear);
    onTestFinished(() => void unsubscribe('tickpeer:rooms:refused', hear));
    const guest = house.guest(target);
    expect(refusalOf(house, guest)).toEqual([code, reason]);
    expect([guest.id, guest.news(), room.taken, house.rooms.playerCount]).toEqual([0, [], 0, 0]);
    expect(told).toMatchObject([{ rooms: house.rooms, code, reason }]);
  });

  test.each([3, 4, 5])('a room of 4: client %i', (count) => {
    const { house, room } = make();
    for (let n = 1; n < count; n++) house.enter('/?room=ABC');
    const last = house.guest('/?room=ABC');
    expect(refusalOf(house, last)).toEqual(count > 4 ? [RoomCloseCode.FULL, 'the room is full'] : null);
    expect(room.players).toHaveLength(Math.min(count, 4));
  });

  test('a locked room, a closed one, and a server that stops', () => {
    const { house, room } = make({ enter: () => room });
    room.isLocked = true;
    expect(refusalOf(house, house.guest('/'))).toEqual([RoomCloseCode.FULL, 'the room is locked']);
    room.close();
    expect(refusalOf(house, house.guest('/'))).toEqual([RoomCloseCode.CLOSED, 'the room is closed']);
  });

  test('an error of enter: 1011, and poll() throws it', () => {
    const { house } = make({
      enter: () => {
        throw new Error('no database');
      },
    });
    const guest = house.guest('/?room=ABC');
    expect(() => house.settle()).toThrow('no database');
    expect(refusalOf(house, guest)?.[0]).toBe(1011);
  });

  test('a refusal with a code that no application may use throws', () => {
    const { house } = make({ enter: () => ({ code: 1000, reason: '' }) });
    house.guest('/');
    expect(() => house.settle()).toThrow(RangeError);
  });
});

describe('which room a client enters', () => {
  test('a code that no room has opens one, where a kind allows that', () => {
    const kinds: RoomKinds = { match: { capacity: 4, open }, party: { capacity: 9, opensByCode: true, open } };
    const house = new House<RoomKinds>({ kinds });
    const [ada, bob] = [house.enter('/?room=our-own'), house.enter('/?room=OUR-OWN&kind=match')];
    expect(house.rooms.find('Our-Own')).toMatchObject({ kind: 'party', players: [ada.id, bob.id] });
    expect(refusalOf(house, house.guest('/?room=other&kind=match'))?.[0]).toBe(RoomCloseCode.UNKNOWN_ROOM);
  });

  test('a kind alone: the fullest room with a place, otherwise a new one', () => {
    const kinds: RoomKinds = { lobby: { capacity: 2, opensByKind: true, open } };
    const house = new House<RoomKinds>({ kinds });
    for (let n = 0; n < 3; n++) house.enter('/?kind=lobby');
    expect(house.rooms.list().map(({ players }) => players.length)).toEqual([2, 1]);
  });

  test('enter decides, or leaves it to the URL', () => {
    const asked: unknown[] = [];
    const { house, room } = make({
      enter: (request) => {
        const { code, kind, version, parameters, address } = request;
        asked.push([code, kind, version, parameters.get('x'), address]);
        return request.kind === 'any' ? room : null;
      },
    });
    const guests = [house.enter('/?kind=any&version=3&x=%C3%A4'), house.enter('/?room=abc')];
    expect(room.players).toEqual(guests.map(({ id }) => id));
    expect(asked).toEqual([
      ['', 'any', '3', 'ä', ''],
      ['ABC', '', '', null, ''],
    ]);
  });
});
