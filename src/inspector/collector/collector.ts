import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { NodeFacts, NumberedPath, SceneInspection, SynchronizerFacts } from '../../multiplayer/index.ts';
import { Rooms } from '../../rooms/index.ts';
import type { CloseMessage, OpenMessage } from '../../websocket/index.ts';
import type {
  LogEntry,
  NodeRow,
  NodesState,
  PathRow,
  PathsState,
  Sample,
  ServerState,
  SynchronizerRow,
  TrafficState,
} from '../feed/messages.ts';
import type { InspectedCluster } from './cluster-book.ts';
import { EventLog } from './event-log.ts';
import { PeerBook, type PeerRecord } from './peer-book.ts';
import { PollTimes } from './poll-times.ts';
import { RoomBook } from './room-book.ts';
import { hundredths } from './rounding.ts';
import { shown, shownList } from './shown-text.ts';
import { TrafficBook } from './traffic-book.ts';
import type { WatchedTarget } from './watched-target.ts';

/** Samples that a new page gets. */
const MOST_SAMPLES = 600;
const MOST_NODES = 100;
/** Methods and synchronizers of a node. */
const MOST_MEMBERS = 20;
/** Path numbers of each side. */
const MOST_PATHS = 100;

/** What the open pages show. */
export interface Watched {
  /** How many there are. */
  readonly pages: number;
  /** The multiplayers whose traffic is shown. */
  readonly traffic: ReadonlySet<SceneInspection>;
  readonly showsRooms: boolean;
}

