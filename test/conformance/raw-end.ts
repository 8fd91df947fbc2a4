import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { ErrorCode } from '../../src/error-code.ts';
import type { Role } from '../../src/protocol/index.ts';
import { StreamPeerMemory } from '../../src/stream/index.ts';
import { State, WebSocketPeer, type WebSocketPeerOptions } from '../../src/websocket/index.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { concat } from '../support/frames.ts';
import type { Packet } from './case.ts';
import { describeEnd } from './run-connection.ts';
import { pieces, type Split } from './split.ts';

export const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** `Sec-WebSocket-Accept` by RFC 6455 4.2.2, with Node's digest. */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** The lines of every valid request. */
export const REQUEST_LINES: readonly string[] = [
  'GET /chat HTTP/1.1',
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${SAMPLE_KEY}`,
  'Sec-WebSocket-Version: 13',
];

/** The lines of every valid response; `{accept}` is replaced as in a case. */
export const RESPONSE_LINES: readonly string[] = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: {accept}',
];

export function head(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** A whole `WebSocketPeer` whose other end sends raw bytes, connected in memory. */
export class RawEnd {
  readonly peer: WebSocketPeer;
  readonly packets: Packet[] = [];
  readonly #raw: StreamPeerMemory;
  readonly #clock = new FakeClock();
  readonly #received: Uint8Array[] = [];
  /** Every packet is sent back as soon as it can be read. */
  isEchoing = false;

  constructor(role: Role, options: WebSocketPeerOptions, split: Split) {
    const [raw, stream] = StreamPeerMemory.pair({ capacity: 1 << 24, ...(split === 'bytes' ? { chunkSize: 1 } : {}) });
    this.#raw = raw;
    this.peer = new WebSocketPeer({ ...options, clock: this.#clock });
    const result =
      role === 'client'
        ? this.peer.connectToStream(stream, 'ws://server.example.com/chat')
        : this.peer.acceptStream(stream);
    if (result !== ErrorCode.OK) throw new Error(`could not begin: ${this.peer.getLastFailure()?.message}`);
    this.turn();
  }

  /** Sends bytes to the peer in pieces. For single bytes, the stream splits them itself. */
  write(bytes: Uint8Array, split: Split, seed: string): void {
    for (const piece of pieces(bytes, split === 'bytes' ? 'whole' : split, seed)) {
      this.#raw.putData(piece);
      this.turn();
    }
  }

  end(): void {
    this.#raw.end();
    this.turn();
  }

  turn(): void {
    this.#clock.endTurn();
    this.peer.poll();
    if (this.isEchoing) this.take(Number.POSITIVE_INFINITY);
    this.#clock.endTurn();
    this.#raw.poll();
    for (;;) {
      const [, bytes] = this.#raw.getPartialData(1 << 24);
      if (bytes.length === 0) break;
      this.#received.push(bytes);
      this.#raw.poll();
    }
  }

  take(count: number): void {
    for (let taken = 0; taken < count && this.peer.getAvailablePacketCount() > 0; taken++) {
      const packet = this.peer.getPacket();
      this.packets.push(
        this.peer.wasStringPacket() ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(packet) : packet,
      );
      if (!this.isEchoing) continue;
      const mode = this.peer.wasStringPacket() ? WebSocketPeer.WRITE_MODE_TEXT : WebSocketPeer.WRITE_MODE_BINARY;
      const state = this.peer.getReadyState();
      const result = this.peer.send(packet, mode);
      if (result !== ErrorCode.OK) throw new Error(`send in ${State[state]} returned ${ErrorCode[result]}`);
    }
  }

  /** Polls and reads until nothing more happens. */
  settle(): void {
    for (let quiet = 0; quiet < 3; quiet++) {
      const before = `${this.packets.length} ${this.peer.getReadyState()} ${this.#received.length}`;
      this.turn();
      this.take(Number.POSITIVE_INFINITY);
      if (before !== `${this.packets.length} ${this.peer.getReadyState()} ${this.#received.length}`) quiet = -1;
    }
  }

  /** Everything that the peer has sent since the last call. */
  read(): Buffer {
    return Buffer.from(concat(this.#received.splice(0)));
  }

  get ending(): string {
    const { peer } = this;
    const state = peer.getReadyState();
    if (state === State.STATE_CONNECTING) return 'connecting';
    if (state === State.STATE_OPEN) return 'open';
    if (state === State.STATE_CLOSING) return 'closing';
    const failure = peer.getLastFailure();
    return describeEnd(peer.getCloseCode() >= 0, peer.getCloseCode(), peer.getCloseReason(), failure?.code ?? null);
  }
}

/** A peer after the opening handshake; `extensions` is the value of the header. */
export function openPeer(role: Role, options: WebSocketPeerOptions, split: Split, extensions: string | null): RawEnd {
  const end = new RawEnd(role, options, split);
  const more = extensions === null ? [] : [`Sec-WebSocket-Extensions: ${extensions}`];
  if (role === 'server') {
    end.write(head([...REQUEST_LINES, ...more]), 'whole', '');
  } else {
    const accept = acceptOf(keyOf(`${end.read()}`));
    end.write(head([...RESPONSE_LINES, ...more].map((line) => line.replace('{accept}', accept))), 'whole', '');
  }
  end.turn();
  if (end.ending !== 'open') throw new Error(`not open: ${end.peer.getLastFailure()?.message}`);
  end.read();
  return end;
}

/** The key in a request. */
export function keyOf(request: string): string {
  return /^Sec-WebSocket-Key: (.*)\r$/m.exec(request)?.[1] ?? '';
}
