import { expect, test } from 'vitest';
import { ErrorCode } from '../../src/error-code.ts';
import { Random } from '../../src/testing/random.ts';
import { State, WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../src/websocket/index.ts';
import { closers, identity, NO_HEARTBEAT, portOf, secure, trust } from '../interop/http/http2-ends.ts';
import { serverOptions } from '../support/certificates.ts';
import { patternBytes } from '../support/payloads.ts';
import { turn, until } from '../support/until.ts';

/** Around the sizes at which output is copied, moved, shared or in memory of its own. */
const SIZES = [1, 20, 130, 1000, 2040, 2100, 5000, 16_380, 20_000, 32_760, 33_000, 70_000, 270_000];

const LIMITS: WebSocketServerOptions = {
  ...NO_HEARTBEAT,
  outboundBufferSize: 1_500_000,
  inboundBufferSize: 1_500_000,
  packetsShareMemory: true,
};

/** No two messages have the same bytes, but for those of one byte. */
class Messages {
  #seed = 0;

  next(random: Random): Uint8Array {
    const size = SIZES[random.integer(0, SIZES.length - 1)]!;
    return patternBytes(size, 31 * ++this.#seed);
  }
}

/** One direction of a connection: what was accepted by `send`, and how much of it has arrived. */
class Direction {
  readonly #sent: Uint8Array[] = [];
  #arrived = 0;
  /** The reader has called `close`: it discards what finds no room. */
  isReaderClosing = false;

  noteSent(message: Uint8Array): void {
    this.#sent.push(message);
  }

  takeFrom(peer: WebSocketPeer): void {
    while (peer.getAvailablePacketCount() > 0) {
      const packet = peer.getPacket();
      const place = this.#sent.findIndex((sent, at) => at >= this.#arrived && Buffer.compare(packet, sent) === 0);
      const isNext = place === this.#arrived || (this.isReaderClosing && place > this.#arrived);
      if (!isNext) throw new Error(`message ${this.#arrived}: ${packet.length} bytes, which are those of ${place}`);
      this.#arrived = place + 1;
    }
  }

  get isComplete(): boolean {
    return this.#arrived === this.#sent.length;
  }
}

/** A client and its server's end. */
class Pair {
  readonly client: WebSocketPeer;
  readonly id: string;
  served: WebSocketPeer | null = null;
  isReading = true;
  readonly down = new Direction();
  readonly up = new Direction();

  constructor(id: string, client: WebSocketPeer) {
    this.id = id;
    this.client = client;
  }

  get isOpen(): boolean {
    return this.served?.getReadyState() === State.STATE_OPEN && this.client.getReadyState() === State.STATE_OPEN;
  }

  get isComplete(): boolean {
    return this.down.isComplete && this.up.isComplete;
  }

  read(): void {
    if (!this.isReading) return;
    this.client.poll();
    this.down.takeFrom(this.client);
    if (this.served !== null) this.up.takeFrom(this.served);
  }
}

/** Servers over TCP, TLS and HTTP/2, whose connections share memory. */
class Bench {
  readonly random: Random;
  readonly pairs: Pair[] = [];
  readonly #messages = new Messages();
  readonly #servers: WebSocketServer[] = [];
  readonly #urls: string[] = [];
  #count = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  async serve(options: WebSocketServerOptions): Promise<void> {
    for (const kind of ['tcp', 'tls', 'http2']) {
      const server = new WebSocketServer({ ...LIMITS, ...options });
      closers.push(() => server[Symbol.dispose]());
      this.#servers.push(server);
      if (kind === 'http2') {
        const http = await secure();
        expect(server.attach(http)).toBe(ErrorCode.OK);
        this.#urls.push(`wss://127.0.0.1:${portOf(http)}`);
      } else {
        const tls = kind === 'tls' ? serverOptions(identity) : null;
        expect(server.listen(0, '127.0.0.1', tls)).toBe(ErrorCode.OK);
        this.#urls.push(`${tls === null ? 'ws' : 'wss'}://127.0.0.1:${server.getLocalPort()}`);
      }
    }
  }

  connect(options: WebSocketServerOptions): void {
    const kind = this.#count++ % 3;
    const client = new WebSocketPeer({ ...LIMITS, maxQueuedPackets: 64, http2: kind === 2, ...options });
    closers.push(() => client.close(-1));
    const id = `/${this.#count}`;
    const url = `${this.#urls[kind]}${id}`;
    expect(client.connectToUrl(url, kind === 0 ? true : trust())).toBe(ErrorCode.OK);
    this.pairs.push(new Pair(id, client));
  }

  poll(): void {
    for (const server of this.#servers) {
      server.poll();
      for (let peer = server.takePeer(); peer !== null; peer = server.takePeer()) {
        const url = peer.getRequestedUrl();
        const pair = this.pairs.find(({ id }) => url.endsWith(id));
        if (pair !== undefined) pair.served = peer;
      }
    }
    for (const pair of this.pairs) pair.read();
  }

  async opened(): Promise<void> {
    await until(() => {
      this.poll();
      return this.pairs.every(({ isOpen }) => isOpen);
    });
  }

  pick(): Pair {
    return this.pairs[this.random.integer(0, this.pairs.length - 1)]!;
  }

  /** To a random part of the peers of all servers. */
  broadcast(): void {
    const message = this.#messages.next(this.random);
    const chance = this.random.next();
    const targets = this.pairs.filter(({ isOpen }) => isOpen && this.random.chance(chance));
    const peers = targets.map(({ served }) => served!);
    const refused = new Set(this.#servers[0]!.broadcast(peers, message));
    for (const { served, down } of targets) if (!refused.has(served!)) down.noteSent(message);
  }

  send(): void {
    const { served, client, isOpen, down, up } = this.pick();
    if (!isOpen) return;
    const message = this.#messages.next(this.random);
    if (this.random.chance(0.7)) {
      if (served!.send(message) === ErrorCode.OK) down.noteSent(message);
    } else if (client.send(message) === ErrorCode.OK) {
      up.noteSent(message);
    }
  }

  /** Ends a connection in one of the ways in which one can end, also with bytes under way. */
  end(): void {
    const { client, served, isOpen, down, up } = this.pick();
    if (!isOpen || this.pairs.filter((pair) => pair.isOpen).length <= 6) return;
    const isDropped = this.random.chance(0.5);
    if (this.random.chance(0.5)) {
      client.close(isDropped ? -1 : 1000);
      down.isReaderClosing = true;
    } else {
      served!.close(isDropped ? -1 : 1000);
      up.isReaderClosing = true;
    }
  }
}

test.each([
  { name: 'plain', options: {}, client: {} },
  { name: 'in fragments', options: { fragmentSize: 3000 }, client: { fragmentSize: 1000 } },
  { name: 'compressed, without context', options: { compression: { level: 1 } }, client: { compression: true } },
  {
    name: 'compressed, with context',
    options: { compression: { serverNoContextTakeover: false, clientNoContextTakeover: false, level: 1 } },
    client: { compression: { serverNoContextTakeover: false, clientNoContextTakeover: false, level: 1 } },
  },
])('messages over TCP, TLS and HTTP/2 at once arrive byte for byte, to slow readers too: $name', async (how) => {
  const bench = new Bench(how.name.length);
  await bench.serve(how.options);
  for (let count = 0; count < 12; count++) bench.connect(how.client);
  await bench.opened();
  const { random } = bench;
  const end = performance.now() + 900;
  while (performance.now() < end) {
    for (let count = random.integer(1, 10); count > 0; count--) {
      if (random.chance(0.4)) bench.broadcast();
      else bench.send();
    }
    const pair = bench.pick();
    if (random.chance(0.2)) pair.isReading = !pair.isReading;
    if (random.chance(0.05)) bench.end();
    if (random.chance(0.04) && bench.pairs.length < 40) bench.connect(how.client);
    bench.poll();
    if (random.chance(0.7)) await turn();
  }
  for (const pair of bench.pairs) pair.isReading = true;
  await until(() => {
    bench.poll();
    return bench.pairs.every((pair) => !pair.isOpen || pair.isComplete);
  });
  expect(bench.pairs.filter(({ isOpen }) => isOpen).length).toBeGreaterThan(0);
});
