import { Cluster } from '../../src/cluster/cluster.ts';
import type { ClusterOptions } from '../../src/cluster/cluster-options.ts';
import { type RoomKinds, Rooms, type RoomsOptions } from '../../src/rooms/index.ts';
import { StreamPeerMemory } from '../../src/stream/index.ts';
import { Random, VirtualClock } from '../../src/testing/index.ts';
import { WebSocketPeer, WebSocketServer } from '../../src/websocket/index.ts';
import { type Line, MemoryBroker, type MemoryBrokerOptions } from './memory-broker.ts';

/** Milliseconds between two polls. */
const STEP = 20;

/** A process of a cluster in memory. */
export interface Member {
  readonly line: Line;
  readonly cluster: Cluster;
  readonly rooms: Rooms;
  readonly server: WebSocketServer;
  /** Whether it is polled. */
  isRunning: boolean;
}

/** Some processes with the same kinds of rooms, a broker in memory, and a clock that the test moves. */
export class ClusterParty {
  readonly clock: VirtualClock = new VirtualClock();
  readonly broker: MemoryBroker;
  readonly members: Member[] = [];
  readonly clients: WebSocketPeer[] = [];
  readonly #kinds: RoomKinds;
  readonly #rooms: Partial<RoomsOptions>;

  constructor(kinds: RoomKinds, rooms: Partial<RoomsOptions> = {}, broker: MemoryBrokerOptions = {}) {
    this.broker = new MemoryBroker(this.clock, new Random(1), { delay: [1, 5], ...broker });
    this.#kinds = kinds;
    this.#rooms = rooms;
  }

  async join(options: Partial<ClusterOptions> = {}): Promise<Member> {
    const line = this.broker.connect();
    const { clock } = this;
    const address = { host: '127.0.0.1', port: 1 + this.members.length };
    const newId = (): string => `n${this.members.length}-${Math.round(clock.now())}`;
    const wallClock = (): number => clock.now();
    const joining = Cluster.join(line, { address, clock, wallClock, reservedCodes: 2, newId, ...options });
    const cluster = await this.settle(joining);
    const server = new WebSocketServer({ clock });
    const rooms = new Rooms(server, {
      kinds: this.#kinds,
      directory: cluster.directory,
      saving: { store: cluster.store, interval: 1 },
      clock,
      ...this.#rooms,
    });
    cluster.serve(rooms);
    const member: Member = { line, cluster, rooms, server, isRunning: true };
    this.members.push(member);
    await this.run(200);
    return member;
  }

  /** A client of a member. */
  client(member: Member, target: string): WebSocketPeer {
    const [near, far] = StreamPeerMemory.pair({ capacity: 65_536 });
    const client = new WebSocketPeer({ clock: this.clock });
    client.connectToStream(near, `ws://rooms.example${target}`);
    member.server.acceptStream(far);
    this.clients.push(client);
    return client;
  }

  /** Time passes, and those who run are polled. */
  async run(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += STEP) {
      this.clock.advance(STEP);
      await new Promise(setImmediate);
      for (const { cluster, isRunning } of this.members) if (isRunning) cluster.poll();
      for (const client of this.clients) client.poll();
    }
  }

  /** Time passes until a promise is settled. Its result. */
  async settle<Result>(promise: Promise<Result>): Promise<Result> {
    let isSettled = false;
    const end = (): void => {
      isSettled = true;
    };
    promise.then(end, end);
    for (let passed = 0; !isSettled && passed < 60_000; passed += STEP) await this.run(STEP);
    if (!isSettled) throw new Error('it is not settled after a minute');
    return promise;
  }
}
