import type { ErrorCode } from '../error-code.ts';
import { type Failure, failed } from '../failure.ts';
import type { Signal } from '../multiplayer/index.ts';
import { type RoomDirectory, type RoomStore, type Rooms, type RoomsStopOptions, readCode } from '../rooms/index.ts';
import type { AttachOptions, UpgradeServer } from '../websocket/index.ts';
import type { Broker, Bucket } from './broker/broker.ts';
import {
  type ClusterCreateOptions,
  type ClusterMatchOptions,
  type ClusterOptions,
  checkClusterOptions,
} from './cluster-options.ts';
import { ClusterReports } from './cluster-reports.ts';
import {
  type ClusterNode,
  type ClusterRoom,
  clusterNodes,
  clusterRoom,
  fullestRoom,
  openRooms,
} from './cluster-room.ts';
import { Directory } from './directory/directory.ts';
import { LeaseTime } from './lease/lease-time.ts';
import type { NodeReport } from './lease/node-record.ts';
import { Membership } from './membership.ts';
import { Presence } from './messages/presence.ts';
import { RoomMail } from './messages/room-mail.ts';
import { NodeRequests } from './node-requests.ts';
import { orderOf, RoomMaker } from './room-maker.ts';
import { RoomWatch } from './room-watch.ts';
import { Front } from './routing/front.ts';
import type { FrontLimits } from './routing/front-options.ts';
import { RoomFinder } from './routing/room-finder.ts';
import { KvRoomStore } from './saving/kv-room-store.ts';
import { Sweeper } from './sweeper.ts';
import { siblingOf, workerName } from './this-process.ts';
import { pause, Repeated } from './waiting.ts';

/** Milliseconds between two looks at leases and codes of others. */
const SWEEP_INTERVAL = 250;
/** Milliseconds between two tries to join again. */
const JOIN_INTERVAL = 1000;
const LOST = 'the process has lost its place in the cluster';

/**
 * This process as one of a cluster, whose rooms share their codes: each code has one owner at any time (docs/scaling.md). `poll` it instead of the `Rooms`.
 */
