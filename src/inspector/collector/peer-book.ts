import type { Counters } from '../../protocol/index.ts';
import { State, type WebSocketPeer } from '../../websocket/index.ts';
import type { SimulatedLine } from '../control/simulated-line.ts';
import type { MultiplayerState, PeerOrder, PeerRow, QueueFill } from '../feed/messages.ts';
import type { Place } from './place.ts';
import { shown, shownList, shownUrl } from './shown-text.ts';
import type { WatchedTarget } from './watched-target.ts';

/** Which peers a page shows. */
export interface PeerQuery {
  readonly order: PeerOrder;
  readonly isDescending: boolean;
  readonly search: string;
  /** The code of the only room whose peers are shown; empty for all. */
  readonly room: string;
}

/** The traffic of all peers, in all or in an interval. */
export interface PeerTotals {
  bytesIn: number;
  bytesOut: number;
  packetsIn: number;
  packetsOut: number;
}

/** Rows for a page. */
const MOST_ROWS = 100;
/** Nodes at which the methods of a peer differ. */
const MOST_DIFFERENCES = 20;
/** How much of the newest rate goes into the shown one. */
const SMOOTHING = 0.4;
const NONE: PeerTotals = { bytesIn: 0, bytesOut: 0, packetsIn: 0, packetsOut: 0 };

/** One connection of the server. */
export class PeerRecord {
  readonly key: number;
  readonly peer: WebSocketPeer;
  readonly since: number;
  readonly isEarlier: boolean;
  line: SimulatedLine | null = null;
  /** The counts as of the last `advance`. */
  readonly #last: PeerTotals = { ...NONE };
  readonly #rates: PeerTotals = { ...NONE };

  constructor(key: number, peer: WebSocketPeer, since: number, isEarlier: boolean) {
    this.key = key;
    this.peer = peer;
    this.since = since;
    this.isEarlier = isEarlier;
  }

  /** The counts up to now, also of what no poll has shown yet. */
  get counters(): Counters | null {
    return this.peer.inspected?.stage.open?.connection.counters ?? null;
  }

  get roundTrip(): number | null {
    const time = this.counters?.roundTripTime ?? -1;
    return time < 0 ? null : time;
  }

  /** Adds what is new since the last call to `totals`. */
  count(totals: PeerTotals): void {
    const { counters } = this;
    if (counters === null) return;
    const last = this.#last;
    const { bytesReceived, bytesSent, packetsReceived, packetsSent } = counters;
    totals.bytesIn += bytesReceived - last.bytesIn;
    totals.bytesOut += bytesSent - last.bytesOut;
    totals.packetsIn += packetsReceived - last.packetsIn;
    totals.packetsOut += packetsSent - last.packetsOut;
    last.bytesIn = bytesReceived;
    last.bytesOut = bytesSent;
    last.packetsIn = packetsReceived;
    last.packetsOut = packetsSent;
  }

  /** As `count`, after an interval of so many seconds. */
  advance(totals: PeerTotals, seconds: number): void {
    const { bytesIn, bytesOut, packetsIn, packetsOut } = this.#last;
    this.count(totals);
    const rates = this.#rates;
    const last = this.#last;
    rates.bytesIn += SMOOTHING * ((last.bytesIn - bytesIn) / seconds - rates.bytesIn);
    rates.bytesOut += SMOOTHING * ((last.bytesOut - bytesOut) / seconds - rates.bytesOut);
    rates.packetsIn += SMOOTHING * ((last.packetsIn - packetsIn) / seconds - rates.packetsIn);
    rates.packetsOut += SMOOTHING * ((last.packetsOut - packetsOut) / seconds - rates.packetsOut);
  }

  addRates(sums: PeerTotals): void {
    const { bytesIn, bytesOut, packetsIn, packetsOut } = this.#rates;
    sums.bytesIn += bytesIn;
    sums.bytesOut += bytesOut;
    sums.packetsIn += packetsIn;
    sums.packetsOut += packetsOut;
  }

