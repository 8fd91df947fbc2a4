import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { Opcode, SharedMessage } from '../../protocol/index.ts';
import { WebSocketPeer } from '../../websocket/index.ts';
import type { Client, ClientSource } from './client-source.ts';
import type { Link } from './link.ts';
import { ConnectionStatus } from './multiplayer-peer.ts';
import { sendFailure } from './send-failure.ts';

/** The events of a server's link. */
export interface ServerEvents {
  onConnected(id: number): void;
  /** `failure`: why its connection ended; null when it was closed cleanly. */
  onDisconnected(id: number, failure: Failure | null): void;
  /** A packet was not sent to `id`. */
  onRefused(id: number, error: ErrorCode, failure: Failure | null): void;
}

/**
 * The link of a server, or of one of its rooms: the clients of a source. Packets stay in the bounded queue of their peer
 * until they are taken, so that TCP slows down a client that sends too much.
 */
export class ServerLink implements Link {
  readonly status: ConnectionStatus = ConnectionStatus.CONNECTION_CONNECTED;
  readonly uniqueId = 1;
  readonly #source: ClientSource;
  readonly #events: ServerEvents;
  readonly #clients = new Map<number, Client>();
  readonly #byPeer = new Map<WebSocketPeer, Client>();
  /** Clients with packets, from `#next` up to `#readyCount`; the others are null. One array for all polls: a new one takes 200 bytes each. */
  readonly #ready: (Client | null)[] = [];
  #next = 0;
  #readyCount = 0;
  packetCount = 0;
  /** The last poll has left nothing: no packets, and no handler has thrown. */
  #isDone = false;
  #isClosed = false;
  /** Clients whose connection has ended and whose signal is not emitted yet. */
  readonly #gone = new Set<Client>();
  /** Why the last packet was not sent, or the last client got no id; null otherwise. */
  #failure: Failure | null = null;
  /** Peers whose `onRefused` is running. It is not called again for packets that its handler sends to the same peer. */
  readonly #telling = new Set<number>();
  readonly #isTaken = (id: number): boolean => this.#clients.has(id);
  /** What handlers have thrown, which must not cost a player its new connection. */
  readonly #errors: unknown[] = [];
  readonly #endEarlier = (id: number): WebSocketPeer | null => {
    const peer = this.getPeer(id);
    try {
      this.replace(id);
    } catch (error) {
      this.#errors.push(error);
    }
    return peer;
  };

  constructor(source: ClientSource, events: ServerEvents) {
    this.#source = source;
    this.#events = events;
  }

  get localPort(): number {
    return this.#source.localPort;
  }

  get failure(): Failure | null {
    return this.#failure ?? this.#source.failure;
  }

  get packetPeer(): number {
    this.#skipEmpty();
    return this.#ready[this.#next]?.id ?? 0;
  }

  poll(): void {
    const source = this.#source;
    if (!source.poll() && this.#isDone) return;
    this.#isDone = false;
    this.#forgetReady();
    // Before any handler runs, because a handler may throw, poll or close, and every closed peer must be recorded.
    const listed = source.readyPeers();
    this.#noteGone(listed);
    while (!this.#isClosed) {
      const client = source.takeClient(this.#isTaken, this.#endEarlier);
      if (client !== null && isFailure(client)) this.#failure = client;
      else if (client !== null) this.#greet(client);
      if (this.#errors.length > 0) throw this.#errors.splice(0)[0];
      if (client === null) break;
    }
    this.#list(listed);
    for (const client of this.#gone) {
      if (this.#isClosed) return;
      this.#gone.delete(client);
      if (this.#clients.get(client.id) === client) this.#dismiss(client);
    }
    this.#isDone = this.#readyCount === 0;
  }

  #noteGone(peers: Iterable<WebSocketPeer>): void {
    for (const peer of peers) {
      const client = this.#byPeer.get(peer);
      if (client !== undefined && peer.getReadyState() !== WebSocketPeer.STATE_OPEN) this.#gone.add(client);
    }
  }

  #list(peers: Iterable<WebSocketPeer>): void {
    if (this.#isClosed) return;
    for (const peer of peers) {
      const client = this.#byPeer.get(peer);
      if (client === undefined || this.#gone.has(client) || peer.getAvailablePacketCount() === 0) continue;
      this.#ready[this.#readyCount++] = client;
      this.packetCount += peer.getAvailablePacketCount();
    }
  }

  /** Emits the signal before the client is removed, because a handler may still read the peer's address. */
  #dismiss(client: Client): void {
    try {
      this.#events.onDisconnected(client.id, client.peer.getLastFailure());
    } finally {
      this.#forget(client);
    }
  }

  takePacket(): Uint8Array<ArrayBuffer> | undefined {
    this.#skipEmpty();
    const client = this.#ready[this.#next] ?? null;
    if (client === null) return undefined;
    this.packetCount--;
    return client.peer.getPacket();
  }

  send(packet: Uint8Array, target: number): ErrorCode {
    this.#failure = null;
    if (target > 0) {
      const client = this.#clients.get(target);
      if (client === undefined) return this.#nobody(target);
      const result = client.peer.send(packet);
      if (result !== ErrorCode.OK) this.#tellRefused(client, result, packet.length);
      return result;
    }
    return this.sendTo(this.#allBut(-target), packet);
  }

  sendTo(ids: Iterable<number>, packet: Uint8Array, refused: number[] | null = null): ErrorCode {
    this.#failure = null;
    // As `WebSocketServer.broadcast`, which would need an array of peers.
    const message = new SharedMessage(packet, Opcode.BINARY);
    message.shareMemory();
    let unsent: Client[] | null = null;
    let result = ErrorCode.OK;
    try {
      for (const id of ids) {
        const client = this.#clients.get(id);
        if (client === undefined) {
          result = this.#nobody(id);
          refused?.push(id);
        } else if (client.peer.sendShared(message) !== ErrorCode.OK) {
          unsent ??= [];
          unsent.push(client);
        }
      }
    } finally {
      message.endSharing(); // the iterable is the caller's, and may throw
    }
    return unsent === null ? result : this.#refuse(unsent, packet.length, refused);
  }

  getPeer(id: number): WebSocketPeer | null {
    return this.#clients.get(id)?.peer ?? null;
  }

  idOf(peer: WebSocketPeer): number {
    return this.#byPeer.get(peer)?.id ?? 0;
  }

  getAddress(id: number): string {
    return this.#clients.get(id)?.address ?? '';
  }

  disconnectPeer(id: number, force: boolean): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    client.peer.close();
    if (force) this.#forget(client);
  }

  /** A client goes elsewhere: its connection stays open, without a signal. */
  release(id: number): void {
    const client = this.#clients.get(id);
    if (client !== undefined) this.#forget(client);
  }

  close(): void {
    this.#isClosed = true;
    const peers = [...this.#byPeer.keys()];
    this.#clients.clear();
    this.#byPeer.clear();
    this.#gone.clear();
    this.#forgetReady();
    this.#source.close(peers);
  }

  *#allBut(id: number): Generator<number> {
    for (const other of this.#clients.keys()) if (other !== id) yield other;
  }

  #refuse(unsent: readonly Client[], size: number, refused: number[] | null): ErrorCode {
    let result = ErrorCode.OK;
    for (const client of unsent) {
      const isOpen = client.peer.getReadyState() === WebSocketPeer.STATE_OPEN;
      result = isOpen ? ErrorCode.ERR_OUT_OF_MEMORY : ErrorCode.FAILED;
      // A handler may have ended it.
      if (this.#byPeer.get(client.peer) !== client) continue;
      refused?.push(client.id);
      this.#tellRefused(client, result, size);
    }
    return result;
  }

  #nobody(id: number): ErrorCode {
    this.#failure = { code: 'TICKPEER_UNKNOWN_PEER', message: `there is no peer ${id}` };
    return ErrorCode.ERR_INVALID_PARAMETER;
  }

  #tellRefused({ id, peer }: Client, error: ErrorCode, size: number): void {
    const failure = sendFailure(peer, size);
    if (!this.#telling.has(id)) {
      this.#telling.add(id);
      try {
        this.#events.onRefused(id, error, failure);
      } finally {
        this.#telling.delete(id);
      }
    }
    // Set after the handler has run, because it may have sent other packets.
    this.#failure = failure;
  }

  #greet(client: Client): void {
    if (this.#isClosed) return;
    this.#clients.set(client.id, client);
    this.#byPeer.set(client.peer, client);
    try {
      this.#events.onConnected(client.id);
    } catch (error) {
      this.#errors.push(error);
    }
  }

  /** A player has come back while its last connection still looked alive: that ends for this side, and whoever calls this closes it. */
  replace(id: number): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    this.#gone.delete(client);
    this.#dismiss(client);
  }

  #forget(client: Client): void {
    this.#clients.delete(client.id);
    this.#byPeer.delete(client.peer);
  }

  #forgetReady(): void {
    for (let at = this.#next; at < this.#readyCount; at++) this.#ready[at] = null;
    this.#next = 0;
    this.#readyCount = 0;
    this.packetCount = 0;
  }

  /** Skips clients without packets: the program may have taken them from the peer directly, or disconnected it. */
  #skipEmpty(): void {
    const ready = this.#ready;
    while (this.#next < this.#readyCount) {
      const client = ready[this.#next]!;
      if (this.#clients.get(client.id) === client && client.peer.getAvailablePacketCount() > 0) return;
      ready[this.#next++] = null;
    }
    this.packetCount = 0;
  }
}
