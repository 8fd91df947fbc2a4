import { connect, type Socket } from 'node:net';
import { ErrorCode, State, type WebSocketPeer, type WebSocketServerOptions } from 'tickpeer';
import { expect, onTestFinished } from 'vitest';
import { KEY, type RawFrame, rawFrame } from '../support/frames.ts';
import { memoryUse } from '../support/memory-use.ts';
import { openPeer, serve } from '../support/peers.ts';
import { turn } from '../support/until.ts';

export const REQUEST =
  'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** The measured cost of an attack. */
export interface Damage {
  /** The longest time that the well-behaved client waited for an echo, in milliseconds. */
  readonly worstDelay: number;
  /** Echoes that it got meanwhile. */
  readonly echoes: number;
  /** The growth of the process's memory in bytes. */
  readonly growth: number;
}

/** A server that echoes, and a well-behaved client that uses it while others attack. */
export class Siege {
  readonly server: ReturnType<typeof serve>;
  readonly #client: WebSocketPeer;
  readonly #attackers: Socket[] = [];
  #sentAt = -1;
  #worstDelay = 0;
  #echoes = 0;
  #before = 0;
  readsPackets = true;

  private constructor(server: ReturnType<typeof serve>, client: WebSocketPeer) {
    this.server = server;
    this.#client = client;
    onTestFinished(() => {
      for (const socket of this.#attackers) socket.destroy();
    });
  }

  static async begin(options: WebSocketServerOptions = {}): Promise<Siege> {
    const server = serve(options);
    // With `manualHandshake` only the well-behaved client is accepted.
    const gate = {
      poll: (): void => {
        server.poll();
        server.server.takeRequest()?.accept();
      },
    };
    const client = await openPeer(`ws://127.0.0.1:${server.port}`, {}, [gate]);
    const siege = new Siege(server, client);
    for (let count = 0; count < 20; count++) await siege.step();
    siege.#worstDelay = 0;
    siege.#echoes = 0;
    siege.#before = held();
    return siege;
  }

  /** An attacker's raw connection. */
  attack(...data: (string | Uint8Array)[]): Socket {
    const socket = connect({ port: this.server.port, host: '127.0.0.1', noDelay: true });
    socket.on('error', () => {});
    socket.resume();
    this.#attackers.push(socket);
    for (const piece of data) socket.write(piece);
    return socket;
  }

  /** The same, through the handshake. */
  intrude(...frames: readonly RawFrame[]): Socket {
    return this.attack(REQUEST, ...frames.map((frame) => rawFrame({ key: KEY, ...frame })));
  }

  /** One tick of the server, and of its client, which always waits for one echo. */
  async step(): Promise<void> {
    this.server.poll();
    for (const peer of this.server.peers) {
      if (peer.getReadyState() !== State.STATE_OPEN) continue;
      const isGood = peer.getHandshakeRequest()?.headers.get('host') !== 'h';
      if (!isGood && !this.readsPackets) continue;
      for (const packet of peer.packets()) if (isGood && typeof packet === 'string') peer.sendText(packet);
    }
    this.#client.poll();
    if (this.#sentAt >= 0 && this.#client.getAvailablePacketCount() > 0) {
      expect([...this.#client.packets()]).toEqual(['hello']);
      this.#worstDelay = Math.max(this.#worstDelay, performance.now() - this.#sentAt);
      this.#echoes++;
      this.#sentAt = -1;
    }
    if (this.#sentAt < 0) {
      expect(ErrorCode[this.#client.sendText('hello')]).toBe('OK');
      this.#sentAt = performance.now();
    }
    await turn();
  }

  /** Continues until the condition holds, with the client served meanwhile. */
  async until(condition: () => boolean, timeLimit = 15_000): Promise<void> {
    const end = performance.now() + timeLimit;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`not within ${timeLimit} ms: ${condition}`);
      await this.step();
    }
  }

  async steps(count: number): Promise<void> {
    for (let step = 0; step < count; step++) await this.step();
  }

  /** The cost so far. */
  damage(): Damage {
    const waiting = this.#sentAt < 0 ? 0 : performance.now() - this.#sentAt;
    return { worstDelay: Math.max(this.#worstDelay, waiting), echoes: this.#echoes, growth: held() - this.#before };
  }

  /** The peers of the accepted attackers. */
  get intruders(): WebSocketPeer[] {
    return this.server.peers.filter((peer) => peer.getHandshakeRequest()?.headers.get('host') === 'h');
  }

  get sockets(): readonly Socket[] {
    return this.#attackers;
  }
}

/** Memory in use, not resident memory, which does not shrink at once. */
function held(): number {
  const { arrayBuffers } = memoryUse();
  return arrayBuffers + process.memoryUsage().heapUsed;
}
