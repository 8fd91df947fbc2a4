import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import { type Failure, isFailure } from '../failure.ts';
import { chooseClientId, PathNumbers, Signal, writeIdMessage } from '../multiplayer/index.ts';
import { systemClock } from '../stream/index.ts';
import { type WebSocketPeer, WebSocketServer } from '../websocket/index.ts';
import { CHANNELS } from './diagnostics.ts';
import { Entrance } from './entering/entrance.ts';
import { newCode, readCode } from './entering/room-code.ts';
import { AddressCounts } from './limits/address-counts.ts';
import { checkRoomsLimits, checkSeconds, type RoomsLimits } from './limits/rooms-limits.ts';
import { MatchQueue } from './moving/match-queue.ts';
import { Transit } from './moving/transit.ts';
import { Connection } from './room/connection.ts';
import { Room, type RoomHost, type RoomMetadata } from './room/room.ts';
import { type EntryRefusal, RoomCloseCode } from './room/room-close-code.ts';
import { type RoomEvents, RoomInside } from './room/room-inside.ts';
import { type CheckedKind, checkKind, type LogicOf, type RoomKinds, type RoomLogic } from './room/room-kind.ts';
import { RoomTable } from './room-table.ts';
import type { CreateOptions, QuickMatchOptions, RoomsOptions, RoomsStopOptions } from './rooms-options.ts';

/**
 * Several rooms behind one `WebSocketServer`, in one process and one loop. Each room is a server of its own for its players: peer 1
 * of a `SceneMultiplayer`. Players move between rooms on their open connection.
 *
 * ```ts
 * const rooms = new Rooms(sockets, {
 *   kinds: {
 *     lobby: { capacity: 200, tickRate: 10, opensByKind: true, open: (room) => new Lobby(room) },
 *     match: { capacity: 4, tickRate: 30, open: (room) => new Match(room) },
 *   },
 * });
 * setInterval(() => rooms.poll(), 16);
 * ```
 */
export class Rooms<const Kinds extends RoomKinds = RoomKinds> {
  /** A room was made, and its `open` has returned. */
  readonly roomCreated: Signal<[room: Room]> = new Signal();
  /** A room has closed. Its players are gone. */
  readonly roomClosed: Signal<[room: Room, reason: string]> = new Signal();
  /** A handler of a room has thrown; `count`: how many of this room have. The other rooms are not concerned. */
  readonly roomFailed: Signal<[room: Room, error: unknown, count: number]> = new Signal();
  /** Players that wait for a match. */
  readonly queue: MatchQueue;
  readonly limits: Required<RoomsLimits>;
  readonly #server: WebSocketServer;
  readonly #clock: Clock;
  readonly #kinds: ReadonlyMap<string, CheckedKind>;
  readonly #table: RoomTable;
  readonly #entrance: Entrance;
  readonly #transit: Transit;
  readonly #numbers = new PathNumbers();
  readonly #creators = new AddressCounts();
  readonly #byId = new Map<number, Connection>();
  readonly #byPeer = new Map<WebSocketPeer, Connection>();
  readonly #host: RoomHost;
  readonly #events: RoomEvents;
  /** What a handler of a signal has thrown, until the poll ends. */
  #errors: unknown[] = [];
  #isPolling = false;
  #isStopping = false;
  #roomCount = 0;

