import { describe, expect, test } from 'vitest';
import { type Guest, House, roomOf } from '../../test/support/rooms.ts';
import { rpc } from '../multiplayer/index.ts';
import { string } from '../variant/index.ts';
import type { Room } from './room.ts';

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
    expect(said).toEqual([`${red.code} ${ada.id}: hello`, `${blue.code} ${cyd.id}: hello`]);
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
