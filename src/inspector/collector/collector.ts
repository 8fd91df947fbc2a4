import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CloseMessage, OpenMessage } from '../../websocket/index.ts';
import type { LogEntry, NodesState, Sample, ServerState, TrafficState } from '../feed/messages.ts';
import { EventLog } from './event-log.ts';
import { PeerBook } from './peer-book.ts';
import { PollTimes } from './poll-times.ts';
import { Traffic } from './traffic.ts';
import type { WatchedTarget } from './watched-target.ts';

/** Samples that a new page gets. */
const MOST_SAMPLES = 600;
const MOST_NODES = 100;

/** Gathers the figures of a target. Counting by node and method goes on only while `isWatched`. */
export class Collector {
  readonly target: WatchedTarget;
  readonly peers: PeerBook;
  readonly log: EventLog;
  readonly history: Sample[] = [];
  readonly since: number;
  readonly #polls: PollTimes;
  readonly #traffic: Traffic | null;
  readonly #now: () => number;
  #last: {
    readonly time: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly packets: [number, number];
  };
  #cpu = process.cpuUsage();
  #cpuShare = 0;

  /** `now`: milliseconds since 1970. */
  constructor(target: WatchedTarget, now: () => number = Date.now) {
    this.target = target;
    this.#now = now;
    this.since = now();
    this.peers = new PeerBook(target, this.since);
    // Before the channels below: the log asks the book whether a peer that closes is ours.
    this.log = new EventLog((message) => this.#isAbout(message), now);
    subscribe('tickpeer:open', this.#onOpen);
    subscribe('tickpeer:close', this.#onClose);
    this.#polls = new PollTimes(target.polled);
    this.#traffic = target.inspection === null ? null : new Traffic(target.inspection);
    this.#last = { time: this.since, bytesIn: 0, bytesOut: 0, packets: [0, 0] };
  }

  /** Whether anybody looks at the traffic by node and method. */
  set isWatched(isWatched: boolean) {
    if (isWatched) this.#traffic?.start();
    else this.#traffic?.stop();
  }

  /** Ends an interval. */
  sample(): Sample {
    const time = this.#now();
    const seconds = Math.max(0.001, (time - this.#last.time) / 1000);
    this.peers.advance(seconds);
    this.#traffic?.advance(seconds);
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
    const { user, system } = process.cpuUsage(this.#cpu);
    this.#cpu = process.cpuUsage();
    this.#cpuShare = (user + system) / 1e6 / seconds;
    this.history.push(sample);
    if (this.history.length > MOST_SAMPLES) this.history.shift();
    return sample;
  }

  get server(): ServerState {
    const { server } = this.target;
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
    };
  }

  get traffic(): TrafficState | null {
    return this.#traffic?.state ?? null;
  }

  /** The nodes with `search` in their names, and who sees the one at the path `node`. */
  nodes(search: string, node: string): NodesState | null {
    const { inspection } = this.target;
    if (inspection === null) return null;
    const { nodes, count } = inspection.nodes(search, MOST_NODES);
    return { rows: nodes, count, viewers: node === '' ? null : inspection.viewersOf(node).slice(0, MOST_NODES) };
  }

  logAfter(number: number): readonly LogEntry[] {
    return this.log.after(number);
  }

  stop(): void {
    this.isWatched = false;
    this.#polls.stop();
    this.log.stop();
    unsubscribe('tickpeer:open', this.#onOpen);
    unsubscribe('tickpeer:close', this.#onClose);
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

function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(100 * value) / 100;
}