  /** `server` keeps its own settings. Throws for options that cannot be used. */
  constructor(server: WebSocketServer, options: RoomsOptions<Kinds>) {
    if (!(server instanceof WebSocketServer)) throw new TypeError('server is a WebSocketServer');
    const { kinds, enter = null, versions = null, limits = {}, moveTimeLimit = 30, clock = systemClock } = options;
    this.#server = server;
    this.#clock = clock;
    this.limits = checkRoomsLimits(limits);
    this.#kinds = new Map(Object.entries(kinds).map(([name, kind]) => [name, checkKind(name, kind)]));
    this.#table = new RoomTable([...this.#kinds.values()]);
    this.#events = {
      onFault: (inside, error) => this.#onFault(inside, error),
      onGone: (connection) => this.#forget(connection),
    };
    this.#host = {
      rooms: this as Rooms,
      move: (from, id, to) => this.#move(from, id, to),
      close: (inside, code, reason) => this.#close(inside, code, reason),
      kick: (inside, id, code, reason) => {
        const connection = this.#byId.get(id);
        if (connection?.room === inside) connection.peer.close(code, reason);
      },
    };
    this.#transit = new Transit(this.#numbers, checkSeconds('moveTimeLimit', moveTimeLimit) * 1000, {
      onArrived: (connection) => this.#seat(connection),
      onLost: (connection) => this.#forget(connection),
    });
    this.queue = new MatchQueue({
      mostWaiting: this.limits.waitingPlayers,
      now: () => clock.now(),
      kindOf: (name) => this.#kindOf(name),
      isPlayer: (id) => this.roomOf(id) !== null,
      open: (kind, group) => this.#openMatch(kind, group),
      move: (id, room) => void this.roomOf(id)?.move(id, room),
    });
    const byCode = [...this.#kinds.values()].filter(({ opensByCode }) => opensByCode).map(({ name }) => name);
    const settings = { enter, versions, limits: this.limits, byCode };
    this.#entrance = new Entrance(server, settings, {
      isStopping: () => this.#isStopping,
      players: () => this.#byId.size,
      now: () => clock.now(),
      kindOf: (name) => this.#kinds.get(name),
      find: (code) => this.find(code),
      create: (kind, code, key) => this.#create(this.#kindOf(kind), code, {}, key),
      quickMatch: (kind, key) => this.#quickMatch(this.#kindOf(kind), {}, key),
      admit: (peer, address, key, room) => this.#admit(peer, address, key, room),
      onRefused: (address, refusal) => this.#publishRefused(address, refusal),
      onError: (error) => this.#errors.push(error),
    });
  }

  // ---------------------------------------------------------------- rooms

  /**
   * Makes a room. Throws `TypeError` for an unknown kind or a text that cannot be a code, and what `open` throws. Returns a failure:
   * `TICKPEER_ROOM_LIMIT`, `TICKPEER_ALREADY_IN_USE` for a code that a room has, `TICKPEER_ROOM_CLOSED` once the server stops.
   */
  create<Kind extends keyof Kinds & string>(
    kind: Kind,
    { code, metadata = {}, by }: CreateOptions = {},
  ): Room<LogicOf<Kinds[Kind]>> | Failure {
    const wanted = code === undefined ? null : readCode(code);
    if (code !== undefined && wanted === null) throw new TypeError(`"${code}" cannot be the code of a room`);
    // The kind's `open` has made its logic.
    return this.#create(this.#kindOf(kind), wanted, metadata, this.#keyOf(by)) as Room<LogicOf<Kinds[Kind]>> | Failure;
  }

  /** The open room with a code, which is not case-sensitive; null for none. */
  find(code: string): Room | null {
    return this.#table.byCode.get(readCode(code) ?? '')?.room ?? null;
  }

  /** The open rooms, or those for which `filter` is true, that are listed. */
  list(filter: (room: Room) => boolean = () => true): Room[] {
    const rooms: Room[] = [];
    for (const { room } of this.#table.byCode.values()) if (room.isListed && filter(room)) rooms.push(room);
    return rooms;
  }

  /** How many rooms are open. */
  get roomCount(): number {
    return this.#table.size;
  }

  /** How many clients there are, in rooms and on the way between them. */
  get playerCount(): number {
    return this.#byId.size;
  }

  /**
   * The fullest room of a kind that has a free place, is listed and not locked, and for which `filter` is true; a new one where there is
   * none. Fails and throws as `create`.
   */
  quickMatch<Kind extends keyof Kinds & string>(
    kind: Kind,
    options: QuickMatchOptions<LogicOf<Kinds[Kind]>> = {},
  ): Room<LogicOf<Kinds[Kind]>> | Failure {
    type Found = Room<LogicOf<Kinds[Kind]>>;
    // Of this kind, so that the filter gets what it expects.
    return this.#quickMatch(this.#kindOf(kind), options as QuickMatchOptions, this.#keyOf(options.by)) as
      | Found
      | Failure;
  }

  /** The room that a player is in; null for an unknown id, and while it moves to another room. */
  roomOf(id: number): Room | null {
    const connection = this.#byId.get(id);
    if (connection === undefined || !connection.room.multiplayer.parts.members.peers.has(id)) return null;
    return connection.room.room;
  }

  /** The connection of a player, whatever room it is in; null for an unknown id. */
  getPeer(id: number): WebSocketPeer | null {
    return this.#byId.get(id)?.peer ?? null;
  }

  // ---------------------------------------------------------------- the loop

  /**
   * Polls the server and lets clients in, moves those that change rooms, and runs the ticks that are due. Never waits. Handlers of rooms
   * that throw are reported by `roomFailed`; what `enter`, and handlers of the signals of this object, throw is thrown at the end.
   */
  poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    try {
      this.#server.poll();
      this.#distribute();
      this.#entrance.admitAll();
      const now = this.#clock.now();
      if (this.#transit.size > 0) this.#transit.progress(now);
      for (const inside of this.#table.active) if (inside.isDue(now)) this.#tick(inside, now);
      if (this.queue.size > 0) this.#try(() => this.queue.process(now));
      for (const { room } of this.#table.overdue(now)) room.close('nobody was in the room');
    } finally {
      this.#isPolling = false;
    }
    const errors = this.#errors;
    if (errors.length === 0) return;
    this.#errors = [];
    throw errors[0];
  }

  /** Closes all rooms, and refuses new clients. `poll` it until `isStopped()`, so that everything that was sent arrives. */
  stop({ timeLimit = 10, reason = 'the server stops' }: RoomsStopOptions = {}): void {
    checkSeconds('timeLimit', timeLimit, true);
    this.#isStopping = true;
    for (const inside of [...this.#table.byCode.values()]) this.#close(inside, RoomCloseCode.STOPPING, reason);
    this.#server.stop({ timeLimit, code: RoomCloseCode.STOPPING, reason });
  }

  /** Whether `stop` was called and all connections have ended. */
  isStopped(): boolean {
    return this.#isStopping && this.#server.isStopped();
  }

  // ---------------------------------------------------------------- the inside

  #kindOf(name: string): CheckedKind {
    const kind = this.#kinds.get(name);
    if (kind === undefined) throw new TypeError(`there is no kind of rooms "${name}"`);
    return kind;
  }

  #keyOf(id: number | undefined): string {
    return id === undefined ? '' : (this.#byId.get(id)?.addressKey ?? '');
  }

  #create(kind: CheckedKind, wanted: string | null, metadata: RoomMetadata, creatorKey: string): Room | Failure {
    if (this.#isStopping) return { code: 'TICKPEER_ROOM_CLOSED', message: 'the server stops' };
    const { rooms, roomsPerAddress } = this.limits;
    if (this.#table.size >= rooms) return { code: 'TICKPEER_ROOM_LIMIT', message: `there are limits.rooms, ${rooms}` };
    if (this.#creators.of(creatorKey) >= roomsPerAddress) {
      const message = `there are limits.roomsPerAddress, ${roomsPerAddress} rooms of one address`;
      return { code: 'TICKPEER_ROOM_LIMIT', message };
    }
    const isTaken = (code: string): boolean => this.#table.byCode.has(code);
    const code = wanted ?? newCode(this.#table.size, isTaken);
    if (isTaken(code)) return { code: 'TICKPEER_ALREADY_IN_USE', message: `a room has the code ${code}` };
    const inside = new RoomInside({
      kind,
      server: this.#server,
      clock: this.#clock,
      numbers: this.#numbers,
      index: this.#roomCount++,
      events: this.#events,
    });
    const room = new Room(code, inside, metadata, this.#host);
    inside.room = room;
    const logic = kind.open(room);
    if (typeof logic === 'object' && logic !== null) inside.logic = logic as RoomLogic; // its methods are optional
    room.begin(logic);
    inside.creatorKey = creatorKey;
    this.#creators.add(creatorKey);
    this.#table.add(inside, this.#clock.now());
    this.#try(() => this.roomCreated.emit(room));
    return room;
  }

  #quickMatch(kind: CheckedKind, { filter, metadata = {} }: QuickMatchOptions, creatorKey: string): Room | Failure {
    let fullest: Room | null = null;
    for (const { room } of this.#table.ofKind(kind.name) ?? []) {
      if (!room.hasPlace || !room.isListed || room.isLocked) continue;
      if (fullest !== null && fullest.taken >= room.taken) continue;
      if (filter?.(room) !== false) fullest = room;
    }
    return fullest ?? this.#create(kind, null, metadata, creatorKey);
  }

  #openMatch(kind: string, group: string): Room | null {
    const room = this.#create(this.#kindOf(kind), null, group === '' ? {} : { group }, '');
    return isFailure(room) ? null : room;
  }

  /** Gives a new client its id, and a place in a room. */
  #admit(peer: WebSocketPeer, address: string, addressKey: string, { inside }: Room): Failure | null {
    // A room of another `Rooms`, or one that `open` has not returned yet.
    if (this.#table.byCode.get(inside.room.code) !== inside) {
      return { code: 'TICKPEER_ROOM_CLOSED', message: 'the room is not open here' };
    }
    const id = chooseClientId(
      () => inside.peer.generateUniqueId(),
      (other) => this.#byId.has(other),
    );
    if (isFailure(id)) return id;
    if (peer.send(writeIdMessage(id)) !== ErrorCode.OK) {
      return { code: 'TICKPEER_ROOM_CLOSED', message: 'the connection has closed' };
    }
    const connection = new Connection(id, peer, address, addressKey, inside);
    this.#byId.set(id, connection);
    this.#byPeer.set(peer, connection);
    this.#entrance.addresses.add(addressKey);
    this.#seat(connection);
    return null;
  }

  #seat(connection: Connection): void {
    connection.room.gate.add(connection);
    this.#table.wake(connection.room);
  }

  /** Tells each room which of its connections have something new. */
  #distribute(): void {
    for (const peer of this.#server.readyPeers()) {
      const connection = this.#byPeer.get(peer);
      if (connection !== undefined && !this.#transit.has(connection)) connection.room.gate.list(connection);
    }
  }

  #tick(inside: RoomInside, now: number): void {
    inside.tick(now);
    if (!inside.isClosed && inside.faults > inside.kind.mostFaults) inside.room.close('too many faults');
    if (!inside.isClosed && inside.isEmpty) this.#table.rest(inside, now);
  }

  #move(from: RoomInside, id: number, to: RoomInside): Failure | null {
    const connection = this.#byId.get(id);
    if (connection?.room !== from || !from.multiplayer.parts.members.peers.has(id)) {
      return { code: 'TICKPEER_UNKNOWN_PEER', message: `${id} is no player of the room ${from.room.code}` };
    }
    if (to === from) return { code: 'TICKPEER_ALREADY_IN_USE', message: `${id} is in the room ${to.room.code}` };
    if (to.isClosed) return { code: 'TICKPEER_ROOM_CLOSED', message: `the room ${to.room.code} is closed` };
    if (!to.hasPlace) return { code: 'TICKPEER_ROOM_FULL', message: `the room ${to.room.code} is full` };
    this.queue.leave(id);
    const packets = from.multiplayer.parts.release(id);
    from.peer.release(id);
    from.gate.remove(connection);
    connection.room = to;
    to.gate.arriving.add(connection);
    this.#transit.begin(connection, packets, this.#clock.now());
    try {
      from.multiplayer.peerDisconnected.emit(id, null);
    } catch (error) {
      this.#onFault(from, error);
    }
    return null;
  }

  #close(inside: RoomInside, code: number, reason: string): void {
    if (inside.isClosing) return;
    const connections = inside.close(code, reason);
    this.#table.remove(inside);
    this.#creators.remove(inside.creatorKey);
    for (const connection of connections) this.#forget(connection);
    this.#try(() => this.roomClosed.emit(inside.room, reason));
  }

  /** A connection has ended, or is about to. */
  #forget(connection: Connection): void {
    if (!this.#byPeer.delete(connection.peer)) return;
    this.#byId.delete(connection.id);
    connection.room.gate.remove(connection);
    this.#transit.drop(connection);
    this.queue.leave(connection.id);
    this.#entrance.addresses.remove(connection.addressKey);
  }

  #onFault(inside: RoomInside, error: unknown): void {
    const { room } = inside;
    const count = ++inside.faults;
    const fault = CHANNELS['tickpeer:rooms:fault'];
    if (fault.hasSubscribers) fault.publish({ rooms: this as Rooms, room, error, count });
    this.#try(() => this.roomFailed.emit(room, error, count));
  }

  #publishRefused(address: string, { code, reason }: EntryRefusal): void {
    const refused = CHANNELS['tickpeer:rooms:refused'];
    if (refused.hasSubscribers) refused.publish({ rooms: this as Rooms, address, code, reason });
  }

  /** What `run` throws is thrown when the poll ends. */
  #try(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#errors.push(error);
    }
  }
}
