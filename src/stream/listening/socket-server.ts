import * as net from 'node:net';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, failed } from '../../failure.ts';
import { plainAddress } from '../socket/plain-address.ts';
import type { StreamPeerSocket } from '../socket/stream-peer-socket.ts';
import { bindsLate } from './server-handle.ts';

export interface ListenOptions {
  /** Connections that the kernel keeps before this process accepts them. Default: 511, as in Node. */
  backlog?: number;
  /** A limit on the connections of one client among those that wait for `takeConnection`. Default: none. @internal */
  waitingShare?: WaitingShare;
}

/** How many connections of one client may wait. */
export interface WaitingShare {
  /** Further ones are dropped and counted. At least 1. */
  readonly most: number;
  /** The key by which a connection from an IP address is counted; one with an empty key is not counted. */
  readonly keyOf: (address: string) => string;
}

interface Waiting<Stream> {
  readonly stream: Stream;
  /** The key by which it is counted; empty when it is not. */
  readonly key: string;
}

/** Why `listen` failed. */
export interface ListenRefusal {
  readonly result: ErrorCode;
  readonly failure: Failure;
}

/**
 * The base class of servers for TCP and for Unix sockets, as in Godot 4.6. Connections wait, unread, until
 * `takeConnection` returns them.
 */
export abstract class SocketServer<Stream extends StreamPeerSocket> {
  /**
   * The most accepted connections that wait for `takeConnection`. Further ones are dropped and counted; 0 drops all.
   * Default: 511, as the backlog. (Godot leaves them in the kernel, with a backlog of 8.)
   */
  maxWaitingConnections = 511;

  /** Called when a connection arrives, for a program that sleeps until there is something to do. */
  onConnection: (() => void) | null = null;

  #server: net.Server | null = null;
  readonly #waiting: Waiting<Stream>[] = [];
  #share: WaitingShare | null = null;
  /** How many wait, by their key. */
  readonly #waitingAt = new Map<string, number>();
  #droppedConnections = 0;
  #lastFailure: Failure | null = null;

  isListening(): boolean {
    return this.#server !== null;
  }

  /** False when not listening. */
  isConnectionAvailable(): boolean {
    return this.#waiting.length > 0;
  }

  /** The connection that has waited longest, with `STATUS_CONNECTED`, or null. */
  takeConnection(): Stream | null {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return null;
    const count = this.#waitingAt.get(waiting.key) ?? 0;
    if (count > 1) this.#waitingAt.set(waiting.key, count - 1);
    else this.#waitingAt.delete(waiting.key);
    return waiting.stream;
  }

  /** How many were dropped since this object was made: above `maxWaitingConnections`, or too many of one client. */
  getDroppedConnections(): number {
    return this.#droppedConnections;
  }

  /** Stops listening. Connections that were taken stay open; waiting ones are dropped. */
  stop(): void {
    this.#server?.close();
    this.#server = null;
    for (const { stream } of this.#waiting.splice(0)) stream.destroy();
    this.#waitingAt.clear();
  }

  /** Why the last `listen` failed, or an error in accepting, such as no file descriptors; or null. */
  getLastFailure(): Failure | null {
    return this.#lastFailure;
  }

  // ---------------------------------------------------------------- for subclasses

  protected abstract streamOf(socket: net.Socket): Stream;

  /** Null when not listening. */
  protected get server(): net.Server | null {
    return this.#server;
  }

  /** Records the failure of a `listen` that could not begin. */
  protected refuse(result: ErrorCode, failure: Failure): ErrorCode {
    this.#lastFailure = failure;
    return result;
  }

  /**
   * Makes a server and calls `bind`, which binds it at once, or by events if `bindsLate()`. Returns `OK`, or the code of what
   * `bind` returned; the server's error becomes its cause.
   */
  protected begin(bind: (server: net.Server) => ListenRefusal | null, share: WaitingShare | null): ErrorCode {
    this.#lastFailure = null;
    this.#share = share;
    const server = new net.Server({ allowHalfOpen: true, pauseOnConnect: true });
    server.on('connection', (socket) => this.#onSocket(server, socket));
    server.on('error', (error) => this.#onServerError(server, error));
    if (bindsLate()) {
      server.on('listening', () => {
        if (this.#server !== server) server.close();
      });
    }
    this.#server = server;
    const refusal = bind(server);
    if (refusal === null) return ErrorCode.OK;
    this.#server = null;
    const { result, failure } = refusal;
    server.removeAllListeners('error').once('error', (cause) => {
      if (this.#lastFailure === failure) this.#lastFailure = failed(failure.code, failure.message, cause);
    });
    return this.refuse(result, failure);
  }

  #onSocket(server: net.Server, socket: net.Socket): void {
    const key = this.#share?.keyOf(plainAddress(socket.remoteAddress)) ?? '';
    const count = key === '' ? 0 : (this.#waitingAt.get(key) ?? 0);
    const isTooMany = this.#waiting.length >= this.maxWaitingConnections || count >= (this.#share?.most ?? 1);
    if (this.#server !== server || isTooMany) {
      this.#droppedConnections++;
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    if (key !== '') this.#waitingAt.set(key, count + 1);
    this.#waiting.push({ stream: this.streamOf(socket), key });
    this.onConnection?.();
  }

  #onServerError(server: net.Server, error: Error): void {
    if (this.#server !== server) return;
    this.#lastFailure = listenFailure(error.message, error);
    // An error with one connection (no file descriptor left) does not end the listening; a bind that failed late does.
    if (!server.listening) this.#server = null;
  }
}

export function listenFailure(message: string, cause?: Error): Failure {
  return failed('TICKPEER_LISTEN_FAILED', message, cause);
}

/** Throws a `RangeError` for an invalid backlog. */
export function checkBacklog(backlog: number): void {
  if (!Number.isInteger(backlog) || backlog < 1) throw new RangeError(`backlog is an integer >= 1, not ${backlog}`);
}

function ignore(): void {}
