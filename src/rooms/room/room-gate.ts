import type { Client, ClientSource } from '../../multiplayer/index.ts';
import { WebSocketPeer, type WebSocketServer } from '../../websocket/index.ts';
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
  readonly #server: WebSocketServer;
  readonly #events: GateEvents;
  #entering: Connection[] = [];
  #listed: Connection[] = [];

  constructor(server: WebSocketServer, events: GateEvents) {
    this.#server = server;
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
    if (connection.listedIn !== this) return;
    // The next room lists it before this one has its next tick.
    connection.listedIn = null;
    this.#listed = this.#listed.filter((other) => other !== connection);
  }

  /** A connection has packets, or another state. */
  list(connection: Connection): void {
    if (connection.listedIn === this) return;
    connection.listedIn = this;
    this.#listed.push(connection);
  }

  /** A tick ends. Those whose packets were not read stay listed. */
  endTick(): void {
    const listed = this.#listed;
    let left = 0;
    for (const connection of listed) {
      if (connection.peer.getAvailablePacketCount() > 0) listed[left++] = connection;
      else connection.listedIn = null;
    }
    listed.length = left;
  }

  // ---------------------------------------------------------------- for the link

  poll(): boolean {
    return this.#listed.length > 0 || this.#entering.length > 0;
  }

  readyPeers(): readonly WebSocketPeer[] {
    return this.#listed.map(peerOf);
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

  broadcast(peers: Iterable<WebSocketPeer>, packet: Uint8Array): readonly WebSocketPeer[] {
    return this.#server.broadcast(peers, packet);
  }

  /** The room has closed. */
  close(): void {
    this.inside.clear();
    this.arriving.clear();
    this.#entering = [];
    for (const connection of this.#listed) connection.listedIn = null;
    this.#listed = [];
  }
}

function peerOf({ peer }: Connection): WebSocketPeer {
  return peer;
}
