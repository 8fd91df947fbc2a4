import { describe, expect, test } from 'vitest';
import { declare, type Guest, House, roomOf } from '../../test/support/rooms.ts';
import { rpc } from '../multiplayer/index.ts';
import { string } from '../variant/index.ts';
import type { Room } from './index.ts';
import { RoomCloseCode } from './index.ts';

/** Rooms whose players come back. */
function start(options: { capacity?: number; graceTime?: number; limits?: { players?: number } } = {}) {
  const { capacity = 3, graceTime = 5, limits = {} } = options;
  const told: string[] = [];
  const house = new House({
    kinds: {
      match: {
        capacity,
        idleTime: 2,
        returning: { graceTime },
        open: (room) => {
          const { peerAway, peerBack, peerDisconnected } = room.multiplayer;
          peerAway.connect((id) => void told.push(`${room.code} away ${id}`));
          peerBack.connect((id, lost) => void told.push(`${room.code} back ${id} ${lost}`));
          peerDisconnected.connect((id) => void told.push(`${room.code} - ${id}`));
          return declare(room.multiplayer, 'Main', { say: rpc.authority([string]) });
        },
      },
    },
    limits,
  });
  const create = (code: string) => roomOf(house.rooms.create('match', { code }));
  const news = (): string[] => told.splice(0);
  const cut = (guest: Guest): void => {
    guest.stream.breakBoth();
    house.settle(3);
  };
  const tokenOf = (room: Room, { id }: Guest): string => {
    const token = room.multiplayer.getReturnToken(id);
    if (token === null) throw new Error(`${id} has no token`);
    return token;
  };
  const refused = (target: string) => {
    const guest = house.guest(target);
    house.settle();
    return guest.refusal?.[0];
  };
  return { house, create, news, cut, tokenOf, refused };
}

describe('a player whose connection was cut', () => {
  test('comes back into its room by its token alone, with its id, and gets what it has missed', () => {
    const { house, create, news, cut, tokenOf } = start();
    const red = create('red');
    create('blue');
    const [ada, bob] = [house.enter('/?room=red'), house.enter('/?room=red')];
    const { id } = ada;
    const token = tokenOf(red, ada);
    bob.news();
    cut(ada);
    expect(news()).toEqual([`RED away ${id}`]);
    expect([red.taken, red.players, house.rooms.playerCount]).toEqual([2, [id, bob.id], 2]);
    expect(house.rooms.roomOf(id)).toBe(red);
    red.logic.say.rpcId(id, 'missed'); // waits
    const heard: string[] = [];
    const again = house.guest(`/?token=${token}`);
    declare(again.multiplayer, 'Main', { say: rpc.authority([string], (_, text) => void heard.push(text)) });
    house.settle();
    expect([again.id, again.others, heard]).toEqual([id, [bob.id], ['missed']]);
    expect(news()).toEqual([`RED back ${id} 0`]);
    expect([red.taken, house.rooms.playerCount, bob.news()]).toEqual([2, 2, []]);
  });

  test('keeps its place in a full and locked room, whatever the limits', () => {
    const { house, create, news, cut, tokenOf, refused } = start({ capacity: 2, limits: { players: 2 } });
    const red = create('red');
    const [ada] = [house.enter('/?room=red'), house.enter('/?room=red')];
    const token = tokenOf(red, ada);
    cut(ada);
    expect(refused('/?room=red')).toBe(RoomCloseCode.TOO_MANY);
    red.isLocked = true;
    news();
    house.enter(`/?room=red&token=${token}`);
    expect(news()).toEqual([`RED back ${ada.id} 0`]);
  });

  test('has no place for others in its room', () => {
    const { house, create, cut, tokenOf, refused } = start({ capacity: 1 });
    const red = create('red');
    const ada = house.enter('/?room=red');
    tokenOf(red, ada);
    cut(ada);
    expect(refused('/?room=red')).toBe(RoomCloseCode.FULL);
    expect(red.hasPlace).toBe(false);
  });

  test('leaves when its time is over, and then the room is empty and closes', () => {
    const { house, create, news, cut, tokenOf, refused } = start({ graceTime: 5 });
    const red = create('red');
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    cut(ada);
    news();
    house.settle(100); // 4 seconds
    expect([red.isClosed, red.taken, news()]).toEqual([false, 1, []]);
    house.settle(40);
    expect([red.taken, house.rooms.playerCount, news()]).toEqual([0, 0, [`RED - ${ada.id}`]]);
    expect(refused(`/?token=${token}`)).toBe(4401);
    house.settle(60);
    expect(red.isClosed).toBe(true);
  });

  test('its id is free again when it is kicked, or its room closes', () => {
    const { house, create, cut, tokenOf, refused } = start();
    const [red, blue] = [create('red'), create('blue')];
    const [ada, bob] = [house.enter('/?room=red'), house.enter('/?room=blue')];
    const tokens = [tokenOf(red, ada), tokenOf(blue, bob)];
    cut(ada);
    cut(bob);
    expect(house.rooms.playerCount).toBe(2);
    red.kick(ada.id);
    blue.close();
    house.settle();
    expect([house.rooms.playerCount, red.players]).toEqual([0, []]);
    expect(tokens.map((token) => refused(`/?token=${token}`))).toEqual([4401, 4401]);
  });

  test.each([1000, 4000, 4999])('is not away when its socket is closed with %i, even if it does not answer', (code) => {
    const { house, create, news, cut, tokenOf, refused } = start();
    const red = create('red');
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    house.guests.splice(house.guests.indexOf(ada), 1);
    red.multiplayer.multiplayerPeer!.disconnectWith(ada.id, code, 'sent away');
    house.settle(1);
    cut(ada);
    expect(news()).toEqual([`RED - ${ada.id}`]);
    expect(refused(`/?token=${token}`)).toBe(4401);
  });

  test.each([
    { why: 'it is kicked', leave: (room: Room, { id }: Guest) => room.kick(id) },
    { why: 'it has closed with 1000', leave: (_: Room, { socket }: Guest) => void socket.close(1000) },
    {
      why: 'its socket was closed with 4000',
      leave: (room: Room, { id }: Guest) => room.multiplayer.multiplayerPeer!.disconnectWith(id, 4000, 'sent away'),
    },
    {
      why: 'it is kicked when it goes away',
      leave: (room: Room) => void room.multiplayer.peerAway.connect((id) => room.kick(id)),
    },
  ])('is refused with 4401 when its token comes at once on another connection: $why', ({ leave }) => {
    const { house, create, news, tokenOf, refused } = start();
    const red = create('red');
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    leave(red, ada);
    expect(refused(`/?token=${token}`)).toBe(4401);
    expect(news()).not.toContainEqual(expect.stringMatching(/back|\+/));
    expect([red.players, red.taken, house.rooms.playerCount]).toEqual([[], 0, 0]);
  });

  test('is refused with 4401 when it was kicked while its new connection was being authenticated', () => {
    const { house, create, cut, tokenOf, refused } = start();
    const red = create('red');
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    cut(ada);
    red.multiplayer.authCallback = () => undefined;
    const again = house.guest(`/?token=${token}`);
    again.multiplayer.authCallback = () => undefined;
    house.settle();
    expect(red.multiplayer.getAuthenticatingPeers()).toEqual([ada.id]);
    red.kick(ada.id, 'no');
    house.settle();
    expect([again.refusal, red.taken, house.rooms.playerCount]).toEqual([[RoomCloseCode.REFUSED, 'no'], 0, 0]);
    expect(refused(`/?token=${token}`)).toBe(4401);
  });

  test('whose token somebody else has, who is not authenticated, is asked to come again', () => {
    const { house, create, news, tokenOf } = start({ graceTime: 60 });
    const red = create('red');
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    red.multiplayer.authCallback = () => undefined;
    const thief = house.guest(`/?token=${token}`);
    thief.multiplayer.authCallback = () => undefined;
    house.settle();
    expect([ada.refusal, red.multiplayer.getAuthenticatingPeers()]).toEqual([null, [ada.id]]);
    house.settle(120); // longer than authTimeout
    expect([ada.refusal?.[0], thief.refusal === null, red.taken]).toEqual([1013, false, 1]);
    red.multiplayer.authCallback = null;
    const again = house.enter(`/?token=${token}`);
    expect([again.id, news()]).toEqual([ada.id, [`RED away ${ada.id}`, `RED back ${ada.id} 0`]]);
  });

  test('cannot be moved while it is away', () => {
    const { house, create, cut, tokenOf } = start();
    const [red, blue] = [create('red'), create('blue')];
    const ada = house.enter('/?room=red');
    tokenOf(red, ada);
    cut(ada);
    expect(red.move(ada.id, blue)).toMatchObject({ code: 'TICKPEER_UNKNOWN_PEER' });
  });
});

