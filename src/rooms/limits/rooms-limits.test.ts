import { WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';
import { describe, expect, onTestFinished, test } from 'vitest';
import { drive } from '../../../test/support/peers.ts';
import { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';
import type { RoomKinds } from '../room/room-kind.ts';
import { Rooms } from '../rooms.ts';
import type { RoomStore, SavingOptions } from '../saving/room-store.ts';
import { checkRoomsLimits, type RoomsLimits } from './rooms-limits.ts';

const kinds: RoomKinds = {
  match: { capacity: 100, open: () => ({}) },
  party: { capacity: 100, opensByCode: true, open: () => ({}) },
};

/** Rooms behind a proxy, so that a client has the address that its header names. */
function serve(limits: RoomsLimits, saving?: SavingOptions) {
  const server = new WebSocketServer({ trustedProxies: ['127.0.0.1'] });
  server.listen(0, '127.0.0.1');
  const rooms = new Rooms(server, { kinds, limits, ...(saving === undefined ? {} : { saving }) });
  onTestFinished(() => server[Symbol.dispose]());
  const room = rooms.create('match', { code: 'abc' });
  /** The close code of a client, 0 when it got in. */
  const join = async (query: string, address: string): Promise<number> => {
    const socket = new WebSocketPeer();
    socket.handshakeHeaders = [`X-Forwarded-For: ${address}`];
    socket.connectToUrl(`ws://127.0.0.1:${server.getLocalPort()}/${query}`);
    const peer = new WebSocketMultiplayerPeer();
    onTestFinished(() => peer.close());
    peer.createClientFrom(socket);
    await drive([rooms, peer], () => peer.getUniqueId() > 1 || socket.getReadyState() === WebSocketPeer.STATE_CLOSED);
    return peer.getUniqueId() > 1 ? 0 : socket.getCloseCode();
  };
  return { server, rooms, room, join };
}

const { TOO_MANY, UNKNOWN_ROOM } = RoomCloseCode;

describe('what clients can make a server keep', () => {
  test('players in all', async () => {
    const { join } = serve({ players: 2 });
    const codes = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) codes.push(await join('?room=ABC', address));
    expect(codes).toEqual([0, 0, TOO_MANY]);
  });

  test('players of one address, which is a network of 64 bits with IPv6; who leaves makes room', async () => {
    const { rooms, room, join } = serve({ playersPerAddress: 2 });
    const codes = [];
    for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1', '192.0.2.1']) {
      codes.push(await join('?room=ABC', address));
    }
    expect(codes).toEqual([0, 0, TOO_MANY, 0, 0]);
    if (!('players' in room)) throw new Error(room.message);
    room.kick(room.players[0]!);
    await drive(rooms, () => rooms.playerCount === 3);
    expect(await join('?room=ABC', '2001:db8::9')).toBe(0);
  });

  test('rooms of one address; one that closes makes room', async () => {
    const { rooms, join } = serve({ roomsPerAddress: 2 });
    const codes = [];
    for (const query of ['?room=P1', '?room=P2', '?room=P3', '?room=P2']) codes.push(await join(query, '192.0.2.1'));
    expect(codes).toEqual([0, 0, TOO_MANY, 0]);
    expect(await join('?room=P4', '192.0.2.2')).toBe(0);
    const [player] = rooms.find('P1')!.players;
    expect(rooms.create('match', { by: player! })).toMatchObject({ code: 'TICKPEER_ROOM_LIMIT' });
    expect(rooms.create('match')).toMatchObject({ kind: 'match' });
    rooms.find('P2')!.close();
    expect(await join('?room=P3', '192.0.2.1')).toBe(0);
  });

  test('rooms in all', async () => {
    const { rooms, join } = serve({ rooms: 2 });
    expect(await join('?room=P1', '192.0.2.1')).toBe(0);
    expect(await join('?room=P2', '192.0.2.2')).toBe(TOO_MANY);
    expect(rooms.create('match')).toMatchObject({ code: 'TICKPEER_ROOM_LIMIT' });
    rooms.find('abc')!.close();
    expect(rooms.create('match')).toMatchObject({ kind: 'match' });
  });

  test('wrong codes of one address', async () => {
    const { join } = serve({ wrongCodesPerMinute: 2 });
    const codes = [];
    for (const query of ['?room=N1&kind=x', '?room=N2&kind=x', '?room=N3&kind=x', '?room=ABC']) {
      codes.push(await join(query, '192.0.2.1'));
    }
    expect(codes).toEqual([UNKNOWN_ROOM, UNKNOWN_ROOM, TOO_MANY, TOO_MANY]);
    expect(await join('?room=ABC', '192.0.2.2')).toBe(0);
  });

  test.each([
    ['of the same code', ['?room=N1', '?room=N1', '?room=N1'], 0],
    ['of as many codes as are allowed', ['?room=N1', '?room=N2', '?room=N1'], 0],
    ['of more codes', ['?room=N1', '?room=N2', '?room=N3'], 1],
  ])('wrong codes of one address that are looked up at the same time: clients %s', async (_, queries, refused) => {
    const asked: string[] = [];
    let end = (): void => {};
    const ended = new Promise<null>((resolve) => {
      end = () => resolve(null);
    });
    const store: RoomStore = {
      put: () => {},
      get: (code) => {
        asked.push(code);
        return ended;
      },
      delete: () => {},
      list: () => [],
    };
    const { server, rooms, join } = serve({ wrongCodesPerMinute: 2 }, { store });
    const codes: number[] = [];
    const joins = queries.map(async (query) => {
      codes.push(await join(`${query}&kind=match`, '192.0.2.1'));
    });
    await drive(rooms, () => server.getPeerCount() === queries.length - refused && codes.length === refused);
    expect([codes, asked.length]).toEqual([
      queries.slice(queries.length - refused).map(() => TOO_MANY),
      new Set(queries).size - refused,
    ]);
    end();
    await Promise.all(joins);
    expect(codes.slice(refused)).toEqual(queries.slice(refused).map(() => UNKNOWN_ROOM));
  });

  test.each([0, -1, 1.5, Number.NaN])('a limit of %d throws', (rooms) => {
    expect(() => checkRoomsLimits({ rooms })).toThrow(RangeError);
  });

  test('1 and Infinity are limits', () => {
    expect(checkRoomsLimits({ rooms: 1, players: Number.POSITIVE_INFINITY })).toMatchObject({ rooms: 1 });
  });
});
