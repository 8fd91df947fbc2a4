import { expect, test } from 'vitest';
import { type Guest, House, roomOf } from '../../test/support/rooms.ts';
import { isFailure } from '../failure.ts';
import { rpc } from '../multiplayer/index.ts';
import { Random } from '../testing/index.ts';
import { State } from '../websocket/index.ts';
import type { Room } from './room/room.ts';
import type { RoomKinds } from './room/room-kind.ts';

const CODES = ['A', 'B', 'C', 'D'];
const STEPS = 120;

/** Rooms with different ticks, into which players come, from which they go, and which close, all at random. */
class World {
  readonly random: Random;
  readonly house: House<RoomKinds>;
  readonly players: { readonly guest: Guest; readonly go: () => void; readonly say: () => void }[] = [];
  readonly faults: unknown[] = [];

  constructor(seed: number) {
    this.random = new Random(seed);
    const open = (room: Room) => {
      room.multiplayer.node('Main', {
        go: rpc.anyPeer([], (id) => void room.move(id, this.anyRoom())),
        say: rpc.anyPeer([], () => {}),
      });
      if (this.random.chance(0.2)) {
        room.multiplayer.peerConnected.connect((id) => {
          if (this.random.chance(0.2)) room.move(id, this.anyRoom());
          else if (this.random.chance(0.05)) room.kick(id);
        });
      }
      return {
        onTick: () => {
          const [id] = room.players;
          if (id !== undefined && this.random.chance(0.02)) room.move(id, this.anyRoom());
        },
        onClose: () => {
          if (this.random.chance(0.5)) for (const id of room.players) room.move(id, this.anyRoom());
        },
      };
    };
    const match = { players: 2, patience: 0.5 };
    this.house = new House<RoomKinds>({
      kinds: {
        slow: { capacity: 3, tickRate: 0.3, opensByKind: true, open },
        fast: { capacity: 3, tickRate: 30, opensByKind: true, match, idleTime: 3, open },
      },
    });
    this.house.rooms.roomFailed.connect((_, error) => void this.faults.push(error));
    for (const code of CODES) this.openRoom(code);
  }

  anyRoom(): Room {
    return this.random.pick(this.house.rooms.getRooms());
  }

  openRoom(code: string): void {
    const made = this.house.rooms.create(this.random.pick(['slow', 'fast']), { code });
    if (isFailure(made)) expect(made.code).toBe('TICKPEER_ALREADY_IN_USE');
  }

  join(target: string): void {
    const guest = this.house.guest(target);
    const main = guest.multiplayer.node('Main', { go: rpc.anyPeer([]), say: rpc.anyPeer([]) });
    this.players.push({ guest, go: () => void main.go.rpcId(1), say: () => void main.say.rpcId(1) });
  }

  step(): void {
    const { random, house } = this;
    if (house.rooms.roomCount === 0) this.openRoom('A');
    const player = this.players.length === 0 ? null : random.pick(this.players);
    const room = this.anyRoom();
    switch (random.integer(0, 9)) {
      case 0:
      case 1:
        this.join(random.pick([`/?room=${random.pick(CODES)}`, '/?kind=slow', '/?kind=fast']));
        break;
      case 2:
        if (player !== null && random.chance(0.5)) player.guest.socket.close(random.pick([1000, -1]));
        break;
      case 3:
      case 4:
        if (player === null) break;
        if (random.chance(0.7)) player.say();
        house.turn();
        house.rooms.roomOf(player.guest.id)?.move(player.guest.id, room);
        for (let turn = random.integer(0, 12); turn > 0; turn--) house.turn();
        if (random.chance(0.2)) player.guest.socket.close();
        break;
      case 5:
        player?.go();
        break;
      case 6:
        for (const id of random.pick([room.players, room.arriving]).slice(0, 1)) if (random.chance(0.3)) room.kick(id);
        break;
      case 7:
        if (player !== null) player.guest.isAsleep = random.chance(0.5);
        break;
      case 8:
        if (random.chance(0.3) && house.rooms.roomCount > 1) room.close();
        else this.openRoom(random.pick(CODES));
        break;
      case 9:
        if (player !== null) house.rooms.queue.join(player.guest.id, 'fast');
    }
    for (let turn = random.integer(0, 3); turn > 0; turn--) house.turn(random.pick([5, 40, 200]));
  }

  /** Until everything is known to everybody. */
  rest(): void {
    for (const { guest } of this.players) guest.isAsleep = false;
    for (const room of this.house.rooms.getRooms()) room.isLocked = true;
    // Nothing moves any more.
    this.anyRoom = () => roomOf(this.house.rooms.getRooms()[0]!);
    this.random.chance = () => false;
    for (const id of this.players.map(({ guest }) => guest.id)) this.house.rooms.queue.leave(id);
    for (let turn = 0; turn < 60; turn++) this.house.turn(100);
  }

  /** Everything that does not fit together. */
  contradictions(): string[] {
    const { rooms } = this.house;
    const found: string[] = [];
    const open = this.players
      .map(({ guest }) => guest)
      .filter(({ socket }) => socket.getReadyState() === State.STATE_OPEN);
    const seen = new Map<number, string>();
    for (const room of rooms.getRooms()) {
      for (const id of room.players) {
        if (seen.has(id)) found.push(`${id} is in ${seen.get(id)} and in ${room.code}`);
        seen.set(id, room.code);
      }
      if (room.taken !== room.players.length) found.push(`${room.code} has ${room.taken - room.players.length} ghosts`);
    }
    for (const guest of open) {
      const room = rooms.roomOf(guest.id);
      if (room === null) found.push(`${guest.id} is in no room`);
      else {
        const others = room.players.filter((id) => id !== guest.id);
        if (`${[...guest.others].sort()}` !== `${others.sort()}`) {
          found.push(`${guest.id} in ${room.code} sees ${guest.others}, and not ${others}`);
        }
      }
      seen.delete(guest.id);
    }
    for (const [id, code] of seen) found.push(`${id} in ${code} has gone`);
    if (rooms.playerCount !== open.length) found.push(`${rooms.playerCount} players, ${open.length} connections`);
    return found;
  }
}

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

test.each(SEEDS)('whatever players and rooms do, nobody is left behind: seed %i', (seed) => {
  const world = new World(seed);
  for (let step = 0; step < STEPS; step++) world.step();
  world.rest();
  expect(world.contradictions()).toEqual([]);
  expect(world.faults).toEqual([]);
  for (const { guest } of world.players) guest.socket.close();
  for (let turn = 0; turn < 60; turn++) world.house.turn(100);
  expect([world.house.rooms.playerCount, world.house.rooms.queue.size, world.contradictions()]).toEqual([0, 0, []]);
});
