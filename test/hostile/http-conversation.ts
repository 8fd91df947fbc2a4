import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { until } from '../support/until.ts';
import { type Chance, cut } from './fuzz.ts';

/** One action of a client, or of the application meanwhile. */
export type Act =
  | { readonly kind: 'write'; readonly bytes: Uint8Array }
  /** The application finishes the oldest response that it holds back. */
  | { readonly kind: 'release' }
  | { readonly kind: 'reset' };

/** The options of an HTTP server, and the application's listeners besides that for 'request'. */
export interface Shape {
  readonly checksContinue: boolean;
  readonly checksExpectation: boolean;
  readonly takesConnect: boolean;
  /** A listener for 'upgrade' that answers those for `foo` and ignores the others. */
  readonly takesFoo: boolean;
  readonly maxRequestsPerSocket: number;
}

/** The result of a conversation. */
export interface Outcome {
  /** What the client received, without values that change with time. */
  readonly received: string;
  /** What the application saw. */
  readonly seen: readonly string[];
}

export const PLAIN: Shape = {
  checksContinue: false,
  checksExpectation: false,
  takesConnect: false,
  takesFoo: false,
  maxRequestsPerSocket: 0,
};

export function shapeOf(chance: Chance): Shape {
  const rarely = (): boolean => chance.below(5) === 0;
  return {
    checksContinue: rarely(),
    checksExpectation: rarely(),
    takesConnect: rarely(),
    takesFoo: rarely(),
    maxRequestsPerSocket: rarely() ? 2 : 0,
  };
}

/** An application that records what it sees, and its HTTP server. */
export class Application {
  readonly server: Server;
  readonly seen: string[] = [];
  /** Responses that wait for `release`. */
  readonly held: (() => void)[] = [];
  /** The server's end of the conversation. */
  socket: Socket | null = null;
  isClosed = false;

  /** `isPlain`: without tickpeer, so the application must listen for errors of the sockets that it ignores. */
  constructor(shape: Shape, isPlain: boolean) {
    this.server = createServer((request, response) => void this.#serve('request', request, response));
    this.server.maxRequestsPerSocket = shape.maxRequestsPerSocket;
    this.server.once('connection', (socket) => {
      this.socket = socket;
      socket.once('close', () => {
        this.isClosed = true;
      });
    });
    if (shape.checksContinue) {
      this.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
        if (request.url !== '/early') response.writeContinue();
        void this.#serve('checkContinue', request, response);
      });
    }
    if (shape.checksExpectation) {
      this.server.on(
        'checkExpectation',
        (request, response) => void this.#serve('checkExpectation', request, response),
      );
    }
    if (shape.takesConnect) {
      this.server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        this.#note('connect', request, String(head));
        socket.on('error', () => {});
        socket.end('HTTP/1.1 200 Tunnel\r\n\r\n');
      });
    }
    if (shape.takesFoo) {
      this.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        if (isPlain) socket.on('error', () => {});
        if (request.headers.upgrade?.startsWith('foo') !== true) return;
        this.#note('upgrade', request, String(head));
        socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nbar');
      });
    }
  }

  async listen(): Promise<void> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port; // it listens on a port
  }

  close(): void {
    this.server.closeAllConnections();
    this.socket?.destroy();
    this.server.close();
  }

  async #serve(event: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    const isEarly = request.url === '/early';
    try {
      if (!isEarly) for await (const chunk of request) body += String(chunk);
    } catch (error) {
      this.#note(event, request, `${body} ${String(error)}`);
      return;
    }
    this.#note(event, request, body);
    const text = `${request.method} ${request.url} ${body.length} ${body.slice(0, 20)}`;
    const answer = (): void => {
      if (request.url === '/big') {
        // More than the connection's buffers take at once. The rest waits for 'drain'.
        response.setHeader('Content-Length', 40_001);
        const isFull = !response.write('x'.repeat(40_000));
        if (isFull) response.once('drain', () => response.end('y'));
        else response.end('y');
      } else {
        response.setHeader('X-Seen', event);
        response.end(text);
      }
    };
    if (request.url === '/slow') this.held.push(answer);
    else answer();
  }

  #note(event: string, request: IncomingMessage, body: string): void {
    const { method, url, httpVersion, rawHeaders, headers, complete } = request;
    const upgrade = Reflect.get(request, 'upgrade') as unknown;
    this.seen.push(
      JSON.stringify([event, method, url, httpVersion, rawHeaders, headers, complete, upgrade, body.slice(0, 200)]),
    );
  }
}

/** One client's connection to an application. */
export class Conversation {
  readonly application: Application;
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #written = 0;
  #isOver = false;
  #isReset = false;

  constructor(application: Application) {
    this.application = application;
    this.#socket = connect({ port: application.port, host: '127.0.0.1', allowHalfOpen: true });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#chunks.push(chunk));
    this.#socket.on('error', () => {});
    const end = (): void => {
      this.#isOver = true;
    };
    this.#socket.on('end', end);
    this.#socket.on('close', end);
  }

  async begin(): Promise<void> {
    await until(() => this.application.socket !== null);
  }

