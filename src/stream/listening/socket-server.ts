import * as net from 'node:net';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, failed } from '../../failure.ts';
import { plainAddress } from '../socket/plain-address.ts';
import type { StreamPeerSocket } from '../socket/stream-peer-socket.ts';
import { bindsLate } from './server-handle.ts';

export interface ListenOptions {
  /** Connections that the kernel completes and keeps before this process accepts them. Default: 511, Node's own. */
  backlog?: number;
  /** A limit on the connections of one client among those that wait for `takeConnection`. Default: none. @internal */
  waitingShare?: WaitingShare;
}

/** How many connections of one client may wait. */
export interface WaitingShare {
  /** Further ones are dropped and counted. At least 1. */
  readonly most: number;
  /** What a connection from an IP address is counted by; an empty string is not counted. */
  readonly keyOf: (address: string) => string;
}

interface Waiting<Stream> {
  readonly stream: Stream;
  /** What it is counted by; empty where it is not. */
  readonly key: string;
}

/** Why a place cannot be listened on. */
export interface ListenRefusal {
  readonly result: ErrorCode;
  readonly failure: Failure;
}

/**
 * What servers for TCP and for Unix sockets have in common, as in Godot 4.6: connections wait here, unread, until
 * `takeConnection` fetches them.
 */
export abstract class SocketServer<Stream extends StreamPeerSocket> {
  /**
   * How many accepted connections wait for `takeConnection` at most; further ones are dropped and counted. 0 drops all.
   * Default: 511, the backlog's. (The engine leaves them in the kernel, with a backlog of 8.)
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

  /** How many were dropped because `maxWaitingConnections` others waited, or too many of one client, since this object was made. */
  getDroppedConnections(): number {
    return this.#droppedConnections;
  }

  /** Stops listening. Connections already taken live on; waiting ones are dropped. */
  stop(): void {
    this.#server?.close();
    this.#server = null;
    for (const { stream } of this.#waiting.splice(0)) stream.destroy();
    this.#waitingAt.clear();
  }

  /** Why the last `listen` failed, or the trouble that accepting ran into (such as no file descriptors), or null. */
  getLastFailure(): Failure | null {
    return this.#lastFailure;
  }

  // ---------------------------------------------------------------- for subclasses

  protected abstract streamOf(socket: net.Socket): Stream;

  /** Null when not listening. */
  protected get server(): net.Server | null {
    return this.#server;
  }

  /** A `listen` that could not begin: `failure` tells why. */
  protected refuse(result: ErrorCode, failure: Failure): ErrorCode {
    this.#lastFailure = failure;
    return result;
  }

  /**
   * Makes a server, which `bind` gives its place: at once, or, if `bindsLate()`, by events. Answers `OK`, or what `bind` says
   * was refused; the server's own error becomes its cause.
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
    // Trouble with one connection (no file descriptor left) does not end the listening; a bind that failed late does.
    if (!server.listening) this.#server = null;
  }
}

export function listenFailure(message: string, cause?: Error): Failure {
  return failed('TICKPEER_LISTEN_FAILED', message, cause);
}

/** Throws a `RangeError` for a backlog that is none. */
export function checkBacklog(backlog: number): void {
  if (!Number.isInteger(backlog) || backlog < 1) throw new RangeError(`backlog is an integer >= 1, not ${backlog}`);
}

function ignore(): void {}