  get bytesIn(): number {
    return this.#rates.bytesIn;
  }

  get bytesOut(): number {
    return this.#rates.bytesOut;
  }

  get inbound(): QueueFill {
    const { peer } = this;
    const connection = peer.inspected?.stage.open?.connection;
    const { inboundBufferSize: mostBytes, maxQueuedPackets: mostPackets } = peer;
    return { bytes: connection?.packetSize ?? 0, mostBytes, packets: connection?.packetCount ?? 0, mostPackets };
  }

  get outbound(): QueueFill {
    const { peer } = this;
    const output = peer.inspected?.stage.open?.connection.output;
    const { outboundBufferSize: mostBytes, maxQueuedPackets: mostPackets } = peer;
    return { bytes: output?.payloadSize ?? 0, mostBytes, packets: output?.packets ?? 0, mostPackets };
  }

  row(address: string, { id, room }: Place, multiplayer: MultiplayerState | null): PeerRow {
    const { peer, counters } = this;
    const rates = this.#rates;
    return {
      key: this.key,
      id,
      room: shown(room),
      address,
      port: peer.getConnectedPort(),
      url: shownUrl(peer.getRequestedUrl()),
      state: peer.getReadyState() === State.STATE_OPEN ? 'OPEN' : 'CLOSING',
      protocol: shown(peer.getSelectedProtocol()),
      since: this.since,
      isEarlier: this.isEarlier,
      roundTrip: this.roundTrip,
      bytesIn: Math.round(rates.bytesIn),
      bytesOut: Math.round(rates.bytesOut),
      packetsIn: Math.round(10 * rates.packetsIn) / 10,
      packetsOut: Math.round(10 * rates.packetsOut) / 10,
      totalBytesIn: counters?.bytesReceived ?? 0,
      totalBytesOut: counters?.bytesSent ?? 0,
      totalPacketsIn: counters?.packetsReceived ?? 0,
      totalPacketsOut: counters?.packetsSent ?? 0,
      sendsRefused: counters?.sendsRefused ?? 0,
      inbound: this.inbound,
      outbound: this.outbound,
      backlog: peer.backlog,
      line: this.line?.state ?? null,
      multiplayer,
    };
  }
}

/** The connections of a target, and what they have sent and received. */
export class PeerBook {
  readonly totals: PeerTotals = { ...NONE };
  readonly #target: WatchedTarget;
  readonly #records = new Map<WebSocketPeer, PeerRecord>();
  readonly #byKey = new Map<number, PeerRecord>();
  #keys = 0;

  /** `now`: milliseconds since 1970. */
  constructor(target: WatchedTarget, now: number) {
    this.#target = target;
    for (const peer of target.server?.getPeers() ?? []) {
      const record = this.#add(peer, now, true);
      record.count({ ...NONE }); // not in the totals: it was before
    }
  }

  get size(): number {
    return this.#records.size;
  }

  has(peer: WebSocketPeer): boolean {
    return this.#records.has(peer);
  }

  byKey(key: number): PeerRecord | null {
    return this.#byKey.get(key) ?? null;
  }