  /** Resolves when the server has read it, or reads no more. */
  async act(act: Act): Promise<void> {
    if (act.kind === 'release') this.application.held.shift()?.();
    if (act.kind === 'reset') {
      this.#isReset = true;
      this.#socket.resetAndDestroy();
    }
    if (act.kind === 'write' && this.#socket.writable) {
      this.#socket.write(act.bytes);
      this.#written += act.bytes.length;
      const { socket } = this.application;
      let turns = 0;
      await until(() => ++turns > 20 || this.#isOver || (socket?.bytesRead ?? 0) >= this.#written);
    }
    await turns(3);
  }

  get received(): string {
    const text = Buffer.concat(this.#chunks).toString('latin1');
    return text.replace(/^Date: .*\r\n/gm, '');
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isReset(): boolean {
    return this.#isReset;
  }

  get outcome(): Outcome {
    return { received: this.#isReset ? '' : this.received, seen: [...this.application.seen] };
  }

  /** Ends the connection at the client, and waits for the server to end it, too. */
  async end(): Promise<void> {
    this.#socket.end();
    let passed = 0;
    await until(() => ++passed > 40 || this.#isOver);
  }

  close(): void {
    this.#socket.destroy();
  }
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

const UPGRADES = ['h2c', 'websocket', 'h2c, websocket', 'WebSocket', 'foo/2', 'foo', 'websocket, h2c', ''];
const CONNECTIONS = [
  'Upgrade',
  'upgrade, HTTP2-Settings',
  'keep-alive, Upgrade',
  'Upgrade, close',
  'keep-alive',
  'close',
];
const PATHS = ['/now', '/now', '/slow', '/early', '/big', '/chat?x=1', 'http://a/now'];

/** A request that no WebSocket server at `/game` takes; for `isWild` see `requestsOf`. */
export function requestOf(chance: Chance, isWild: boolean): Uint8Array {
  const methods = ['GET', 'GET', 'GET', 'POST', 'PUT', 'HEAD', 'OPTIONS'];
  const method = chance.pick(isWild ? [...methods, 'CONNECT'] : methods);
  const version = isWild && chance.below(10) === 0 ? '1.0' : '1.1';
  // At its path, only requests that are not handshakes.
  const path = method !== 'GET' && chance.below(3) === 0 ? '/game' : chance.pick(PATHS);
  const lines = [`${method} ${method === 'CONNECT' ? 'a:1' : path} HTTP/${version}`];
  if (!isWild || chance.below(20) > 0) lines.push('Host: a');
  if (isWild && chance.below(2) === 0) lines.push(`Connection: ${chance.pick(CONNECTIONS)}`);
  if (isWild && chance.below(2) === 0) lines.push(`${chance.pick(['Upgrade', 'upgrade'])}: ${chance.pick(UPGRADES)}`);
  if (chance.below(8) === 0) lines.push(`Expect: ${chance.pick(['100-continue', 'nothing'])}`);
  if (chance.below(4) === 0) lines.push(`X-Text: caf\xe9 ${chance.below(100)}`);
  let body: Uint8Array = new Uint8Array(0);
  const kind = chance.below(method === 'GET' ? 8 : 3);
  if (kind === 0) {
    body = text('b'.repeat(chance.below(chance.below(10) === 0 ? 100_000 : 50)));
    lines.push(`Content-Length: ${body.length}`);
  } else if (kind === 1) {
    let chunks = '';
    for (let count = chance.below(4); count > 0; count--) {
      const size = 1 + chance.below(20);
      chunks += `${size.toString(16)}\r\n${'c'.repeat(size)}\r\n`;
    }
    body = text(`${chunks}0\r\n${chance.below(3) === 0 ? 'X-Trailer: 1\r\n' : ''}\r\n`);
    lines.push('Transfer-Encoding: chunked');
  }
  return Buffer.concat([text(`${lines.join('\r\n')}\r\n\r\n`), body]);
}

const BAD = [
  '\0',
  'GET',
  ' / HTTP/1.1\r\n\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET /now HTTP/1.1\r\nA\r\n\r\n',
  '\r\n',
];

/**
 * Several requests, pipelined. With `isWild`, sometimes with one for CONNECT or for an upgrade, with one that ends the connection,
 * or with wrong bytes. (Node itself loses what arrives in one read behind an upgrade that it ignores.)
 */
export function requestsOf(chance: Chance, isWild: boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let count = 1 + chance.below(4); count > 0; count--) parts.push(requestOf(chance, isWild));
  if (isWild && chance.below(8) === 0) parts.splice(chance.below(parts.length + 1), 0, text(chance.pick(BAD)));
  return Buffer.concat(parts);
}

/** The bytes in a few writes or in many, with the application's actions in between. */
export function actsOf(chance: Chance, bytes: Uint8Array): Act[] {
  const acts: Act[] = [];
  const pieces = chance.below(3) === 0 && bytes.length < 2000 ? cut(chance, bytes) : halves(chance, bytes);
  for (const piece of pieces) {
    acts.push({ kind: 'write', bytes: piece });
    if (chance.below(4) === 0) acts.push({ kind: 'release' });
  }
  return acts;
}

function halves(chance: Chance, bytes: Uint8Array): Uint8Array[] {
  const at = chance.below(2) === 0 ? 0 : chance.below(bytes.length);
  return [bytes.slice(0, at), bytes.slice(at)].filter(({ length }) => length > 0);
}