describe('tokens', () => {
  test('one of another room, and one from before a move, are refused with 4401', () => {
    const { house, create, cut, tokenOf, refused, news } = start();
    const [red, blue] = [create('red'), create('blue')];
    const ada = house.enter('/?room=red');
    const first = tokenOf(red, ada);
    expect(refused(`/?room=blue&token=${first}`)).toBe(4401);
    expect(refused(`/?room=%00&token=${first}`)).toBe(4401);
    expect(red.move(ada.id, blue)).toBeNull();
    house.settle();
    expect(blue.players).toEqual([ada.id]);
    const second = tokenOf(blue, ada);
    cut(ada);
    expect(refused(`/?token=${first}`)).toBe(4401);
    expect(refused('/?token=abc')).toBe(4401);
    news();
    house.enter(`/?token=${second}`);
    expect(news()).toEqual([`BLUE back ${ada.id} 0`]);
  });

  test('a player that has come back can be moved', () => {
    const { house, create, cut, tokenOf } = start();
    const [red, blue] = [create('red'), create('blue')];
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    cut(ada);
    const again = house.enter(`/?token=${token}`);
    expect(red.move(ada.id, blue)).toBeNull();
    house.settle();
    expect([red.players, blue.players, again.news().includes('-1')]).toEqual([[], [ada.id], false]);
  });

  test('a connection that still looks alive is replaced, also before it has entered', () => {
    const { house, create, news, tokenOf } = start();
    const red = create('red');
    const ada = house.enter('/?room=red');
    const token = tokenOf(red, ada);
    house.guests.splice(house.guests.indexOf(ada), 1); // nothing moves on its connection
    news();
    house.guest(`/?token=${token}`);
    const last = house.guest(`/?token=${token}`);
    house.settle();
    expect(last.id).toBe(ada.id);
    expect([red.players, red.taken, house.rooms.playerCount]).toEqual([[ada.id], 1, 1]);
    expect(news().at(-1)).toBe(`RED back ${ada.id} 0`);
  });
});
