import { describe, expect, test } from 'vitest';
import { type Guest, House, roomOf } from '../../../test/support/rooms.ts';
import { ErrorCode } from '../../error-code.ts';
import {
  always,
  onChange,
  rpc,
  type SceneMultiplayer,
  type SleepOptions,
  scene,
  synchronizer,
} from '../../multiplayer/index.ts';
import { int, packedByteArray, string } from '../../variant/index.ts';
import type { Room } from '../room/room.ts';
import { RoomCloseCode } from '../room/room-close-code.ts';

/** A node for calls, a spawner with one unit, and a synchronizer that every side has, under the same paths in every room. */
function contents(multiplayer: SceneMultiplayer, hear: (text: string) => void = () => {}) {
  const unit = scene('res://unit.tscn', { Sync: synchronizer({ health: onChange(int, 3) }) });
  const board = scene('res://board.tscn', { Sync: synchronizer({ score: always(int) }) });
  const main = multiplayer.node('Main', {
    say: rpc.anyPeer([string], (_, text) => hear(text)),
    tell: rpc.authority([string], (_, text) => hear(text)),
  });
  const units = multiplayer.spawner('World/Spawner', { spawnPath: '../Units', scenes: [unit] });
  const scores = board.instantiate({ name: 'Board' });
  multiplayer.addChild('.', scores);
  return { main, units, unit, scores };
}

/** Two rooms of that, and what was said in each. */
function twoRooms(capacity = 4, sleep: SleepOptions | false = {}, moveTimeLimit = 10) {
  const said: string[] = [];
  const open = (room: Room) => contents(room.multiplayer, (text) => said.push(`${room.code}: ${text}`));
  const house = new House({ kinds: { match: { capacity, sleep, open } }, moveTimeLimit });
  const red = roomOf(house.rooms.create('match', { code: 'red' }));
  const blue = roomOf(house.rooms.create('match', { code: 'blue' }));
  for (const [room, name] of [
    [red, 'r'],
    [blue, 'b'],
  ] as const)
    room.logic.units.addChild(room.logic.unit.instantiate({ name }));
  const bad: string[] = [];
  for (const { multiplayer } of [red, blue]) multiplayer.badPacket.connect((_, { code }) => void bad.push(code));
  /** A player with the game's nodes. */
  const join = (code: string) => {
    const heard: string[] = [];
    const guest = house.guest(`/?room=${code}`);
    const game = contents(guest.multiplayer, (text) => void heard.push(text));
    house.settle(20);
    const units = () => game.units.getChildren().map(({ name }) => name);
    return Object.assign(guest, { game, units, heard });
  };
  return { house, red, blue, said, bad, join };
}

