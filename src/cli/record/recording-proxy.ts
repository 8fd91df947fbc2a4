import { createServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { RecordedKind, type RecordingWriter } from '../../testing/index.ts';

/** Where the proxy connects to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Whether the certificate of a TLS server is not checked. */
  readonly isInsecure: boolean;
}

/** What the proxy has done so far. */
export interface ProxyCounts {
  connections: number;
  received: number;
  sent: number;
}

/** Passes TCP connections on to a server, and records the bytes of both directions. */
export class RecordingProxy {
  readonly server: Server;
  readonly counts: ProxyCounts = { connections: 0, received: 0, sent: 0 };
  readonly #target: Target;
  readonly #writer: RecordingWriter;
  readonly #now: () => number;
  readonly #note: (line: string) => void;
  readonly #sockets = new Set<Socket>();

  /** `now`: milliseconds since the recording began. `note` gets a line for people. */
  constructor(target: Target, writer: RecordingWriter, now: () => number, note: (line: string) => void) {
    this.#target = target;
    this.#writer = writer;
    this.#now = now;
    this.#note = note;
    // A direction ends without the other one.
    this.server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
  }

  /** Drops all connections. */
  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(client: Socket): void {
    const number = ++this.counts.connections;
    const address = `${client.remoteAddress}:${client.remotePort}`;
    const upstream = this.#dial();
    this.#record(RecordedKind.OPENED, number, address);
    this.#note(`#${number} open ${address}`);
    this.#pipe(client, upstream, number, true);
    this.#pipe(upstream, client, number, false);
    let isOver = false;
    const finish = (kind: RecordedKind.FAILED | RecordedKind.DROPPED, text: string): void => {
      client.destroy();
      upstream.destroy();
      if (isOver) return;
      isOver = true;
      this.#record(kind, number, kind === RecordedKind.FAILED ? `TICKPEER_CONNECTION_RESET ${text}` : undefined);
      this.#note(`#${number} closed${text === '' ? '' : `: ${text}`}`);
    };
    client.on('error', (error) => finish(RecordedKind.FAILED, error.message));
    upstream.on('error', (error) => finish(RecordedKind.DROPPED, `the server: ${error.message}`));
    client.on('close', () => finish(RecordedKind.DROPPED, ''));
    upstream.on('close', () => finish(RecordedKind.DROPPED, ''));
  }

  #dial(): Socket {
    const { host, port, isTls, isInsecure } = this.#target;
    if (!isTls) return tcpConnect({ host, port, allowHalfOpen: true, noDelay: true });
    return tlsConnect({ host, port, servername: host, rejectUnauthorized: !isInsecure, ALPNProtocols: ['http/1.1'] });
  }

  /** Passes bytes on as fast as the other side takes them. */
  #pipe(from: Socket, to: Socket, number: number, isFromClient: boolean): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    from.on('close', () => this.#sockets.delete(from));
    from.on('data', (bytes: Buffer) => {
      this.#record(isFromClient ? RecordedKind.RECEIVED : RecordedKind.SENT, number, bytes);
      this.counts[isFromClient ? 'received' : 'sent'] += bytes.length;
      if (!to.write(bytes)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    });
    from.on('end', () => {
      this.#record(isFromClient ? RecordedKind.ENDED : RecordedKind.CLOSED, number);
      to.end();
    });
  }

  #record(kind: RecordedKind, number: number, data?: Uint8Array | string): void {
    this.#writer.event(kind, this.#now(), number, data);
  }
}
