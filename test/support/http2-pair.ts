import { type ClientHttp2Session, connect, createServer, type ServerHttp2Session, type Settings } from 'node:http2';
import { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

/** One end of a connection in memory. */
class Half extends Duplex {
  other!: Half; // set by `duplexPair`

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // In a later turn, as a socket: Node's HTTP/2 does not expect bytes inside a call that writes.
    setImmediate(() => {
      if (!this.other.destroyed) this.other.push(chunk);
      done();
    });
  }

  override _final(done: () => void): void {
    if (!this.other.destroyed) this.other.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.other.destroyed) this.other.destroy();
    done(error);
  }
}

export function duplexPair(): [Duplex, Duplex] {
  const one = new Half();
  const two = new Half();
  one.other = two;
  two.other = one;
  return [one, two];
}

/** The server's end of an HTTP/2 connection in memory; the client's is yours to use. */
export function http2Served(settings: Settings = { enableConnectProtocol: true }): {
  readonly server: ReturnType<typeof createServer>;
  readonly sessions: ServerHttp2Session[];
  readonly socket: Duplex;
} {
  const [socket, far] = duplexPair();
  const server = createServer({ settings });
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => sessions.push(session));
  server.on('sessionError', () => {});
  server.emit('connection', far);
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    socket.destroy();
  });
  return { server, sessions, socket };
}

/** Both ends of an HTTP/2 connection in memory. */
export function http2Pair(settings?: Settings): {
  readonly server: ReturnType<typeof createServer>;
  readonly client: ClientHttp2Session;
} {
  const { server, socket } = http2Served(settings);
  const client = connect('http://localhost', { createConnection: () => socket });
  client.on('error', () => {});
  onTestFinished(() => client.destroy());
  return { server, client };
}
