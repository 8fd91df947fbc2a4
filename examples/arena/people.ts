import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  ErrorCode,
  type StopOptions,
  type StopResult,
  WebSocketPeer,
  WebSocketServer,
  type WebSocketServerOptions,
} from 'tickpeer';
import { Cable } from './cable.js';
import { COMPRESSED_PATH, type News, PLAIN_PATH, parseControl, type Settings } from './controls.js';
import { upgradedStream } from './upgrade.js';
import { readPlayerMessage, writePong } from './wire.js';
import type { Mover, World } from './world.js';

/** A page with more waiting bytes gets no snapshots until it has read them. */
const MOST_BUFFERED = 128 * 1024;

const OPTIONS: WebSocketServerOptions = {
  maxConnections: 32,
  maxPendingHandshakes: 32,
  outboundBufferSize: 1024 * 1024,
  heartbeatInterval: 2,
  pongTimeLimit: 6,
};

interface Person {
  readonly peer: WebSocketPeer;
  readonly mover: Mover;
  readonly cable: Cable;
  isWatching: boolean;
  /** When the first message for this tick arrived, and the first for the next; null before one has. */
  arrival: number | null;
  nextArrival: number | null;
  skipped: number;
}

/** The server's ends of the connections from pages and from other programs. */
export class People {
  /** Compression is negotiated in the handshake: the page chooses it by the path of its URL. */
  readonly #plain = new WebSocketServer({ ...OPTIONS, path: PLAIN_PATH });
  readonly #compressed = new WebSocketServer({ ...OPTIONS, path: COMPRESSED_PATH, compression: { level: 1 } });
  readonly #servers = [this.#plain, this.#compressed];
  readonly #world: World;
  readonly #onSettings: (change: Partial<Settings>) => void;
  readonly #people = new Map<WebSocketPeer, Person>();
  /** Cables of clients in the handshake, by a query that the server adds to the request. */
  readonly #cables = new Map<string, Cable>();
  #cableCount = 0;

  constructor(world: World, onSettings: (change: Partial<Settings>) => void) {
    this.#world = world;
    this.#onSettings = onSettings;
  }

  get count(): number {
    return this.#people.size;
  }

  /** Puts a cable between an upgraded socket and the peer-to-be. Another path gets its 404 from the server. */
  accept(request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    const path = request.url?.split('?', 1)[0] ?? '/';
    const server = path === COMPRESSED_PATH ? this.#compressed : this.#plain;
    const query = `cable=${++this.#cableCount}`;
    const stream = upgradedStream(request, socket, head, `${path}?${query}`);
    const cable = new Cable(stream, () => this.#cables.delete(query));
    this.#cables.set(query, cable);
    if (server.acceptStream(cable.farEnd) !== ErrorCode.OK) cable.destroy();
  }

  /** Reads which people connected, their requests, and which disconnected. */
  poll(): void {
    for (const server of this.#servers) {
      server.poll();
      for (let peer = server.takePeer(); peer !== null; peer = server.takePeer()) this.#welcome(peer);
      for (const peer of server.readyPeers()) this.#listen(peer);
    }
  }

  /** Sends a snapshot to all visible pages, except those that have not taken earlier ones. */
  show(snapshot: Uint8Array): void {
    for (const server of this.#servers) {
      const viewers = [...server.getPeers()].filter((peer) => this.#mayBeShown(peer));
      server.broadcast(viewers, snapshot);
    }
  }

  tell(news: News): void {
    const text = JSON.stringify(news);
    for (const server of this.#servers) {
      const viewers = [...server.getPeers()].filter((peer) => this.#people.get(peer)?.isWatching);
      server.broadcast(viewers, text);
    }
  }

  stop(options: StopOptions): void {
    for (const server of this.#servers) server.stop(options);
  }

  /** The results of the servers' stops; empty until all are complete. */
  get stopResults(): readonly StopResult[] {
    const results = this.#servers.map((server) => server.getStopResult()).filter((result) => result !== null);
    return results.length === this.#servers.length ? results : [];
  }

  #welcome(peer: WebSocketPeer): void {
    const query = peer.getHandshakeRequest()?.query ?? '';
    const cable = this.#cables.get(query);
    if (cable === undefined) return; // Its page has already disconnected.
    this.#cables.delete(query);
    const mover = this.#world.addPlayer();
    const person: Person = { peer, mover, cable, isWatching: true, arrival: null, nextArrival: null, skipped: 0 };
    this.#people.set(peer, person);
    peer.onWake = () => {
      person.nextArrival ??= performance.now(); // only recorded: messages are read in the tick
    };
    const news: News = { type: 'welcome', id: mover.id };
    peer.sendText(JSON.stringify(news)); // its first message: the buffer is empty
  }

  #listen(peer: WebSocketPeer): void {
    const person = this.#people.get(peer);
    if (person === undefined) return;
    person.arrival = person.nextArrival;
    person.nextArrival = null;
    for (const packet of peer.packets()) {
      if (peer.getReadyState() !== WebSocketPeer.STATE_OPEN) continue;
      const isUnderstood = typeof packet === 'string' ? this.#obey(person, packet) : this.#hear(person, packet);
      if (!isUnderstood) peer.close(1008, 'not a message of the arena');
    }
    if (peer.getReadyState() === WebSocketPeer.STATE_CLOSED) this.#seeOff(person);
  }

  #hear({ peer, mover, arrival, skipped }: Person, packet: Uint8Array): boolean {
    const message = readPlayerMessage(packet);
    if (message === null) return false;
    if (message.type === 'input') {
      mover.direction = message.direction;
    } else {
      const { bytesSent, bytesReceived } = peer.getStatistics();
      const buffered = peer.getCurrentOutboundBufferedAmount();
      const waited = arrival === null ? 0 : performance.now() - arrival;
      // If the buffer is full, the next Ping measures.
      peer.send(writePong({ time: message.time, waited, buffered, skipped, bytesSent, bytesReceived }));
    }
    return true;
  }

  #obey(person: Person, text: string): boolean {
    const control = parseControl(text);
    switch (control?.type) {
      case undefined:
        return false;
      case 'settings':
        this.#onSettings(control.settings);
        break;
      case 'cable':
        person.cable.change(control.latency, control.jitter);
        break;
      case 'stall':
        person.cable.stall(control.milliseconds);
        break;
      case 'cut':
        person.cable.cut();
        break;
      case 'close':
        person.peer.close(control.code, control.reason);
        break;
      case 'watch':
        person.isWatching = control.isWatching;
        break;
    }
    return true;
  }

  #mayBeShown(peer: WebSocketPeer): boolean {
    const person = this.#people.get(peer);
    if (!person?.isWatching) return false;
    if (peer.getCurrentOutboundBufferedAmount() <= MOST_BUFFERED) return true;
    person.skipped++;
    return false;
  }

  #seeOff({ peer, mover, cable }: Person): void {
    this.#people.delete(peer);
    this.#world.removePlayer(mover);
    if (peer.getCloseCode() === -1) cable.destroy(); // No Close arrived, so no end will.
  }
}
