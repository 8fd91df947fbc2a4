import { type Failure, failed } from '../failure.ts';
import { Signal } from '../multiplayer/index.ts';
import { type Room, type RoomDirectory, type RoomMetadata, type Rooms, readCode } from '../rooms/index.ts';
import type { Broker, Bucket, Change } from './broker/broker.ts';
import { type ClusterOptions, checkClusterOptions } from './cluster-options.ts';
import { type ClusterNode, type ClusterRoom, clusterNodes, clusterRoom, openRooms } from './cluster-room.ts';
import { Directory } from './directory/directory.ts';
import type { ClaimResult } from './directory/own-rooms.ts';
import type { RoomSummary } from './directory/room-record.ts';
import { LeaseTime } from './lease/lease-time.ts';
import type { NodeReport } from './lease/node-record.ts';
import { Membership } from './membership.ts';
import { RoomMaker, type RoomOrder, readOrder } from './room-maker.ts';
import { RoomFinder } from './routing/room-finder.ts';
import { Sweeper } from './sweeper.ts';

/** Milliseconds between two looks at leases and codes of others. */
const SWEEP_INTERVAL = 250;
/** Every open room is compared with its record once in so many milliseconds. */
const ROUND = 1000;
/** Milliseconds between two tries to join again. */
const JOIN_INTERVAL = 1000;
/** Milliseconds that another process has to answer. */
const ANSWER_TIME = 2000;
const LOST = 'the process has lost its place in the cluster';

/** Options of `Cluster.createRoom`. */
export interface ClusterCreateOptions {
  /** The code. Default: a new one that cannot be guessed. */
  readonly code?: string;
  readonly metadata?: RoomMetadata;
  /** However often a room is asked for with the same text, by whatever process, it is made once. Default: every call makes one. */
  readonly request?: string;
  /** `here`: in this process. `least`: in the process with the fewest players. Default: 'least'. */
  readonly where?: 'here' | 'least';
}

/** Options of `Cluster.quickMatch`. */
export interface ClusterMatchOptions {
  /** Which rooms come into question. Default: all. */
  readonly filter?: (room: ClusterRoom) => boolean;
  /** Of the room that is made when there is none. */
  readonly metadata?: RoomMetadata;
}

/** Options of `Cluster.leave`. */
export interface ClusterLeaveOptions {
  /** As of `Rooms.stop`. */
  readonly over?: number;
  readonly timeLimit?: number;
  readonly reason?: string;
}

/** A part that takes records of the bucket which are not of rooms or nodes, such as presence. */
export interface ClusterPart {
  onChange(change: Change): void;
  /** Of a node's records: their keys and revisions. */
  recordsOf(node: string): Iterable<readonly [key: string, revision: number]>;
  /** The nodes that the records name. */
  owners(): Iterable<string>;
}

/**
 * This process as one of a cluster, whose rooms share their codes: each code has one owner at any time (docs/scaling.md). `poll` it instead of the `Rooms`.
 */
export class Cluster {
  /** This process is a member, with this id: after `join`, and again after it had lost its lease. */
  readonly joined: Signal<[id: string]> = new Signal();
  /** The lease has ended, because it could not be renewed in time. The rooms were closed with 4503, and others may open them. It joins again by itself. */
  readonly leaseLost: Signal<[id: string]> = new Signal();
  /** The record of an open room was taken away by somebody who may not, or the broker has lost it. The room was closed with 4503. */
  readonly roomLost: Signal<[code: string]> = new Signal();
  /** For the option `directory` of `Rooms`. */
  readonly directory: RoomDirectory;
  readonly #broker: Broker;
  readonly #options: Required<ClusterOptions>;
  readonly #mirror: Directory;
  readonly #finder: RoomFinder;
  readonly #maker: RoomMaker;
  readonly #time: LeaseTime;
  #bucket!: Bucket;
  #sweeper!: Sweeper;
  #membership: Membership | null = null;
  #rooms: Rooms | null = null;
  #isSaved: (code: string) => Promise<boolean> = async () => false;
  /** The codes of rooms that have closed and may still be saved. */
  readonly #closing = new Set<string>();
  /** The rooms that are still to be compared in this round. */
  #round: Room[] = [];
  #roundStart = 0;
  #roundSize = 0;
  #nextSweep = 0;
  #nextJoin = 0;
  #isJoining = false;
  #leaving: 'no' | 'stopping' | 'releasing' | 'left' = 'no';

