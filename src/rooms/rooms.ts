import type { Clock } from '../clock.ts';
import { type Failure, isFailure } from '../failure.ts';
import { PathNumbers, Signal } from '../multiplayer/index.ts';
import { systemClock } from '../stream/index.ts';
import { WebSocketPeer, WebSocketServer } from '../websocket/index.ts';
import { CHANNELS } from './diagnostics.ts';
import { Entrance } from './entering/entrance.ts';
import { readCode } from './entering/room-code.ts';
import type { RoomDirectory } from './entering/room-directory.ts';
import { checkRoomsLimits, checkSeconds, type RoomsLimits } from './limits/rooms-limits.ts';
import { MatchQueue } from './moving/match-queue.ts';
import { Players } from './players.ts';
import type { Connection } from './room/connection.ts';
import type { Room, RoomHost } from './room/room.ts';
import { RoomCloseCode } from './room/room-close-code.ts';
import type { RoomInside } from './room/room-inside.ts';
import { type CheckedKind, checkKind, type LogicOf, type RoomKinds } from './room/room-kind.ts';
import { RoomFactory } from './room-factory.ts';
import { RoomReports } from './room-reports.ts';
import { RoomTable } from './room-table.ts';
import type { CreateOptions, QuickMatchOptions, RoomsOptions } from './rooms-options.ts';
import { RoomSaver } from './saving/room-saver.ts';
import type { SavingFailure } from './saving/room-store.ts';
import { RoomsShutdown, type RoomsStopOptions } from './stopping/rooms-shutdown.ts';

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
  /** A room could not be saved, or not restored (option `saving`). */
  readonly savingFailed: Signal<[failure: SavingFailure]> = new Signal();
  /** Players that wait for a match. */
  readonly queue: MatchQueue;
  readonly limits: Required<RoomsLimits>;
  readonly #server: WebSocketServer;
  readonly #clock: Clock;
  readonly #kinds: ReadonlyMap<string, CheckedKind>;
  readonly #table: RoomTable;
  readonly #entrance: Entrance;
  readonly #players: Players;
  readonly #factory: RoomFactory;
  readonly #saver: RoomSaver | null;
  readonly #shutdown: RoomsShutdown;
  readonly #reports: RoomReports = new RoomReports(this as Rooms);
  readonly #directory: RoomDirectory | null;
  #isPolling = false;

  /** `server` keeps its own settings. Throws for options that cannot be used. */
  constructor(server: WebSocketServer, options: RoomsOptions<Kinds>) {
    if (!(server instanceof WebSocketServer)) throw new TypeError('server is a WebSocketServer');
    const { kinds, enter = null, versions = null, limits = {}, saving, clock = systemClock } = options;
    const { moveTimeLimit = Number.POSITIVE_INFINITY, directory = null } = options;
    this.#directory = directory;
    this.#server = server;
    this.#clock = clock;
    this.limits = checkRoomsLimits(limits);
    this.#kinds = new Map(Object.entries(kinds).map(([name, kind]) => [name, checkKind(name, kind)]));
    this.#table = new RoomTable([...this.#kinds.values()]);
    this.#saver = saving === undefined ? null : new RoomSaver(saving);
    const numbers = new PathNumbers();
    const onFault = (inside: RoomInside, error: unknown): void => this.#reports.onFault(inside, error);
    this.#players = new Players({
      server,
      clock,
      numbers,
      table: this.#table,
      moveTimeLimit: checkSeconds('moveTimeLimit', moveTimeLimit) * 1000,
      onFault,
      onLeft: ({ id }) => void this.queue.leave(id),
      onEntered: ({ addressKey }) => this.#entrance.addresses.add(addressKey),
      onGone: ({ addressKey }) => this.#entrance.addresses.remove(addressKey),
    });
    const host: RoomHost = {
      rooms: this as Rooms,
      move: (from, id, to) => this.#players.move(from, id, to),
      close: (inside, code, reason) => {
        for (const { peer } of this.#close(inside, reason)) peer.close(code, reason);
      },
      kick: (inside, id, code, reason) => {
        const connection = this.#players.get(id);
        const { multiplayer } = inside;
        const isAway = multiplayer.parts.absences?.isAway(id) === true;
        if (connection?.room === inside) {
          multiplayer.parts.router.outbox.drain(id);
          connection.peer.close(code, reason);
        }
        // Its connection that is being authenticated, and then its absence.
        for (let left = isAway ? 2 : 0; left > 0; left--) multiplayer.disconnectPeer(id);
      },
    };
    this.#factory = new RoomFactory({
      clock,
      numbers,
      table: this.#table,
      limits: this.limits,
      saver: this.#saver,
      directory,
      host,
      events: {
        onFault,
        onGone: (connection) => this.#players.forget(connection),
        onEnded: (id) => this.#players.endAbsence(id),
      },
      isDraining: () => this.#shutdown.isDraining,
      kindOf: (name) => this.#kindOf(name),
      onCreated: (room) => this.#reports.try(() => this.roomCreated.emit(room)),
    });
    this.#shutdown = new RoomsShutdown(clock, server, {
      rooms: () => this.#table.byCode.values(),
      closeRoom: (inside, reason) => this.#close(inside, reason, 'save'),
      stopServer: (timeLimit, reason) => server.stop({ timeLimit, code: RoomCloseCode.STOPPING, reason }),
      onDeadline: () => this.#saver?.giveUp('the store has not ended it before the time limit of stop()'),
    });
    this.queue = new MatchQueue({
      mostWaiting: this.limits.waitingPlayers,
      now: () => clock.now(),
      kindOf: (name) => this.#kindOf(name),
      isPlayer: (id) => this.roomOf(id) !== null,
      isConnected: (id) => this.#players.get(id)?.peer.getReadyState() === WebSocketPeer.STATE_OPEN,
      open: (name, group) => {
        const metadata = group === '' ? {} : { group };
        const room = this.#factory.createReported({ kind: this.#kindOf(name), metadata });
        return isFailure(room) ? null : room;
      },
      move: (id, room) => {
        const failure = this.roomOf(id)?.move(id, room) ?? null;
        return failure !== null && failure.code !== 'TICKPEER_ALREADY_IN_USE';
      },
    });
    const byCode = [...this.#kinds.values()].filter(({ opensByCode }) => opensByCode).map(({ name }) => name);
    const mayReturn = [...this.#kinds.values()].some(({ returning }) => returning !== false);
    const settings = { enter, versions, limits: this.limits, mayReturn, byCode };
    this.#entrance = new Entrance(server, settings, {
      isStopping: () => this.#shutdown.hasBegun,
      isDraining: () => this.#shutdown.isDraining && this.#saver !== null,
      players: () => this.#players.size,
      now: () => clock.now(),
      kindOf: (name) => this.#kinds.get(name),
      find: (code) => this.find(code),
      create: (name, code, creatorKey) => this.#factory.createReported({ kind: this.#kindOf(name), code, creatorKey }),
      quickMatch: (name, creatorKey) => {
        const kind = this.#kindOf(name);
        return this.#factory.fullest(kind) ?? this.#factory.createReported({ kind, creatorKey });
      },
      isElsewhere: (code) => directory?.isElsewhere(code) === true,
      load: (code) => {
        const mayOpen = !this.#shutdown.isDraining && directory?.mayOpen(code) !== false;
        return mayOpen ? (this.#saver?.load(code) ?? null) : null;
      },
      restore: (code, saved) => this.#factory.restore(code, saved),
      readmit: (peer, address, key, { token, code }) => this.#players.readmit(peer, address, key, token, code ?? '-'),
      admit: (peer, address, key, room) => this.#players.admit(peer, address, key, room),
      onRefused: (address, refusal) => this.#reports.onRefused(address, refusal),
      onError: (error) => this.#reports.keep(error),
    });
  }

  /** The server whose clients are the players. */
  get server(): WebSocketServer {
    return this.#server;
  }

  // ---------------------------------------------------------------- rooms

  /**
   * Makes a room. Throws `TypeError` for an unknown kind or a text that cannot be a code, and what `open` throws. Returns a failure:
   * `TICKPEER_ROOM_LIMIT`, `TICKPEER_ALREADY_IN_USE` for a code that a room has, `TICKPEER_STOPPING` after `drain` and `stop`,
   * `TICKPEER_ROOM_CLOSED` when `open` has closed it, `TICKPEER_CLUSTER` when `directory` does not allow it.
   */
  create<Kind extends keyof Kinds & string>(
    kind: Kind,
    { code, metadata = {}, by }: CreateOptions = {},
  ): Room<LogicOf<Kinds[Kind]>> | Failure {
    const wanted = code === undefined ? null : readCode(code);
    if (code !== undefined && wanted === null) throw new TypeError(`"${code}" cannot be the code of a room`);
    const room = this.#factory.create({
      kind: this.#kindOf(kind),
      code: wanted,
      metadata,
      creatorKey: this.#keyOf(by),
    });
    return room as Room<LogicOf<Kinds[Kind]>> | Failure; // the kind's `open` has made its logic
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

  /** All open rooms, in the order in which they were opened. */
  getRooms(): Room[] {
    return Array.from(this.#table.byCode.values(), ({ room }) => room);
  }

  /** How many rooms are open. */
  get roomCount(): number {
    return this.#table.size;
  }

  /** How many players there are, in rooms, on the way between them, and away. */
  get playerCount(): number {
    return this.#players.size;
  }

  /**
   * The fullest room of a kind that has a free place, is listed and not locked, and for which `filter` is true; a new one where there is
   * none. Fails and throws as `create`, and throws what `filter` throws.
   */
  quickMatch<Kind extends keyof Kinds & string>(
    name: Kind,
    { filter, metadata = {}, by }: QuickMatchOptions<LogicOf<Kinds[Kind]>> = {},
  ): Room<LogicOf<Kinds[Kind]>> | Failure {
    type Found = Room<LogicOf<Kinds[Kind]>>;
    const kind = this.#kindOf(name);
    // The rooms are of this kind, so that the filter gets what it expects.
    const found = this.#factory.fullest(kind, filter as ((room: Room) => boolean) | undefined);
    return (found ?? this.#factory.create({ kind, metadata, creatorKey: this.#keyOf(by) })) as Found | Failure;
  }

  /** The room that a player is in; null for an unknown id, and while it moves to another room. */
  roomOf(id: number): Room | null {
    return this.#players.roomOf(id);
  }

  /** The connection of a player, whatever room it is in; null for an unknown id. */
  getPeer(id: number): WebSocketPeer | null {
    return this.#players.get(id)?.peer ?? null;
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
      this.#entrance.admitAll();
      const now = this.#clock.now();
      this.#players.progress(now);
      this.#table.tickDue(now, (inside) => this.#tick(inside, now));
      if (this.queue.size > 0 && !this.#shutdown.isDraining) this.#reports.try(() => this.queue.process(now));
      for (const { room } of this.#table.overdue(now)) room.close('nobody was in the room');
      this.#shutdown.progress(now);
      if (this.#saver !== null) this.#reports.reportSaving(this.#saver);
    } finally {
      this.#isPolling = false;
    }
    this.#reports.throwFirst();
  }

  // ---------------------------------------------------------------- restarts

  /**
   * Opens every room that the store of the option `saving` has and that is not open: at the start of a process. Resolves with these rooms.
   * What fails is reported by `savingFailed`, and what `open` throws by `roomFailed`; these rooms stay in the store. Never rejects.
   */
  async restoreAll(): Promise<Room[]> {
    const restored: Room[] = [];
    const saver = this.#saver;
    for (const code of (await saver?.list()) ?? []) {
      const text = (await saver?.read(code)) ?? null;
      if (this.#shutdown.isDraining) break;
      if (text === null || this.#table.byCode.has(code) || this.#directory?.mayOpen(code) === false) continue;
      const room = this.#factory.restore(code, text);
      if (!isFailure(room)) restored.push(room);
      else if (room.code !== 'TICKPEER_ROOM_FAILED') saver?.fail(code, 'restore', room);
    }
    return restored;
  }

  /**
   * Opens no more rooms and makes no more matches, and calls `onDrain` of every room: before the process is replaced. Rooms that are open
   * go on, and clients who ask for one of them get in; those who need a new one are refused with 4503. `WebSocketServer.isReady` is false.
   */
  drain(): void {
    this.#shutdown.drain();
  }

  /** Ends what `drain` has begun. Has no effect after `stop`. */
  resume(): void {
    this.#shutdown.resume();
  }

  /** Whether no rooms are opened any more, because of `drain` or `stop`. */
  get isDraining(): boolean {
    return this.#shutdown.isDraining;
  }

  /**
   * Saves and closes all rooms, and refuses new clients. With `over`, rooms close one after another, spread over so many seconds. `poll` it
   * until `isStopped()`, so that everything that was sent arrives. A second call closes at once what is left.
   */
  stop(options: RoomsStopOptions = {}): void {
    this.#shutdown.begin(options);
  }

  /**
   * Closes a room, or all, and their connections with 4503, and goes on. What is stored of them stays as it is: in a cluster, when another process
   * has them from now on. `onClose` is called.
   */
  handOver(reason: string, room?: Room): void {
    const leaving = room === undefined ? [...this.#table.byCode.values()] : [room.inside];
    for (const inside of leaving) {
      for (const { peer } of this.#close(inside, reason, 'leave')) peer.close(RoomCloseCode.STOPPING, reason);
    }
  }

  /** Whether a room's last state, or its end, is on the way to the store (option `saving`). */
  isSaving(code: string): boolean {
    return this.#saver?.isWritingTo(code) === true;
  }

  /** Whether a client that asks for a code that no room has gets a new room (`opensByCode`). `kind`: the parameter of its URL, or empty. */
  opensByCode(kind: string): boolean {
    return this.#entrance.opens(kind) !== null;
  }

  /** Whether `stop` was called, all connections have ended, and all rooms are saved. */
  isStopped(): boolean {
    return this.#shutdown.isOver && this.#server.isStopped() && this.#saver?.isWriting !== true;
  }

  // ---------------------------------------------------------------- the inside

  #kindOf(name: string): CheckedKind {
    const kind = this.#kinds.get(name);
    if (kind === undefined) throw new TypeError(`there is no kind of rooms "${name}"`);
    return kind;
  }

  #keyOf(id: number | undefined): string {
    return id === undefined ? '' : (this.#players.get(id)?.addressKey ?? '');
  }

  #tick(inside: RoomInside, now: number): void {
    if (this.#directory?.mayRun() === false) return;
    const tick = CHANNELS['tickpeer:rooms:tick'];
    if (tick.hasSubscribers) {
      const start = performance.now();
      inside.tick(now);
      tick.publish({ rooms: this as Rooms, room: inside.room, duration: performance.now() - start });
    } else {
      inside.tick(now);
    }
    if (inside.isClosed) return;
    if (inside.faults > inside.kind.mostFaults) inside.room.close('too many faults');
    else if (inside.isEmpty) this.#rest(inside, now);
    else if (now >= inside.nextSave) this.#saver?.save(inside, now);
  }

  /** The last player has left. */
  #rest(inside: RoomInside, now: number): void {
    this.#table.rest(inside, now);
    this.#saver?.saveAtRest(inside, now);
  }

  /** Closes a room, without its connections, which it returns. `saving`: whether it is removed from the store, saved, or left there as it is. */
  #close(inside: RoomInside, reason: string, saving: 'forget' | 'save' | 'leave' = 'forget'): readonly Connection[] {
    if (inside.isClosing) return [];
    if (saving === 'save') this.#saver?.save(inside, this.#clock.now());
    if (inside.isClosing) return []; // by its `save`
    const connections = inside.close(reason);
    if (this.#table.byCode.get(inside.room.code) !== inside) return connections; // its `open` is running
    this.#table.remove(inside);
    if (saving === 'forget') this.#saver?.forget(inside);
    if (saving === 'leave') this.#saver?.abandon(inside.room.code);
    this.#factory.creators.remove(inside.creatorKey);
    for (const connection of connections) this.#players.forget(connection);
    this.#reports.try(() => this.roomClosed.emit(inside.room, reason));
    return connections;
  }
}
