import type { Client, ClientSource } from '../../multiplayer/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import type { Connection } from './connection.ts';

/** What a gate reports. */
export interface GateEvents {
  /** A connection enters. */
  onEnter(connection: Connection): void;
  /** A connection has ended before it could enter. */
  onVanished(connection: Connection): void;
}

/** The connections of one room: the source of the clients of its multiplayer. */
export class RoomGate implements ClientSource {
  readonly localPort = 0;
  readonly failure = null;
  /** In the room, or about to enter with the next tick. */
  readonly inside: Set<Connection> = new Set();
  /** They come from other rooms, and have a place here. */
  readonly arriving: Set<Connection> = new Set();
  readonly #events: GateEvents;
  #entering: Connection[] = [];
  /** Those with packets, or with another state; null behind the first `#listedCount`. One array for all ticks. */
  readonly #listed: (Connection | null)[] = [];
  #listedCount = 0;
  /** What `readyPeers` has returned last: used again where as many are ready. */
  #ready: WebSocketPeer[] = [];

  constructor(events: GateEvents) {
    this.#events = events;
  }

  /** The places that are taken. */
  get taken(): number {
    return this.inside.size + this.arriving.size;
  }

  add(connection: Connection): void {
    this.arriving.delete(connection);
    this.inside.add(connection);
    this.#entering.push(connection);
  }

  remove(connection: Connection): void {
    this.inside.delete(connection);
    this.arriving.delete(connection);
    if (this.#entering.length > 0) this.#entering = this.#entering.filter((other) => other !== connection);
    this.#ready = [];
    if (connection.listedIn !== this) return;
    // The next room lists it before this one has its next tick.
    connection.listedIn = null;
    this.#keepListed((other) => other !== connection);
  }

  /** A connection has packets, or another state. */
  list(connection: Connection): void {
    if (connection.listedIn === this) return;
    connection.listedIn = this;
    this.#listed[this.#listedCount++] = connection;
  }

  /** A tick ends. Those whose packets were not read stay listed. */
  endTick(): void {
    this.#keepListed(hasPackets);
  }

  #keepListed(isKept: (connection: Connection) => boolean): void {
    const listed = this.#listed;
    let left = 0;
    for (let at = 0; at < this.#listedCount; at++) {
      const connection = listed[at]!;
      listed[at] = null;
      if (isKept(connection)) listed[left++] = connection;
      else if (connection.listedIn === this) connection.listedIn = null;
    }
    this.#listedCount = left;
  }

  // ---------------------------------------------------------------- for the link

  poll(): boolean {
    return this.#listedCount > 0 || this.#entering.length > 0;
  }

  readyPeers(): readonly WebSocketPeer[] {
    if (this.#ready.length !== this.#listedCount) this.#ready = new Array(this.#listedCount);
    for (let at = 0; at < this.#listedCount; at++) this.#ready[at] = this.#listed[at]!.peer;
    return this.#ready;
  }

  takeClient(): Client | null {
    for (;;) {
      const connection = this.#entering.shift();
      if (connection === undefined) return null;
      if (connection.peer.getReadyState() === WebSocketPeer.STATE_OPEN) {
        this.#events.onEnter(connection);
        return connection;
      }
      this.#events.onVanished(connection);
    }
  }

  /** The room has closed. */
  close(): void {
    this.inside.clear();
    this.arriving.clear();
    this.#entering = [];
    this.#keepListed(() => false);
    this.#ready = [];
  }
}

function hasPackets({ peer }: Connection): boolean {
  return peer.getAvailablePacketCount() > 0;
}