  /**
   * Joins the processes with the same name at the broker. Rejects when the broker cannot be reached; throws for options that cannot be used.
   */
  static async join(broker: Broker, options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(broker, checkClusterOptions(options));
    await cluster.#begin();
    return cluster;
  }

  private constructor(broker: Broker, options: Required<ClusterOptions>) {
    this.#broker = broker;
    this.#options = options;
    const { clock, wallClock, leaseTime } = options;
    this.#time = new LeaseTime(clock, wallClock, leaseTime);
    this.#mirror = new Directory(
      () => clock.now(),
      (code, entry, revision) => this.#membership?.own.onRoom(code, entry, revision),
      () => undefined,
    );
    this.directory = {
      takeCode: () => this.#membership?.takeCode() ?? null,
      mayOpen: (code) => this.#membership?.own.mayOpen(code) === true,
      isElsewhere: (code) => this.#isElsewhere(code),
      mayRun: () => this.#membership?.lease.isHeld === true,
    };
    const own = () => this.#membership?.own ?? null;
    this.#maker = new RoomMaker({
      directory: this.#mirror,
      own,
      rooms: () => this.#served,
      timeLimit: (milliseconds) => this.#timeLimit(milliseconds),
    });
    this.#finder = new RoomFinder({
      directory: this.#mirror,
      own,
      self: () => this.#membership?.id ?? null,
      now: () => clock.now(),
      local: () => ({ players: this.#rooms?.playerCount ?? 0, isOpening: this.#isOpening }),
      isOpenHere: (code) => this.#rooms?.find(code) !== null,
      opensByCode: (kind) => this.#served.opensByCode(kind),
      isSaved: (code) => this.#isSaved(code),
      askToClaim: (node, code) => this.#askToClaim(node, code),
      pause: (milliseconds, signal) => this.#pause(milliseconds, signal),
    });
  }

  // ---------------------------------------------------------------- this process

  /** The id of this process while it holds its lease; null otherwise. Every lease has another one. */
  get id(): string | null {
    return this.#membership?.lease.isHeld === true ? this.#membership.id : null;
  }

  /** Milliseconds since the last renewal of the lease was sent; null without a lease. */
  get leaseAge(): number | null {
    return this.#membership?.lease.age ?? null;
  }

  /**
   * The rooms of this process, which were made with the `directory` of this cluster. Throws when there are others already.
   */
  serve(rooms: Rooms): void {
    if (this.#rooms !== null) throw new Error('this cluster serves rooms already');
    this.#rooms = rooms;
    rooms.roomCreated.connect((room) => this.#membership?.own.set(room.code, 'open', summaryOf(room)));
    rooms.roomClosed.connect((room) => {
      this.#membership?.own.set(room.code, 'closing', summaryOf(room));
      this.#closing.add(room.code);
    });
  }

  /** Looks at the lease, and closes all rooms when it has ended; then polls the rooms, and writes what has changed. Never waits. Throws as `Rooms.poll`. */
  poll(): void {
    const now = this.#options.clock.now();
    const membership = this.#membership;
    if (membership !== null && !membership.lease.isHeld) this.#lose(membership);
    try {
      this.#rooms?.poll();
    } finally {
      this.#membership?.poll(now, this.#isOpening);
      this.#compareRooms(now);
      this.#releaseClosed();
      if (now >= this.#nextSweep) this.#sweep(now);
      if (this.#membership === null && this.#leaving === 'no') this.#joinAgain(now);
      if (this.#leaving === 'stopping') this.#finishLeaving();
    }
  }

  /**
   * Leaves: opens no more rooms, saves and closes all as `Rooms.stop`, and gives them to the others. `poll` until `hasLeft`. Players who come back
   * get into their rooms at another process.
   */
  leave(options: ClusterLeaveOptions = {}): void {
    this.#served.stop(options);
    if (this.#leaving === 'no') this.#leaving = 'stopping';
    void this.#membership?.lease.renew();
  }

  /** Whether `leave` has done its work. */
  get hasLeft(): boolean {
    return this.#leaving === 'left';
  }

  // ---------------------------------------------------------------- all processes

  /** The processes of the cluster. */
  getNodes(): ClusterNode[] {
    return clusterNodes(this.#mirror, this.#options.clock.now());
  }

  /** The open rooms of all processes that are listed, or those for which `filter` is true. */
  list(filter: (room: ClusterRoom) => boolean = () => true): ClusterRoom[] {
    return this.getRooms().filter((room) => room.isListed && filter(room));
  }

  /** All open rooms of all processes. */
  getRooms(): ClusterRoom[] {
    return openRooms(this.#mirror);
  }

  /** The open room with a code, wherever it is; null for none. */
  find(code: string): ClusterRoom | null {
    const wanted = readCode(code) ?? '';
    const entry = this.#mirror.get(wanted);
    if (entry === null || entry.record.state !== 'open' || this.#mirror.ownerOf(wanted) === null) return null;
    return clusterRoom(wanted, entry.record);
  }

  /** Players in all processes. */
  get playerCount(): number {
    return this.#mirror.leases.records.reduce((sum, { players }) => sum + players, 0);
  }

  /**
   * Makes a room in one of the processes. Resolves with it or with a failure: `TICKPEER_ALREADY_IN_USE`, a room has the code; `TICKPEER_CLUSTER`, the
   * cluster cannot be reached, so that it is not known whether it was made (with `request`, ask again); else as `Rooms.create`. Throws `TypeError`
   * for a text that cannot be a code. Never rejects.
   */
  createRoom(kind: string, options: ClusterCreateOptions = {}): Promise<ClusterRoom | Failure> {
    const { code, metadata = {}, request = '', where = 'least' } = options;
    const wanted = code === undefined ? null : readCode(code);
    if (code !== undefined && wanted === null) throw new TypeError(`"${code}" cannot be the code of a room`);
    const order: RoomOrder = { kind, code: wanted, metadata, request };
    const node = where === 'here' ? this.id : this.#finder.choose();
    if (node === null) return Promise.resolve(failed('TICKPEER_CLUSTER', 'no process opens rooms at present'));
    return node === this.id ? this.#maker.make(order) : this.#askToMake(node, order);
  }

  /**
   * Resolves with the fullest room of a kind that has a free place, is listed and not locked, and for which `filter` is true; with a new one where there is
   * none. No place is kept: until a player arrives, another one may have taken it. Fails as `createRoom`. Never rejects, unless `filter` throws.
   */
  async quickMatch(kind: string, { filter, metadata = {} }: ClusterMatchOptions = {}): Promise<ClusterRoom | Failure> {
    let fullest: ClusterRoom | null = null;
    for (const room of this.getRooms()) {
      if (room.kind !== kind || !room.isListed || room.isLocked || room.taken >= room.capacity) continue;
      if ((fullest === null || room.taken > fullest.taken) && filter?.(room) !== false) fullest = room;
    }
    return fullest ?? this.createRoom(kind, { metadata });
  }

  // ---------------------------------------------------------------- the inside

  get #served(): Rooms {
    if (this.#rooms === null) throw new Error('this cluster serves no rooms yet: call serve()');
    return this.#rooms;
  }

  get #isOpening(): boolean {
    return this.#leaving === 'no' && this.#rooms?.isDraining === false && this.#membership?.lease.isHeld === true;
  }

  #isElsewhere(code: string): boolean {
    const record = this.#mirror.get(code)?.record;
    return record !== undefined && record.state !== 'pooled' && !this.directory.mayOpen(code);
  }

  async #begin(): Promise<void> {
    const { name } = this.#options;
    this.#bucket = await this.#broker.openBucket(name);
    this.#sweeper = new Sweeper(this.#bucket, this.#mirror, () => []);
    await this.#mirror.follow(this.#bucket);
    await this.#join();
  }

  async #join(): Promise<void> {
    const { name, newId, leaseTime, reservedCodes, clock } = this.#options;
    const membership = new Membership({
      id: newId(),
      bucket: this.#bucket,
      directory: this.#mirror,
      time: this.#time,
      leaseTime,
      reservedCodes,
      now: () => clock.now(),
      report: () => this.#report(),
      isSaved: (code) => this.#isSaved(code),
      onLost: (code) => this.#onLost(code),
    });
    await membership.lease.begin();
    this.#membership = membership;
    const subject = `${name}.node.${membership.id}`;
    membership.ends.push(
      this.#broker.respond(`${subject}.claim`, (text) => {
        const code = readCode(text);
        return code === null || !this.#isOpening ? 'unknown' : membership.own.claim(code);
      }),
      this.#broker.respond(`${subject}.make`, async (text) => {
        const order = readOrder(text);
        if (order === null) throw new TypeError('that is no order of a room');
        return JSON.stringify(await this.#maker.make(order));
      }),
    );
    this.joined.emit(membership.id);
  }

  #report(): NodeReport {
    const { label, address } = this.#options;
    const rooms = this.#rooms;
    return {
      label,
      address,
      isDraining: this.#leaving !== 'no' || rooms?.isDraining === true,
      rooms: rooms?.roomCount ?? 0,
      players: rooms?.playerCount ?? 0,
      worker: null,
      primary: '',
    };
  }

  #lose(membership: Membership): void {
    membership.end();
    this.#membership = null;
    this.#closing.clear();
    this.#rooms?.handOver(LOST);
    this.leaseLost.emit(membership.id);
  }

  #onLost(code: string): void {
    const room = this.#rooms?.find(code) ?? null;
    if (room === null) return;
    this.#rooms?.handOver('the room has another owner', room);
    this.roomLost.emit(code);
  }

  #joinAgain(now: number): void {
    if (this.#isJoining || now < this.#nextJoin || !this.#broker.isConnected) return;
    this.#isJoining = true;
    this.#nextJoin = now + JOIN_INTERVAL;
    const end = (): void => {
      this.#isJoining = false;
    };
    // A try that fails is repeated.
    this.#join().then(end, end);
  }

  /** Compares a part of the open rooms with their records: all of them once in a round. */
  #compareRooms(now: number): void {
    const rooms = this.#rooms;
    const own = this.#membership?.own;
    if (rooms === null || own === undefined) return;
    if (this.#round.length === 0 && now - this.#roundStart >= ROUND) {
      this.#round = rooms.getRooms();
      this.#roundStart = now;
      this.#roundSize = this.#round.length;
    }
    const left = this.#roundSize * Math.max(0, 1 - (now - this.#roundStart) / ROUND);
    while (this.#round.length > left) {
      const room = this.#round.pop();
      if (room !== undefined && !room.isClosed) own.set(room.code, 'open', summaryOf(room));
    }
  }

  /** Gives back the codes of closed rooms of which nothing is on the way to the store. */
  #releaseClosed(): void {
    for (const code of this.#closing) {
      if (this.#rooms?.isSaving(code) === true) continue;
      this.#closing.delete(code);
      this.#membership?.own.release(code);
    }
  }

  #sweep(now: number): void {
    this.#nextSweep = now + SWEEP_INTERVAL;
    const membership = this.#membership;
    if (membership === null || !membership.lease.isHeld) return;
    membership.own.releaseUnused(now);
    this.#sweeper.sweep(membership.id, now, []);
  }

  #finishLeaving(): void {
    const membership = this.#membership;
    if (!this.#served.isStopped() || this.#closing.size > 0 || this.#isJoining) return;
    if (membership === null) {
      this.#leaving = 'left';
      return;
    }
    if (membership.lease.isHeld && membership.own.size > 0) return;
    this.#leaving = 'releasing';
    const end = (): void => {
      membership.end();
      this.#membership = null;
      this.#leaving = 'left';
    };
    // Should it fail, the others end the lease when its time is over.
    membership.lease.end().then(end, end);
  }

  async #askToClaim(node: string, code: string): Promise<ClaimResult> {
    try {
      const result = await this.#broker.request(`${this.#options.name}.node.${node}.claim`, code, ANSWER_TIME);
      return result === 'here' || result === 'elsewhere' ? result : 'unknown';
    } catch {
      return 'unknown';
    }
  }

  async #askToMake(node: string, order: RoomOrder): Promise<ClusterRoom | Failure> {
    try {
      const text = await this.#broker.request(
        `${this.#options.name}.node.${node}.make`,
        JSON.stringify(order),
        ANSWER_TIME,
      );
      return JSON.parse(text) as ClusterRoom | Failure; // of a process of this cluster
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      return failed(
        'TICKPEER_CLUSTER',
        'the process that was asked has not answered: it may have made the room',
        cause,
      );
    }
  }

  #timeLimit(milliseconds: number): AbortSignal {
    const controller = new AbortController();
    this.#options.clock.setTimeout(() => controller.abort(), milliseconds);
    return controller.signal;
  }

  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(end, milliseconds);
      function end(): void {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      }
      signal.addEventListener('abort', end);
    });
  }
}

function summaryOf(room: Room): RoomSummary {
  const { kind, capacity, taken, isLocked, isListed, metadata } = room;
  return { kind, capacity, taken, isLocked, isListed, metadata };
}
