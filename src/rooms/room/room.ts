import type { Failure } from '../../failure.ts';
import type { SceneMultiplayer } from '../../multiplayer/index.ts';
import { checkCount } from '../limits/rooms-limits.ts';
import type { Rooms } from '../rooms.ts';
import { checkedRefusal, RoomCloseCode } from './room-close-code.ts';
import type { RoomInside } from './room-inside.ts';

/** What a program knows about a room, for lists and filters: the map, the mode, the host's name. */
export type RoomMetadata = Readonly<Record<string, unknown>>;

/** What a room asks its `Rooms` to do. */
export interface RoomHost {
  readonly rooms: Rooms;
  move(from: RoomInside, id: number, to: RoomInside): Failure | null;
  close(inside: RoomInside, code: number, reason: string): void;
  kick(inside: RoomInside, id: number, code: number, reason: string): void;
}

/**
 * A room: up to `capacity` players with a `SceneMultiplayer` of their own. For its players it is the server, peer 1, and the other
 * players of the room are the other peers. `Rooms.create` makes it.
 */
export class Room<Logic = unknown> {
  /** The rooms that it is one of. */
  readonly rooms: Rooms;
  /** What players enter to join: capital letters and digits. */
  readonly code: string;
  /** The name of its kind. */
  readonly kind: string;
  /** The multiplayer of this room. `Rooms.poll` polls it. */
  readonly multiplayer: SceneMultiplayer;
  /** What the program knows about it, for lists and filters. Replace it to change it. */
  metadata: RoomMetadata;
  /** A locked room takes no client that asks for it, and is in no quick match. `move` still brings players. Default: false. */
  isLocked = false;
  /** Whether `Rooms.list` and `quickMatch` find it. Default: true. */
  isListed = true;
  readonly #inside: RoomInside;
  readonly #host: RoomHost;
  #capacity: number;
  #logic: { readonly value: Logic } | null = null;

  /** @internal */
  constructor(code: string, inside: RoomInside, metadata: RoomMetadata, host: RoomHost) {
    this.rooms = host.rooms;
    this.code = code;
    this.kind = inside.kind.name;
    this.multiplayer = inside.multiplayer;
    this.metadata = metadata;
    this.#inside = inside;
    this.#host = host;
    this.#capacity = inside.kind.capacity;
  }

  /** What the `open` of its kind has returned. Throws while `open` is running. */
  get logic(): Logic {
    if (this.#logic === null) throw new Error('the room has no logic yet: open() has not returned');
    return this.#logic.value;
  }

  /** The most players. Those that are too many stay. Default: that of its kind. */
  get capacity(): number {
    return this.#capacity;
  }

  set capacity(capacity: number) {
    this.#capacity = checkCount('capacity', capacity);
  }

  /** The ids of the players that are in it. */
  get players(): readonly number[] {
    return this.multiplayer.getPeers();
  }

  /**
   * The ids of those who have a place and are not in it yet: they are on the way from another room, are authenticated, or enter with the
   * next tick.
   */
  get arriving(): readonly number[] {
    const { inside, arriving } = this.#inside.gate;
    const { peers } = this.multiplayer.parts.members;
    return [...inside, ...arriving].filter(({ id }) => !peers.has(id)).map(({ id }) => id);
  }

  /** How many places are taken, by players and by those who are about to enter. */
  get taken(): number {
    return this.#inside.taken;
  }

  /** Whether it is open, and a place is free. */
  get hasPlace(): boolean {
    return this.#inside.hasPlace;
  }

  get isClosed(): boolean {
    return this.#inside.isClosed;
  }

  /** How many handlers have thrown. */
  get faults(): number {
    return this.#inside.faults;
  }

  /**
   * Moves a player to another room, on its connection and with its id. It leaves here at once (`peerDisconnected`), and enters there
   * (`peerConnected`) when its game has seen that: one round trip later. Its place there is taken meanwhile.
   *
   * Returns null, or why it stays: `TICKPEER_UNKNOWN_PEER`, it is no player of this room; `TICKPEER_ROOM_FULL`;
   * `TICKPEER_ROOM_CLOSED`; `TICKPEER_ALREADY_IN_USE`, it is in that room. Throws `TypeError` for a room of another `Rooms`.
   */
  move(id: number, other: Room): Failure | null {
    if (!(other instanceof Room) || other.#host !== this.#host)
      throw new TypeError('other is a room of the same Rooms');
    return this.#host.move(this.#inside, id, other.#inside);
  }

  /** Ends the connection of a player; its game can read why. `code`: from 4000 to 4999. */
  kick(id: number, reason: string = '', code: number = RoomCloseCode.REFUSED): void {
    checkedRefusal({ code, reason });
    this.#host.kick(this.#inside, id, code, reason);
  }

  /** Closes the room, and the connections of its players with 4410 and `reason`. Without signals, except `Rooms.roomClosed`. */
  close(reason: string = 'the room was closed'): void {
    this.#host.close(this.#inside, RoomCloseCode.CLOSED, reason);
  }

  /** @internal */
  get inside(): RoomInside {
    return this.#inside;
  }

  /** @internal */
  begin(logic: Logic): void {
    this.#logic = { value: logic };
  }
}
