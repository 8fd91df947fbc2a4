import type { WebSocketPeer, WebSocketPeerOptions } from 'tickpeer';
import { onTestFinished } from 'vitest';
import { Arena } from '../../examples/arena/arena.ts';
import type { Control, News, Settings } from '../../examples/arena/controls.ts';
import type { PageFiles } from '../../examples/arena/page-files.ts';
import { type Pong, readServerMessage, type Snapshot, type Vector, writePing } from '../../examples/arena/wire.ts';
import { dialPeer, drive, isOpen } from '../support/peers.ts';

/** An arena on a free port, stopped when the test ends. */
export async function startArena(files: PageFiles, settings: Partial<Settings> = {}) {
  const arena = new Arena(files, { bots: 0, ...settings });
  const port = await arena.listen(0, '127.0.0.1');
  onTestFinished(async () => void (await arena.stop()));
  return { arena, port, url: `http://127.0.0.1:${port}/` };
}

/** A program that plays and stores what it receives. */
export class Player {
  readonly peer: WebSocketPeer;
  id = -1;
  snapshots = 0;
  snapshot: Snapshot | null = null;
  pong: Pong | null = null;
  status: Extract<News, { type: 'status' }> | null = null;

  constructor(url: string, options: WebSocketPeerOptions = {}) {
    this.peer = dialPeer(url, { inboundBufferSize: 1_000_000, ...options });
  }

  poll(): void {
    this.peer.poll();
    for (const packet of this.peer.packets()) {
      if (typeof packet === 'string') this.#hear(JSON.parse(packet));
      else this.#see(packet);
    }
  }

  ask(control: Control): void {
    this.peer.sendText(JSON.stringify(control));
  }

  /** A player's position in the last snapshot. */
  find(id: number): Vector | null {
    const { snapshot } = this;
    for (let index = 0; index < (snapshot?.count ?? 0); index++) {
      if (snapshot?.id(index) === id) return { x: snapshot.x(index), y: snapshot.y(index) };
    }
    return null;
  }

  /** Milliseconds until a ping comes back. */
  async ping(): Promise<number> {
    this.pong = null;
    const start = performance.now();
    this.peer.send(writePing(start));
    await drive(this, () => this.pong?.time === start);
    return performance.now() - start;
  }

  #hear(news: News): void {
    if (news.type === 'welcome') this.id = news.id;
    else this.status = news;
  }

  #see(packet: Uint8Array): void {
    const message = readServerMessage(packet);
    if (message.type === 'pong') {
      this.pong = message;
    } else {
      this.snapshot = message;
      this.snapshots++;
    }
  }
}

/** A player who has joined, and sees itself. */
export async function join(port: number, options: WebSocketPeerOptions = {}, path = '/player'): Promise<Player> {
  const player = new Player(`ws://127.0.0.1:${port}${path}`, options);
  await drive(player, () => isOpen(player.peer) && player.find(player.id) !== null);
  return player;
}
