import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ErrorCode, type StopOptions, type StopResult, WebSocketPeer, WebSocketServer } from 'tickpeer';
import { BOT_PATH, type News, RANGES } from './controls.js';
import { readPlayerMessage, type Snapshot, SnapshotWriter } from './wire.js';
import type { Mover, World } from './world.js';

/** Snapshots per second for each bot. With thousands of bots it is lower, so that the total stays bounded. */
const TURNS_PER_BOT = 10;
const MOST_TURNS = 6000;

interface Seat {
  readonly peer: WebSocketPeer;
  readonly mover: Mover;
}

/**
 * The server's end of the bots' connections. A bot gets the people and a few bots, with itself, when it
 * is its turn. Sending all bots to every bot in each tick would be millions of positions.
 */
export class BotSeats {
  readonly server: WebSocketServer = new WebSocketServer({ path: BOT_PATH, maxConnections: RANGES.bots[1] + 100 });
  readonly #world: World;
  readonly #seats: Seat[] = [];
  readonly #movers = new Map<WebSocketPeer, Mover>();
  readonly #writer = new SnapshotWriter();
  #turn = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get count(): number {
    return this.#seats.length;
  }

  accept(request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    if (this.server.acceptUpgrade(request, socket, head) !== ErrorCode.OK) socket.destroy();
  }

  /** Reads which bots connected, their directions, and which disconnected. */
  poll(): void {
    this.server.poll();
    for (let peer = this.server.takePeer(); peer !== null; peer = this.server.takePeer()) this.#seat(peer);
    for (const peer of this.server.readyPeers()) this.#listen(peer);
  }

  /** Sends snapshots to the bots whose turn it is. */
  show(times: Pick<Snapshot, 'time' | 'tickTime' | 'botTime'>, tickRate: number): void {
    const count = this.#seats.length;
    const group = Math.ceil(Math.min(count * TURNS_PER_BOT, MOST_TURNS) / tickRate);
    if (this.#turn >= count) this.#turn = 0;
    const seats = this.#seats.slice(this.#turn, this.#turn + group);
    this.#turn += group;
    const places = [...this.#world.players, ...seats.map(({ mover }) => mover)];
    const snapshot = this.#writer.write(times, places);
    this.server.broadcast(
      seats.map(({ peer }) => peer),
      snapshot,
    );
  }

  stop(options: StopOptions): void {
    this.server.stop(options);
  }

  /** The result of the server's stop; null until it is complete. */
  get stopResult(): StopResult | null {
    return this.server.getStopResult();
  }

  #seat(peer: WebSocketPeer): void {
    const mover = this.#world.addBot();
    this.#seats.push({ peer, mover });
    this.#movers.set(peer, mover);
    const news: News = { type: 'welcome', id: mover.id };
    peer.sendText(JSON.stringify(news)); // its first message: the buffer is empty
  }

  #listen(peer: WebSocketPeer): void {
    const mover = this.#movers.get(peer);
    if (mover === undefined) return;
    for (const packet of peer.packets()) {
      const message = typeof packet === 'string' ? null : readPlayerMessage(packet);
      if (message?.type === 'input') mover.direction = message.direction;
      else if (peer.getReadyState() === WebSocketPeer.STATE_OPEN) peer.close(1008, 'not a message of a bot');
    }
    if (peer.getReadyState() !== WebSocketPeer.STATE_CLOSED) return;
    this.#movers.delete(peer);
    this.#world.removeBot(mover);
    const index = this.#seats.findIndex((seat) => seat.peer === peer);
    if (index >= 0) this.#seats.splice(index, 1);
  }
}
