import { connect, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';

/** Where a node takes the connections of other nodes. */
export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

/** Bytes that one socket has not taken, above which the other is not read. */
const MOST_UNSENT = 65_536;
/** Milliseconds that one end has to take its last bytes, after the other has closed. */
const LINGER_TIME = 5000;
/** Milliseconds without a byte after which the system asks whether the other node's machine is still there. */
const KEEP_ALIVE_DELAY = 10_000;

/**
 * Connects to a node. Rejects with the system's error, with a `RangeError` for a port that cannot be, or with the reason of
 * `signal`. Whoever gets the socket has to listen for its errors in the same turn.
 */
export function connectToNode({ host, port }: NodeAddress, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
      allowHalfOpen: true,
    });
    const settle = (done: () => void): void => {
      socket.off('connect', onConnect).off('error', onError);
      signal.removeEventListener('abort', onAbort);
      done();
    };
    const onConnect = (): void => settle(() => resolve(socket));
    const onError = (error: Error): void => settle(() => reject(error));
    const onAbort = (): void => {
      settle(() => reject(signal.reason));
      socket.on('error', ignore);
      socket.destroy();
    };
    socket.on('connect', onConnect).on('error', onError);
    signal.addEventListener('abort', onAbort);
  });
}

/**
 * Two sockets, each of which gets the other's bytes. A socket that does not take them stops the reading of the other, so that at most
 * `MOST_UNSENT` and one read wait in each direction. The end of one direction is passed on, and the other direction goes
 * on. When one socket has closed or failed, the other ends, after what was written to it before.
 */
export class Tunnel {
  readonly #client: Socket;
  readonly #node: Socket;
  readonly #onClosed: () => void;
  readonly #unpump: (() => void)[] = [];
  #openCount = 2;
  readonly #clock: Clock;
  #timer: unknown = null;

  /** `first` is for the node, before the client's next bytes. `onClosed` is called once, when both sockets have closed. */
  constructor(client: Socket, node: Socket, first: Uint8Array, clock: Clock, onClosed: () => void) {
    this.#clock = clock;
    this.#client = client;
    this.#node = node;
    this.#onClosed = onClosed;
    client.allowHalfOpen = true;
    client.setNoDelay(true);
    for (const [socket, other] of [
      [client, node],
      [node, client],
    ] as const) {
      // 'close' follows.
      socket.on('error', ignore);
      socket.once('close', () => this.#onSocketClosed(other));
      this.#unpump.push(pump(socket, other));
    }
    node.write(first);
    client.resume();
    node.resume();
  }

  /** Bytes from the client, those that wait to be sent included. */
  get bytesToNode(): number {
    return this.#node.bytesWritten;
  }

  /** Bytes read from the node. */
  get bytesFromNode(): number {
    return this.#node.bytesRead;
  }

  /** Ends both directions. What was written to a socket before is still sent, if it is taken within 5 s. */
  end(): void {
    this.#finish(this.#client);
    this.#finish(this.#node);
  }

  #onSocketClosed(other: Socket): void {
    if (--this.#openCount > 0) {
      this.#finish(other);
      return;
    }
    this.#clock.clearTimeout(this.#timer);
    this.#onClosed();
  }

  #finish(socket: Socket): void {
    for (const unpump of this.#unpump) unpump();
    if (socket.destroyed) return;
    socket.end();
    // Bytes that nobody gets any more. Unread, they would reset the connection, and with it what the other side has not read.
    socket.resume();
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#client.destroy();
      this.#node.destroy();
    }, LINGER_TIME);
  }
}

/**
 * Passes the bytes of `from` on, and its end. Returns a function that ends it. Node's `pipe` does the same, with 15 % more CPU time for messages
 * of 64 bytes (the same for 16 KiB; bench/NOTES.md), and with a `highWaterMark` that differs between versions of Node.
 */
function pump(from: Socket, to: Socket): () => void {
  const onData = (chunk: Uint8Array): void => {
    // Without the first, there is no 'drain'.
    if (!to.write(chunk) && to.writableLength > MOST_UNSENT) from.pause();
  };
  const onDrain = (): void => void from.resume();
  const onEnd = (): void => void to.end();
  from.on('data', onData).on('end', onEnd);
  to.on('drain', onDrain);
  return () => {
    from.off('data', onData).off('end', onEnd);
    to.off('drain', onDrain);
  };
}

function ignore(): void {}
