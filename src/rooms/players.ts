import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import { type Failure, isFailure } from '../failure.ts';
import { chooseClientId, INVALID_TOKEN, idOfToken, type PathNumbers, writeIdMessage } from '../multiplayer/index.ts';
import type { WebSocketPeer, WebSocketServer } from '../websocket/index.ts';
import { Transit } from './moving/transit.ts';
import { Connection } from './room/connection.ts';
import type { Room } from './room/room.ts';
import type { RoomInside } from './room/room-inside.ts';
import type { RoomTable } from './room-table.ts';

export interface PlayersParts {
  readonly server: WebSocketServer;
  readonly clock: Clock;
  readonly numbers: PathNumbers;
  readonly table: RoomTable;
  /** Milliseconds. */
  readonly moveTimeLimit: number;
  /** A handler of a room has thrown. */
  onFault(inside: RoomInside, error: unknown): void;
  /** A player leaves its room for another one, or because its connection ends. */
  onLeft(connection: Connection): void;
  /** It has a place in a room: a new client, or a player who has come back. */
  onEntered(connection: Connection): void;
  /** Its connection has ended, or is about to. */
  onGone(connection: Connection): void;
}

/** The clients that have an id, in rooms and on the way between them. */
export class Players {
  readonly #parts: PlayersParts;
  readonly #transit: Transit;
  readonly #byId = new Map<number, Connection>();
  readonly #byPeer = new Map<WebSocketPeer, Connection>();
  /** The rooms of the players that are away. */
  readonly #away = new Map<number, RoomInside>();
  readonly #isTaken = (id: number): boolean => this.#byId.has(id) || this.#away.has(id);

  constructor(parts: PlayersParts) {
    this.#parts = parts;
    // Tells each room which of its connections have something new.
    parts.server.watchReady((peer) => {
      const connection = this.#byPeer.get(peer);
      if (connection !== undefined && !this.#transit.has(connection)) connection.room.gate.list(connection);
    });
    this.#transit = new Transit(parts.numbers, parts.moveTimeLimit, {
      onArrived: (connection) => this.#seat(connection),
      onLost: (connection) => this.forget(connection),
    });
  }

  /** How many there are, those that are away included. */
  get size(): number {
    return this.#byId.size + this.#away.size;
  }

  get(id: number): Connection | undefined {
    return this.#byId.get(id);
  }

  /** The room that a player is in; null for an unknown id, and while it moves or is authenticated. */
  roomOf(id: number): Room | null {
    const inside = this.#byId.get(id)?.room ?? this.#away.get(id);
    return inside?.multiplayer.parts.members.peers.has(id) === true ? inside.room : null;
  }

  /** Gives a new client its id, and a place in a room. */
  admit(peer: WebSocketPeer, address: string, addressKey: string, { inside }: Room): Failure | null {
    if (!this.#isOpen(inside)) return { code: 'TICKPEER_ROOM_CLOSED', message: 'the room is not open here' };
    const id = chooseClientId(() => inside.peer.generateUniqueId(), this.#isTaken);
    if (isFailure(id)) return id;
    if (peer.send(writeIdMessage(id)) !== ErrorCode.OK) {
      return { code: 'TICKPEER_ROOM_CLOSED', message: 'the connection has closed' };
    }
    this.#connect(new Connection(id, peer, address, addressKey, inside));
    return null;
  }

  /** A player comes back into its room by a token. `code`: that of the room in its URL; empty for none. */
  readmit(peer: WebSocketPeer, address: string, addressKey: string, token: string, code: string): Failure | null {
    const id = idOfToken(token);
    const before = this.#byId.get(id);
    const inside = before?.room ?? this.#away.get(id);
    const isValid = (): boolean => {
      const known = inside?.multiplayer.parts.absences?.identifyToken(token) ?? INVALID_TOKEN;
      return !isFailure(known);
    };
    if (inside === undefined || !isValid() || (code !== '' && code !== inside.room.code)) return INVALID_TOKEN;
    if (before !== undefined) {
      this.#replace(before);
      // The player may have left for good with that connection.
      if (!isValid()) return INVALID_TOKEN;
    }
    if (peer.send(writeIdMessage(id)) !== ErrorCode.OK) {
      inside.multiplayer.parts.absences?.fail(id);
      return { code: 'TICKPEER_ROOM_CLOSED', message: 'the connection has closed' };
    }
    this.#away.delete(id);
    this.#connect(new Connection(id, peer, address, addressKey, inside));
    return null;
  }

  /** A player that was away is gone for good. */
  endAbsence(id: number): void {
    this.#away.delete(id);
  }

  /** The last connection of a player that comes back still looks alive. */
  #replace(before: Connection): void {
    const { id, room, peer } = before;
    try {
      room.peer.replace(id);
    } catch (error) {
      this.#parts.onFault(room, error);
    }
    room.multiplayer.parts.absences?.keepReplaced(id, peer);
    this.forget(before);
  }

  #connect(connection: Connection): void {
    this.#byId.set(connection.id, connection);
    this.#byPeer.set(connection.peer, connection);
    this.#parts.onEntered(connection);
    this.#seat(connection);
  }

  /** Moves a player, as `Room.move`. */
  move(from: RoomInside, id: number, to: RoomInside): Failure | null {
    const connection = this.#byId.get(id);
    if (connection?.room !== from || !from.multiplayer.parts.members.peers.has(id)) {
      return { code: 'TICKPEER_UNKNOWN_PEER', message: `${id} is no player of the room ${from.room.code}` };
    }
    if (to === from) return { code: 'TICKPEER_ALREADY_IN_USE', message: `${id} is in the room ${to.room.code}` };
    if (to.isClosing || !this.#isOpen(to)) {
      return { code: 'TICKPEER_ROOM_CLOSED', message: `the room ${to.room.code} is not open` };
    }
    if (!to.hasPlace) return { code: 'TICKPEER_ROOM_FULL', message: `the room ${to.room.code} is full` };
    const { clock, onFault, onLeft } = this.#parts;
    onLeft(connection);
    const { parts } = from.multiplayer;
    const queue = parts.watch?.roomOf(id) ?? null;
    const packets = parts.release(id);
    from.peer.release(id);
    from.gate.remove(connection);
    connection.room = to;
    to.gate.arriving.add(connection);
    this.#transit.begin(connection, packets, queue, clock.now());
    try {
      from.multiplayer.peerDisconnected.emit(id, null);
    } catch (error) {
      onFault(from, error);
    }
    return null;
  }

  /** Those that move between rooms. */
  progress(now: number): void {
    if (this.#transit.size > 0) this.#transit.progress(now);
  }

  /** A connection has ended, or is about to. */
  forget(connection: Connection): void {
    if (!this.#byPeer.delete(connection.peer)) return;
    const { id, room } = connection;
    this.#byId.delete(id);
    if (room.multiplayer.parts.absences?.isAway(id) === true) this.#away.set(id, room);
    room.gate.remove(connection);
    this.#transit.drop(connection);
    this.#parts.onLeft(connection);
    this.#parts.onGone(connection);
  }

  #seat(connection: Connection): void {
    const { gate } = connection.room;
    gate.add(connection);
    gate.list(connection); // something may have arrived before
    this.#parts.table.wake(connection.room);
  }

  /** False for a room of another `Rooms`, one that `open` has not returned yet, and one that has closed. */
  #isOpen(inside: RoomInside): boolean {
    return this.#parts.table.byCode.get(inside.room.code) === inside;
  }
}
