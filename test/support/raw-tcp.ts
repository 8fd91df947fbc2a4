import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { acceptKey } from '../../src/protocol/handshake/accept-key.ts';
import { concat } from './frames.ts';
import { nodePlatform } from './platform.ts';
import { until } from './until.ts';

/** One end of a bare TCP connection, with all received bytes. */
export class RawEnd {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  hasEnded = false;
  isClosed = false;
  error: NodeJS.ErrnoException | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#chunks.push(chunk));
    socket.on('end', () => {
      this.hasEnded = true;
    });
    socket.on('error', (error) => {
      this.error = error;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    onTestFinished(() => {
      socket.destroy();
    });
  }

  get bytes(): Uint8Array {
    return concat(this.#chunks);
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('latin1');
  }

  /** What was received after the first blank line. */
  get body(): Uint8Array {
    const end = this.text.indexOf('\r\n\r\n');
    return end < 0 ? new Uint8Array(0) : this.bytes.slice(end + 4);
  }

  get hasHead(): boolean {
    return this.text.includes('\r\n\r\n');
  }

  /** The status of the received HTTP response; 0 before. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.text)?.[1] ?? 0);
  }

  header(name: string): string | null {
    const lines = this.text.slice(0, this.text.indexOf('\r\n\r\n')).split('\r\n').slice(1);
    const line = lines.find((candidate) => candidate.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line === undefined ? null : line.slice(line.indexOf(':') + 1).trim();
  }

  write(data: string | Uint8Array): void {
    this.socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  }

  /** One write for each byte, each in a separate turn. */
  async writeByteByByte(data: string | Uint8Array): Promise<void> {
    for (const byte of typeof data === 'string' ? Buffer.from(data, 'latin1') : data) {
      this.socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  reset(): void {
    this.socket.resetAndDestroy();
  }
}

export interface RawServer {
  readonly port: number;
  readonly ends: RawEnd[];
}

/** A TCP server on `address`; `onEnd` is called with every connection. It ends with the test. */
export async function startRawServer(onEnd?: (end: RawEnd) => void, address = '127.0.0.1'): Promise<RawServer> {
  const ends: RawEnd[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const end = new RawEnd(socket);
    ends.push(end);
    onEnd?.(end);
  });
  onTestFinished(() => {
    server.close();
    for (const end of ends) end.socket.destroy();
  });
  await once(server.listen(0, address), 'listening');
  // An address of a TCP server is always an object.
  return { port: (server.address() as AddressInfo).port, ends };
}

/** A server that reads the request and sends `answer`, in Latin-1 or as bytes. */
export async function startAnsweringServer(
  answer: (key: string, end: RawEnd) => string | Uint8Array | null,
  address = '127.0.0.1',
): Promise<RawServer> {
  return startRawServer((end) => {
    let isAnswered = false;
    end.socket.on('data', () => {
      if (isAnswered || !end.hasHead) return;
      isAnswered = true;
      const data = answer(keyOf(end), end);
      if (data !== null) end.write(data);
    });
  }, address);
}

function keyOf(end: RawEnd): string {
  return end.header('Sec-WebSocket-Key') ?? '';
}

/** A valid 101 response to `key`, with further header lines. */
export function switching(key: string, ...lines: string[]): string {
  const accept = acceptKey(key, nodePlatform);
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return `${[...head, `Sec-WebSocket-Accept: ${accept}`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A connected TCP client that ends with the test. */
export async function dialRaw(port: number, address = '127.0.0.1'): Promise<RawEnd> {
  const end = new RawEnd(connect({ port, host: address, allowHalfOpen: true }));
  await until(() => !end.socket.connecting || end.error !== null);
  return end;
}

/** A valid upgrade request. A header of the same name replaces one of these, and `null` removes it. */
export function upgradeRequest(headers: Record<string, string | null> = {}, line = 'GET / HTTP/1.1'): string {
  const all: Record<string, string | null> = {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return `${[line, ...lines].join('\r\n')}\r\n\r\n`;
}
