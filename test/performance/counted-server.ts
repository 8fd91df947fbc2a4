import { ErrorCode } from '../../src/error-code.ts';
import { type WebSocketPeer, WebSocketServer, type WebSocketServerOptions } from '../../src/websocket/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { concat, frameTo } from '../support/frames.ts';
import { CountingStream } from './counting-stream.ts';

const REQUEST = new TextEncoder().encode(
  'GET / HTTP/1.1\r\nHost: bench.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
);

/** A server whose clients are counting streams, all of them open. */
export class CountedServer {
  readonly clock: FakeClock = new FakeClock();
  readonly server: WebSocketServer;
  readonly streams: CountingStream[] = [];
  readonly peers: WebSocketPeer[] = [];

  constructor(clients: number, options: WebSocketServerOptions = {}) {
    this.server = new WebSocketServer({ ...options, clock: this.clock });
    for (let n = 0; n < clients; n++) {
      const stream = new CountingStream();
      if (this.server.acceptStream(stream) !== ErrorCode.OK) throw new Error('a stream was not accepted');
      stream.bring(REQUEST.slice());
      this.streams.push(stream);
      if (n % 64 === 63) this.turn();
    }
    this.turn();
    this.turn();
    for (let peer = this.server.takePeer(); peer !== null; peer = this.server.takePeer()) this.peers.push(peer);
    if (this.peers.length !== clients) throw new Error(`${this.peers.length} of ${clients} clients are open`);
    for (const stream of this.streams) stream.writes = stream.bytes = 0;
  }

  /** A poll, and the end of the turn. */
  turn(): void {
    this.server.poll();
    this.clock.endTurn();
  }

  get writes(): number {
    return this.streams.reduce((sum, { writes }) => sum + writes, 0);
  }

  get bytes(): number {
    return this.streams.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** `count` masked messages in one chunk. */
export function chunkOf(count: number, size: number): Uint8Array {
  const payload = new Uint8Array(size).fill(7);
  return concat(Array.from({ length: count }, () => frameTo('server', { opcode: 2, payload })));
}