export class Cluster {
  /** This process is a member, with this id: after `join`, and again after it had lost its lease. */
  readonly joined: Signal<[id: string]>;
  /** The lease has ended, because it could not be renewed in time. The rooms were closed with 4503, and others may open them. It joins again by itself. */
  readonly leaseLost: Signal<[id: string]>;
  /** The record of an open room was taken away by somebody who may not, or the broker has lost it. The room was closed with 4503. */
  readonly roomLost: Signal<[code: string]>;
  /** For the option `directory` of `Rooms`. */
  readonly directory: RoomDirectory;
  readonly #reports: ClusterReports = new ClusterReports(this);
  readonly #broker: Broker;
  readonly #options: Required<ClusterOptions>;
  readonly #mirror: Directory;
  readonly #finder: RoomFinder;
  readonly #maker: RoomMaker;
  readonly #time: LeaseTime;
  readonly #requests: NodeRequests;
  #bucket!: Bucket;
  #sweeper!: Sweeper;
  #membership: Membership | null = null;
  #rooms: Rooms | null = null;
  #store!: KvRoomStore;
  #presence!: Presence;
  #mail: RoomMail | null = null;
  #front: Front | null = null;
  #watch: RoomWatch | null = null;
  #nextSweep = 0;
  readonly #joining: Repeated = new Repeated(JOIN_INTERVAL, () => this.#join());
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
    ({ joined: this.joined, leaseLost: this.leaseLost, roomLost: this.roomLost } = this.#reports);
    this.#broker = broker;
    this.#options = options;
    const { clock, wallClock, leaseTime } = options;
    this.#requests = new NodeRequests(broker, options.name);
    this.#time = new LeaseTime(clock, wallClock, leaseTime);
    this.#mirror = new Directory(() => clock.now(), {
      onRoom: (code, entry, revision) => this.#membership?.own.onRoom(code, entry, revision),
      onNode: (id) => this.#onNode(id),
      onOther: (change) => this.#presence.onChange(change),
    });
    this.directory = {
      takeCode: () => this.#membership?.takeCode() ?? null,
      mayOpen: (code) => this.#membership?.own.mayOpen(code) === true,
      isElsewhere: (code) => this.#isElsewhere(code),
      mayRun: () => this.#membership?.lease.isHeld === true,
    };
    const own = () => this.#membership?.own ?? null;
    this.#maker = new RoomMaker({ directory: this.#mirror, own, rooms: () => this.#served, clock });
    this.#finder = new RoomFinder({
      directory: this.#mirror,
      own,
      self: () => this.#membership?.id ?? null,
      now: () => clock.now(),
      local: () => ({ players: this.#rooms?.playerCount ?? 0, isOpening: this.#isOpening }),
      isOpenHere: (code) => this.#rooms?.find(code) !== null,
      opensByCode: (kind) => this.#served.opensByCode(kind),
      isSaved: (code) => this.#store.has(code),
      askToClaim: (node, code) => this.#requests.claim(node, code),
      pause: (milliseconds, signal) => pause(clock, milliseconds, signal),
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
  serve(rooms: Rooms, limits: FrontLimits = {}): void {
    if (this.#rooms !== null) throw new Error('serve() was called before: a cluster serves one Rooms');
    this.#rooms = rooms;
    const { name, clock, waitTime } = this.#options;
    this.#front = new Front(rooms.server, (request, signal) => this.#finder.find(request, signal), {
      ...limits,
      waitTime,
      clock,
      onUnreachable: (id) => this.#finder.onUnreachable(id),
      workerOf: (id) => siblingOf(this.#mirror.leases.get(id)),
      onFault: (error) => this.#reports.onFault(error),
    });
    const ownerOf = (code: string): string | null => this.#mirror.ownerOf(code);
    this.#mail = new RoomMail({ broker: this.#broker, prefix: name, rooms, ownerOf, clock });
    if (this.#membership !== null) this.#joinMail(this.#membership, this.#mail);
    const onFault = (error: unknown): void => this.#reports.onFault(error);
    this.#watch = new RoomWatch(rooms, () => this.#membership?.own ?? null, onFault);
  }

  /**
   * Takes the WebSocket requests of a server of `node:http` or `node:https`, for the whole cluster: clients of rooms that are elsewhere are
   * passed on. As `WebSocketServer.attach`.
   */
  attach(httpServer: UpgradeServer, options: AttachOptions = {}): ErrorCode {
    return this.front.attach(httpServer, options);
  }

  /** Looks at the lease, and closes all rooms when it has ended; then polls the rooms, and writes what has changed. Never waits. Throws as `Rooms.poll`. */
  poll(): void {
    const now = this.#options.clock.now();
    const membership = this.#membership;
    if (membership?.lease.isHeld === false && this.#leaving !== 'releasing') this.#lose(membership);
    try {
      this.#front?.poll();
      this.#mail?.deliver();
      this.#rooms?.poll();
      this.#presence.poll();
    } finally {
      this.#membership?.poll(now, this.#isOpening);
      this.#watch?.poll(now);
      if (now >= this.#nextSweep) this.#sweep(now);
      if (this.#membership === null && this.#leaving === 'no' && this.#broker.isConnected) this.#joining.again(now);
      if (this.#leaving === 'stopping') this.#finishLeaving();
    }
    this.#reports.throwFirst();
  }

  /**
   * Leaves: opens no more rooms, saves and closes all as `Rooms.stop`, and gives them to the others. `poll` until `hasLeft`. Players who come back
   * get into their rooms at another process.
   */
  leave(options: RoomsStopOptions = {}): void {
    this.#served.stop(options);
    if (this.#leaving === 'no') this.#leaving = 'stopping';
    void this.#membership?.lease.renew();
  }

  /** Whether `leave` has done its work. */
  get hasLeft(): boolean {
    return this.#leaving === 'left';
  }

  // ---------------------------------------------------------------- its parts

  /** For the option `saving` of `Rooms`: saved rooms in the cluster, which only the process can write that has the room. */
  get store(): RoomStore {
    return this.#store;
  }

  /** Which users are in which process. */
  get presence(): Presence {
    return this.#presence;
  }

  /** Messages between rooms, wherever they are. After `serve`. */
  get mail(): RoomMail {
    return this.#mail ?? notServing();
  }

  /** What takes the clients of `attach`. After `serve`. */
  get front(): Front {
    return this.#front ?? notServing();
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
   * for a text that cannot be a code and for `metadata` that is no plain data, `RangeError` for what is too large. Never rejects.
   */
  createRoom(kind: string, options: ClusterCreateOptions = {}): Promise<ClusterRoom | Failure> {
    const order = orderOf(kind, options);
    const node = options.where === 'here' ? this.id : this.#finder.choose();
    if (node === null) return Promise.resolve(failed('TICKPEER_CLUSTER', 'no process opens rooms at present'));
    return node === this.id ? this.#maker.make(order) : this.#requests.make(node, order);
  }

  /**
   * Resolves with the fullest room of a kind that has a free place, is listed and not locked, and for which `filter` is true; with a new one where there is
   * none. No place is kept: until a player arrives, another one may have taken it. Fails as `createRoom`, and rejects with what that or `filter` throws.
   */
  async quickMatch(kind: string, { filter, metadata = {} }: ClusterMatchOptions = {}): Promise<ClusterRoom | Failure> {
    return fullestRoom(this.#mirror, kind, filter) ?? this.createRoom(kind, { metadata });
  }

  // ---------------------------------------------------------------- the inside

  get #served(): Rooms {
    return this.#rooms ?? notServing();
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
    const saves = await this.#broker.openBucket(`${name}-saves`);
    const tokenOf = (code: string): number | null => this.#membership?.own.tokenOf(code) ?? null;
    this.#store = new KvRoomStore({ bucket: saves, tokenOf, clock: this.#options.clock });
    const isAlive = (id: string): boolean => this.#mirror.leases.isAlive(id);
    this.#presence = new Presence({ bucket: this.#bucket, isAlive, clock: this.#options.clock });
    this.#sweeper = new Sweeper(this.#bucket, this.#mirror, this.#presence);
    await this.#mirror.follow(this.#bucket);
    await this.#join().catch((error) => {
      this.#mirror.stop();
      throw error;
    });
  }

  async #join(): Promise<void> {
    const { newId, leaseTime, reservedCodes, clock } = this.#options;
    const membership = new Membership({
      id: newId(),
      bucket: this.#bucket,
      directory: this.#mirror,
      time: this.#time,
      leaseTime,
      reservedCodes,
      now: () => clock.now(),
      report: () => this.#report(),
      isSaved: (code) => this.#store.has(code),
      onLost: (code) => this.#onLost(code),
    });
    await membership.lease.begin();
    this.#membership = membership;
    membership.ends.push(
      this.#requests.answer(membership.id, {
        claim: async (code) => (this.#isOpening ? membership.own.claim(code) : 'unknown'),
        make: (order) => this.#maker.make(order),
      }),
    );
    this.#presence.join(membership.id);
    membership.ends.push(() => this.#presence.leave());
    if (this.#mail !== null) this.#joinMail(membership, this.#mail);
    this.#reports.onJoined(membership.id);
  }

  /** The record of a node has changed. */
  #onNode(id: string): void {
    this.#presence.onNode(id);
    // It may be there still, and not answer.
    if (!this.#mirror.leases.isAlive(id)) this.#front?.dropTunnels(id);
  }

  #joinMail(membership: Membership, mail: RoomMail): void {
    mail.join(membership.id);
    membership.ends.push(() => mail.leave());
  }

  #report(): NodeReport {
    const { label, address } = this.#options;
    const rooms = this.#rooms;
    return {
      label,
      address,
      isDraining: this.#leaving !== 'no' || rooms?.isDraining !== false,
      rooms: rooms?.roomCount ?? 0,
      players: rooms?.playerCount ?? 0,
      ...workerName(),
    };
  }

  #lose(membership: Membership): void {
    membership.end();
    this.#membership = null;
    this.#rooms?.handOver(LOST);
    this.#watch?.forget();
    this.#reports.onLeaseLost(membership.id);
  }

  #onLost(code: string): void {
    const room = this.#rooms?.find(code) ?? null;
    if (room === null) return;
    this.#rooms?.handOver('the room has another owner', room);
    this.#reports.onRoomLost(code);
  }

  #sweep(now: number): void {
    this.#nextSweep = now + SWEEP_INTERVAL;
    const membership = this.#membership;
    if (membership === null || !membership.lease.isHeld) return;
    membership.own.releaseUnused(now);
    this.#sweeper.sweep(membership.id, now);
  }

  #finishLeaving(): void {
    const membership = this.#membership;
    if (!this.#served.isStopped()) return;
    this.front.close();
    if (!this.front.isDone || this.#watch?.isClosing === true || this.#joining.isRunning) return;
    const end = (): void => {
      membership?.end();
      this.#membership = null;
      this.#leaving = 'left';
      this.#mirror.stop();
    };
    if (membership === null) end();
    if (membership === null) return;
    this.#presence.removeAll();
    if (membership.lease.isHeld && (membership.own.size > 0 || !this.#presence.isSettled)) return;
    this.#leaving = 'releasing';
    // Should it fail, the others end the lease when its time is over.
    membership.lease.end().then(end, end);
  }
}

function notServing(): never {
  throw new Error('this cluster serves no rooms yet: call serve()');
}