  /** A peer is open. */
  open(peer: WebSocketPeer, now: number): void {
    if (!this.#records.has(peer)) this.#add(peer, now, false);
  }

  /** A peer has closed. */
  close(peer: WebSocketPeer): void {
    const record = this.#records.get(peer);
    if (record === undefined) return;
    record.count(this.totals);
    this.#records.delete(peer);
    this.#byKey.delete(record.key);
  }

  /** Ends the delays and stalls that pages have set. */
  endLines(): void {
    for (const { line } of this.#records.values()) line?.end();
  }

  /** After an interval of so many seconds. */
  advance(seconds: number): void {
    for (const record of this.#records.values()) record.advance(this.totals, seconds);
  }

  /** The rates of the peers of each room, by its code. */
  ratesByRoom(): ReadonlyMap<string, PeerTotals> {
    const byRoom = new Map<string, PeerTotals>();
    for (const record of this.#records.values()) {
      const { room } = this.#target.placeOf(record.peer);
      if (room === '') continue;
      let sums = byRoom.get(room);
      if (sums === undefined) {
        sums = { ...NONE };
        byRoom.set(room, sums);
      }
      record.addRates(sums);
    }
    return byRoom;
  }

  /** The mean and the largest round-trip time; null without any. */
  get roundTrips(): { readonly mean: number | null; readonly most: number | null } {
    let [count, sum, most] = [0, 0, 0];
    for (const { roundTrip } of this.#records.values()) {
      if (roundTrip === null) continue;
      count++;
      sum += roundTrip;
      most = Math.max(most, roundTrip);
    }
    return count === 0 ? { mean: null, most: null } : { mean: sum / count, most };
  }

  /** The peers that match. */
  matching({ search, room }: PeerQuery): readonly PeerRecord[] {
    const all = [...this.#records.values()];
    return search + room === '' ? all : all.filter((record) => this.#matches(record, search, room));
  }

  /** The rows of the first of them, in the order of the query. */
  firstOf(records: readonly PeerRecord[], { order, isDescending }: PeerQuery): readonly PeerRow[] {
    const sign = isDescending ? -1 : 1;
    const keyed = records.map((record) => [this.#sortKey(record, order), record] as const);
    keyed.sort(([one, a], [other, b]) => (one === other ? a.key - b.key : one < other ? -sign : sign));
    return keyed.slice(0, MOST_ROWS).map(([, record]) => this.rowOf(record));
  }

  rowOf(record: PeerRecord): PeerRow {
    const place = this.#target.placeOf(record.peer);
    const facts = place.inspection?.peer(place.id);
    const multiplayer =
      facts === undefined
        ? null
        : {
            isAdmitted: facts.isAdmitted,
            pathsSent: facts.sent,
            pathsConfirmed: facts.confirmed,
            pathsTheirs: facts.theirs,
            mostPathsTheirs: facts.mostTheirs,
            differences: shownList(facts.differences, MOST_DIFFERENCES),
            spawned: facts.spawned,
            unsent: facts.unsent,
            badPackets: facts.statistics?.badPackets ?? 0,
            refusedPackets: facts.statistics?.refusedPackets ?? 0,
            relayedPackets: facts.statistics?.relayedPackets ?? 0,
            isAsleep: facts.statistics?.isAsleep ?? false,
            waitingPackets: facts.statistics?.waitingPackets ?? 0,
            waitingBytes: facts.statistics?.waitingBytes ?? 0,
          };
    return record.row(this.#addressOf(record.peer), place, multiplayer);
  }

  #add(peer: WebSocketPeer, now: number, isEarlier: boolean): PeerRecord {
    const record = new PeerRecord(++this.#keys, peer, now, isEarlier);
    this.#records.set(peer, record);
    this.#byKey.set(record.key, record);
    return record;
  }

  #addressOf(peer: WebSocketPeer): string {
    return shown(this.#target.server?.getClientAddress(peer) || peer.getConnectedHost());
  }

  #matches({ peer }: PeerRecord, search: string, room: string): boolean {
    const { id, room: own } = this.#target.placeOf(peer);
    if (room !== '' && own !== room) return false;
    if (search === '' || this.#addressOf(peer).includes(search)) return true;
    return (id !== 0 && String(id).includes(search)) || own.includes(search.toUpperCase());
  }

  #sortKey(record: PeerRecord, order: PeerOrder): number | string {
    switch (order) {
      case 'key':
        return record.key;
      case 'id':
        return this.#target.placeOf(record.peer).id;
      case 'address':
        return this.#addressOf(record.peer);
      case 'roundTrip':
        return record.roundTrip ?? -1;
      case 'bytesIn':
        return record.bytesIn;
      case 'bytesOut':
        return record.bytesOut;
      case 'outbound':
        return record.outbound.bytes;
      case 'inbound':
        return record.inbound.bytes;
    }
  }
}