describe('a player that is moved', () => {
  test('keeps its id and its connection; the others leave and come', () => {
    const { house, red, blue, join } = twoRooms();
    const [ada, bob, cyd] = [join('red'), join('red'), join('blue')];
    const { id } = ada;
    for (const guest of [ada, bob, cyd]) guest.news();
    const left: number[] = [];
    const came: number[] = [];
    red.multiplayer.peerDisconnected.connect((who) => void left.push(who));
    blue.multiplayer.peerConnected.connect((who) => void came.push(who));
    expect(red.move(id, blue)).toBeNull();
    expect([left, came, red.players, blue.taken, house.rooms.roomOf(id)]).toEqual([[id], [], [bob.id], 2, null]);
    house.settle();
    expect([came, blue.players, ada.id, house.rooms.roomOf(id)]).toEqual([[id], [cyd.id, id], id, blue]);
    expect([ada.news(), bob.news(), cyd.news()]).toEqual([[`-${bob.id}`, `+${cyd.id}`], [`-${id}`], [`+${id}`]]);
  });

  test('sees the nodes of the new room, and again those of the old one when it returns', () => {
    const { house, red, blue, bad, join } = twoRooms();
    const ada = join('red');
    expect(ada.units()).toEqual(['r']);
    for (const [from, to, units] of [
      [red, blue, ['b']],
      [blue, red, ['r']],
      [red, blue, ['b']],
    ] as const) {
      expect(from.move(ada.id, to)).toBeNull();
      house.settle(20);
      expect([ada.units(), to.players]).toEqual([units, [ada.id]]);
    }
    expect([ada.news(), bad]).toEqual([['+1'], []]);
  });

  test('gets the state of the new room, whatever the times of the old one were', () => {
    const { house, red, blue, join } = twoRooms();
    const ada = join('red');
    const scoreAfter = (turns: number): number => {
      house.settle(turns);
      return ada.game.scores.score;
    };
    red.logic.scores.score = 1;
    expect(scoreAfter(200)).toBe(1);
    red.move(ada.id, blue);
    blue.logic.scores.score = 2;
    expect(scoreAfter(20)).toBe(2);
    blue.move(ada.id, red);
    red.logic.scores.score = 3;
    expect(scoreAfter(20)).toBe(3);
  });

  test('is called, and calls, by the numbers that both know', () => {
    const { house, red, blue, said, bad, join } = twoRooms();
    const ada = join('red');
    ada.game.main.say.rpcId(1, 'one');
    red.logic.main.tell.rpcId(ada.id, 'first');
    house.settle();
    const sizes: number[] = [];
    const call = (text: string): void => {
      const before = ada.socket.getStatistics().bytesSent;
      ada.game.main.say.rpcId(1, text);
      house.settle();
      sizes.push(ada.socket.getStatistics().bytesSent - before);
    };
    call('two');
    for (const [from, to] of [
      [red, blue],
      [blue, red],
    ] as const) {
      from.move(ada.id, to);
      house.settle(20);
      call('two');
      to.logic.main.tell.rpcId(ada.id, `in ${to.code}`);
      house.settle();
    }
    expect(new Set(sizes).size).toBe(1);
    expect(said).toEqual(['RED: one', 'RED: two', 'BLUE: two', 'RED: two']);
    expect([ada.heard, bad]).toEqual([['first', 'in BLUE', 'in RED'], []]);
  });

  test('a node that only the next room declares is confirmed there', () => {
    const heard: string[] = [];
    const house = new House({
      kinds: {
        lobby: { capacity: 9, open: () => ({}) },
        match: {
          capacity: 4,
          open: (room) =>
            room.multiplayer.node('Arena', { hit: rpc.anyPeer([int], (_, n) => void heard.push(`${n}`)) }),
        },
      },
    });
    const [lobby, match] = [roomOf(house.rooms.create('lobby')), roomOf(house.rooms.create('match'))];
    const ada = house.enter(`/?room=${lobby.code}`);
    const arena = ada.multiplayer.node('Arena', { hit: rpc.anyPeer([int]) });
    const bytesOf = (n: number): number => {
      const before = ada.socket.getStatistics().bytesSent;
      arena.hit.rpcId(1, n);
      house.settle();
      return ada.socket.getStatistics().bytesSent - before;
    };
    const withPath = [bytesOf(1), bytesOf(2)][1]!;
    expect(heard).toEqual([]);
    lobby.move(ada.id, match);
    house.settle();
    expect(bytesOf(3)).toBe(withPath - 9);
    expect(heard).toEqual(['3']);
  });

  test('a node whose methods differ in the next room is reported, and its calls are refused', () => {
    const heard: string[] = [];
    const house = new House({
      kinds: {
        lobby: {
          capacity: 9,
          open: (room) => room.multiplayer.node('Main', { a: rpc.anyPeer([], () => void heard.push('a')) }),
        },
        match: {
          capacity: 4,
          open: (room) => room.multiplayer.node('Main', { b: rpc.anyPeer([], () => void heard.push('b')) }),
        },
      },
    });
    const [lobby, match] = [roomOf(house.rooms.create('lobby')), roomOf(house.rooms.create('match'))];
    const reports: string[] = [];
    match.multiplayer.checksumMismatch.connect((_, { code }) => void reports.push(code));
    match.multiplayer.badPacket.connect((_, { code }) => void reports.push(code));
    const ada = house.enter(`/?room=${lobby.code}`);
    const main = ada.multiplayer.node('Main', { a: rpc.anyPeer([]) });
    main.a.rpcId(1);
    house.settle();
    lobby.move(ada.id, match);
    house.settle();
    main.a.rpcId(1);
    house.settle();
    expect([heard, reports]).toEqual([['a'], ['TICKPEER_RPC_CHECKSUM', 'TICKPEER_RPC_CHECKSUM']]);
    match.move(ada.id, lobby);
    house.settle();
    main.a.rpcId(1);
    house.settle();
    expect(heard).toEqual(['a', 'a']);
  });

  test('what was sent to the old room is dropped there, and is no bad packet in the new one', () => {
    const { house, red, blue, said, bad, join } = twoRooms();
    const [ada, bob] = [join('red'), join('red')];
    ada.game.main.say.rpcId(1, 'known');
    house.settle();
    red.move(ada.id, blue);
    for (let n = 0; n < 100; n++) ada.game.main.say.rpcId(1, 'late');
    ada.game.main.tell.rpcId(bob.id, 'late');
    ada.multiplayer.sendBytes(Uint8Array.of(1));
    ada.socket.send(Uint8Array.of(0x0f, 1, 2)); // what no engine sends
    house.turn();
    house.settle();
    ada.game.main.say.rpcId(1, 'in time');
    house.settle();
    expect(said).toEqual(['RED: known', 'BLUE: in time']);
    expect([bad, blue.multiplayer.getPeerStatistics(ada.id)]).toMatchObject([[], { badPackets: 0, refusedPackets: 0 }]);
  });

  test('is not authenticated again', () => {
    const { house, red, blue, join } = twoRooms();
    const ada = join('red');
    const told: number[] = [];
    blue.multiplayer.authCallback = () => {};
    blue.multiplayer.peerAuthenticating.connect((id) => void told.push(id));
    red.move(ada.id, blue);
    house.settle();
    expect([blue.players, told]).toEqual([[ada.id], []]);
  });

  test('a handler of the old room can move the caller, and onClose all players', () => {
    const house = new House({
      kinds: {
        lobby: { capacity: 9, open: () => ({}) },
        match: {
          capacity: 4,
          open: (room) => {
            room.multiplayer.node('Main', { leave: rpc.anyPeer([], (id) => void room.move(id, lobby)) });
            return {
              onClose: () => {
                for (const id of room.players) room.move(id, lobby);
              },
            };
          },
        },
      },
    });
    const lobby: Room = roomOf(house.rooms.create('lobby'));
    const match = roomOf(house.rooms.create('match'));
    const [ada, bob] = [house.enter(`/?room=${match.code}`), house.enter(`/?room=${match.code}`)];
    const main = ada.multiplayer.node('Main', { leave: rpc.anyPeer([]) });
    main.leave.rpcId(1);
    main.leave.rpcId(1);
    house.settle();
    expect([lobby.players, match.players]).toEqual([[ada.id], [bob.id]]);
    match.close();
    house.settle();
    expect([lobby.players, match.isClosed, house.rooms.roomCount]).toEqual([[ada.id, bob.id], true, 1]);
  });

  test('whose connection is slow gets everything in order, and enters when it has seen it', () => {
    const { house, red, blue, join } = twoRooms(12, false);
    const ada = join('red');
    ada.multiplayer.node('Filler', { fill: rpc.authority([packedByteArray], () => {}) });
    ada.isAsleep = true;
    const filler = red.multiplayer.node('Filler', { fill: rpc.authority([packedByteArray]) });
    while (filler.fill.rpcId(ada.id, new Uint8Array(4000)) === ErrorCode.OK) house.turn();
    const others = [join('red'), join('red')];
    const [first, second] = others.map(({ id }) => id);
    others[0]!.peer.close();
    house.settle();
    red.move(ada.id, blue);
    house.settle();
    expect([blue.players, blue.taken]).toEqual([[], 1]);
    ada.news();
    ada.isAsleep = false;
    house.settle(60);
    expect(ada.news()).toEqual([`+${first}`, `+${second}`, `-${first}`, `-${second}`]);
    expect([blue.players, ada.units(), ada.others]).toEqual([[ada.id], ['b'], []]);
  });

  test.each([
    ['before', 9_900, false],
    ['after', 10_100, true],
  ])('whose game does not answer is closed %s moveTimeLimit: %i ms', (_, milliseconds, isClosed) => {
    const { house, red, blue, join } = twoRooms();
    const ada = join('red');
    ada.isAsleep = true;
    red.move(ada.id, blue);
    house.turn(milliseconds);
    expect(blue.taken).toBe(isClosed ? 0 : 1);
    ada.isAsleep = false;
    house.settle();
    expect(ada.refusal?.[0] ?? null).toBe(isClosed ? RoomCloseCode.MOVE_TIMEOUT : null);
    expect(blue.players).toEqual(isClosed ? [] : [ada.id]);
  });

  test('whose tab is in the background enters when it is shown again, hours later', () => {
    const { house, red, blue, join } = twoRooms(4, {}, Number.POSITIVE_INFINITY);
    const ada = join('red');
    ada.isAsleep = true;
    red.move(ada.id, blue);
    for (let hour = 0; hour < 12; hour++) house.turn(3_600_000);
    expect([blue.players, blue.arriving, blue.isClosed]).toEqual([[], [ada.id], false]);
    ada.isAsleep = false;
    house.settle();
    expect([ada.refusal, blue.players, blue.arriving]).toEqual([null, [ada.id], []]);
  });

  test('whose new room closes meanwhile is closed with the reason', () => {
    const { house, red, blue, join } = twoRooms();
    const ada = join('red');
    red.move(ada.id, blue);
    blue.close('too late');
    house.settle();
    expect([ada.refusal, house.rooms.playerCount]).toEqual([[RoomCloseCode.CLOSED, 'too late'], 0]);
  });

  test('can be kicked meanwhile', () => {
    const { house, red, blue, join } = twoRooms();
    const ada = join('red');
    ada.isAsleep = true;
    red.move(ada.id, blue);
    red.kick(ada.id, 'it has left this room');
    house.settle();
    expect(blue.arriving).toEqual([ada.id]);
    blue.kick(ada.id, 'too slow');
    ada.isAsleep = false;
    house.settle();
    expect([ada.refusal, blue.taken, house.rooms.playerCount]).toEqual([[RoomCloseCode.REFUSED, 'too slow'], 0, 0]);
  });

  test('that leaves meanwhile frees its place', () => {
    const { house, red, blue, join } = twoRooms();
    const ada = join('red');
    red.move(ada.id, blue);
    ada.peer.close();
    house.settle();
    expect([blue.taken, blue.players, house.rooms.playerCount]).toEqual([0, [], 0]);
  });
});

describe('a move that cannot be made', () => {
  test.each([
    [0, null],
    [1, null],
    [2, 'TICKPEER_ROOM_FULL'],
  ])('to a room of 2 with %i players: %s', (players, code) => {
    const { house, red, blue, join } = twoRooms(2);
    const ada = join('red');
    for (let n = 0; n < players; n++) join('blue');
    expect(red.move(ada.id, blue)?.code ?? null).toBe(code);
    house.settle();
    expect(red.players.includes(ada.id)).toBe(code !== null);
  });

  test('names its reason', () => {
    const { red, blue, join } = twoRooms();
    const { id }: Guest = join('red');
    const codes = [red.move(99, blue), blue.move(id, red), red.move(id, red)].map((failure) => failure?.code);
    blue.close();
    expect([...codes, red.move(id, blue)?.code]).toEqual([
      'TICKPEER_UNKNOWN_PEER',
      'TICKPEER_UNKNOWN_PEER',
      'TICKPEER_ALREADY_IN_USE',
      'TICKPEER_ROOM_CLOSED',
    ]);
    expect(() => red.move(id, twoRooms().red)).toThrow(TypeError);
  });
});