/** Gathers the figures of a target, once in each interval. What takes time for each packet goes on only while a page shows it. */
export class Collector {
  readonly target: WatchedTarget;
  readonly peers: PeerBook;
  readonly rooms: RoomBook | null;
  readonly cluster: InspectedCluster | null;
  readonly log: EventLog;
  readonly history: Sample[] = [];
  readonly since: number;
  readonly #polls: PollTimes;
  readonly #traffic = new TrafficBook();
  readonly #now: () => number;
  #last: {
    readonly time: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly packets: [number, number];
  };
  #cpu = process.cpuUsage();
  #cpuShare = 0;
  #hasPages = false;
  /** Of this interval; null until a page asks for it. */
  #server: ServerState | null = null;
  readonly #trafficStates = new Map<SceneInspection, TrafficState | null>();

  /** `now`: milliseconds since 1970. */
  constructor(target: WatchedTarget, cluster: InspectedCluster | null = null, now: () => number = Date.now) {
    this.target = target;
    this.cluster = cluster;
    this.#now = now;
    this.since = now();
    this.peers = new PeerBook(target, this.since);
    const { polled, rooms } = target;
    this.rooms = rooms !== null && polled instanceof Rooms ? new RoomBook(rooms, polled, this.peers) : null;
    // Before the channels below: the log asks the book whether a peer that closes is ours.
    this.log = new EventLog((message) => this.#isAbout(message), now);
    subscribe('tickpeer:open', this.#onOpen);
    subscribe('tickpeer:close', this.#onClose);
    this.#polls = new PollTimes(target.polled);
    this.#last = { time: this.since, bytesIn: 0, bytesOut: 0, packets: [0, 0] };
  }

  /** What the pages show has changed. */
  watch({ pages, traffic, showsRooms }: Watched): void {
    if (pages > 0 && !this.#hasPages) this.target.refresh();
    this.#hasPages = pages > 0;
    this.#traffic.watch(traffic);
    if (this.rooms !== null) this.rooms.isWatched = showsRooms;
  }

  /** Ends an interval. */
  sample(): Sample {
    const time = this.#now();
    const seconds = Math.max(0.001, (time - this.#last.time) / 1000);
    this.peers.advance(seconds);
    this.#traffic.advance(seconds);
    this.rooms?.advance(seconds);
    if (this.#hasPages) this.target.refresh();
    this.#server = null;
    this.#trafficStates.clear();
    const { bytesIn, bytesOut, packetsIn, packetsOut } = this.peers.totals;
    const polls = this.#polls.take();
    const { mean, most } = this.peers.roundTrips;
    const rate = (count: number): number => Math.round((10 * count) / seconds) / 10;
    const [lastIn, lastOut] = this.#last.packets;
    const sample: Sample = {
      time,
      bytesIn: rate(bytesIn - this.#last.bytesIn),
      bytesOut: rate(bytesOut - this.#last.bytesOut),
      packetsIn: rate(packetsIn - lastIn),
      packetsOut: rate(packetsOut - lastOut),
      peers: this.peers.size,
      polls: rate(polls.count),
      pollMean: hundredths(polls.mean),
      pollMost: hundredths(polls.most),
      roundTrip: hundredths(mean),
      roundTripMost: hundredths(most),
    };
    this.#last = { time, bytesIn, bytesOut, packets: [packetsIn, packetsOut] };
    const cpu = process.cpuUsage();
    this.#cpuShare = (cpu.user + cpu.system - this.#cpu.user - this.#cpu.system) / 1e6 / seconds;
    this.#cpu = cpu;
    this.history.push(sample);
    if (this.history.length > MOST_SAMPLES) this.history.shift();
    return sample;
  }

  get server(): ServerState {
    this.#server ??= this.#readServer();
    return this.#server;
  }

  /** The traffic of a multiplayer whose traffic a page shows; null for another one. */
  traffic(inspection: SceneInspection | null): TrafficState | null {
    if (inspection === null) return null;
    let state = this.#trafficStates.get(inspection);
    if (state === undefined) {
      state = this.#traffic.stateOf(inspection);
      this.#trafficStates.set(inspection, state);
    }
    return state;
  }

  /** The nodes with `search` in their names, and who sees the one at the path `node`. */
  nodes(inspection: SceneInspection | null, search: string, node: string): NodesState | null {
    if (inspection === null) return null;
    const { nodes, count } = inspection.nodes(search, MOST_NODES);
    const viewers = node === '' ? null : inspection.viewersOf(node).slice(0, MOST_NODES);
    return { rows: nodes.map(shownNode), count, viewers };
  }

  /** The path numbers of a peer; null where there are none. */
  paths({ peer }: PeerRecord): PathsState | null {
    const { id, inspection } = this.target.placeOf(peer);
    if (inspection === null) return null;
    const { ours, theirs } = inspection.numbersOf(id, MOST_PATHS);
    return { ours: ours.map(shownPath), theirs: theirs.map(shownPath) };
  }

  logAfter(number: number): readonly LogEntry[] {
    return this.log.after(number);
  }

  stop(): void {
    this.watch({ pages: 0, traffic: new Set(), showsRooms: false });
    this.peers.endLines();
    this.target.stop();
    this.#polls.stop();
    this.log.stop();
    unsubscribe('tickpeer:open', this.#onOpen);
    unsubscribe('tickpeer:close', this.#onClose);
  }

  #readServer(): ServerState {
    const { server, rooms } = this.target;
    const { bytesIn, bytesOut, packetsIn, packetsOut } = this.peers.totals;
    return {
      isListening: server?.isListening() ?? false,
      port: server?.getLocalPort() ?? 0,
      pending: server?.getPendingCount() ?? 0,
      dropped: server?.getDroppedConnections() ?? 0,
      totalBytesIn: bytesIn,
      totalBytesOut: bytesOut,
      totalPacketsIn: packetsIn,
      totalPacketsOut: packetsOut,
      memory: process.memoryUsage.rss(),
      cpu: Math.round(1000 * this.#cpuShare) / 1000,
      rooms: rooms?.totals ?? null,
    };
  }

  #isAbout(message: unknown): boolean {
    if (this.target.isAbout(message)) return true;
    return this.peers.has((message as Partial<OpenMessage> | null)?.peer as OpenMessage['peer']); // of a channel of ours
  }

  readonly #onOpen = (message: unknown): void => {
    const { peer } = message as OpenMessage; // the type of this channel's messages
    if (this.target.server?.keeps(peer) === true) this.peers.open(peer, this.#now());
  };

  readonly #onClose = (message: unknown): void => {
    this.peers.close((message as CloseMessage).peer); // the type of this channel's messages
  };
}

function shownNode({ path, scene, spawner, from, authority, methods, viewers, synchronizers }: NodeFacts): NodeRow {
  return {
    path: shown(path),
    scene: shown(scene),
    spawner: shown(spawner),
    from,
    authority,
    methods: shownList(methods, MOST_MEMBERS),
    viewers,
    synchronizers: synchronizers.slice(0, MOST_MEMBERS).map(shownSynchronizer),
  };
}

function shownSynchronizer({ path, authority, netId, viewers, receivers }: SynchronizerFacts): SynchronizerRow {
  return { path: shown(path), authority, netId, viewers, receivers };
}

function shownPath({ number, path, isConfirmed }: NumberedPath): PathRow {
  return { number, path: shown(path), isConfirmed };
}
