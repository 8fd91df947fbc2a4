import cluster from 'node:cluster';
import * as net from 'node:net';
import { constants } from 'node:os';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { StreamPeerTCP } from './stream-peer-tcp.ts';

export interface ListenOptions {
  /** Connections that the kernel completes and keeps before this process accepts them. Default: 511, Node's own. */
  backlog?: number;
}

/**
 * Takes TCP connections (spec/websocket-peer.md section 15). They wait here, unread, until `takeConnection` fetches them.
 *
 * `listen` knows at once whether the port could be had, as the engine's does. In a `node:cluster` worker, and in a runtime
 * without Node's internals, it cannot: it then returns `OK`, `getLocalPort()` is 0 until the answer comes, and a bind that
 * failed shows as `isListening()` false with `getLastFailure()`.
 */
export class TCPServer {
  /**
   * How many accepted connections wait for `takeConnection` at most; further ones are dropped and counted. 0 drops all.
   * Default: 511, the backlog's. (The engine leaves them in the kernel, with a backlog of 8.)
   */
  maxWaitingConnections = 511;

  /** Called when a connection arrives, for a program that sleeps until there is something to do. */
  onConnection: (() => void) | null = null;

  #server: net.Server | null = null;
  readonly #waiting: StreamPeerTCP[] = [];
  #droppedConnections = 0;
  #lastFailure: Failure | null = null;

  /**
   * Listens on `port`, 0 (a free one; `getLocalPort()` tells) to 65,535, at `bindAddress`: an IP address of this machine,
   * or `'*'`, all of them, IPv4 and IPv6.
   *
   * `ERR_ALREADY_IN_USE` when already listening or the port is taken; `ERR_INVALID_PARAMETER` for a bad port or address;
   * `ERR_CANT_CREATE` otherwise (a privileged port, an address of another machine). `getLastFailure()` tells more.
   */
  listen(port: number, bindAddress = '*', { backlog = 511 }: ListenOptions = {}): ErrorCode {
    if (!Number.isInteger(backlog) || backlog < 1) throw new RangeError(`backlog is an integer >= 1, not ${backlog}`);
    if (this.#server !== null) return ErrorCode.ERR_ALREADY_IN_USE;
    const address = bindAddress.replace(/^\[(.*)\]$/, '$1');
    if (!Number.isInteger(port) || port < 0 || port > 65_535 || (address !== '*' && net.isIP(address) === 0)) {
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    this.#lastFailure = null;
    const server = new net.Server({ allowHalfOpen: true, pauseOnConnect: true });
    server.on('connection', (socket) => this.#onSocket(server, socket));
    server.on('error', (error) => this.#onServerError(server, error));
    this.#server = server;
    return this.#bind(server, port, address, backlog);
  }

  isListening(): boolean {
    return this.#server !== null;
  }

  /** False when not listening. */
  isConnectionAvailable(): boolean {
    return this.#waiting.length > 0;
  }

  /** The connection that has waited longest, with `STATUS_CONNECTED`, or null. */
  takeConnection(): StreamPeerTCP | null {
    return this.#waiting.shift() ?? null;
  }

  /** The port listened on, 0 when not listening. */
  getLocalPort(): number {
    const address = this.#server?.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** How many connections were dropped because `maxWaitingConnections` others waited, since this object was made. */
  getDroppedConnections(): number {
    return this.#droppedConnections;
  }

  /** Stops listening. Connections already taken live on; waiting ones are dropped. */
  stop(): void {
    this.#server?.close();
    this.#server = null;
    for (const stream of this.#waiting.splice(0)) stream.destroy();
  }

  /** Why the last `listen` failed, or the trouble that accepting ran into (such as no file descriptors), or null. */
  getLastFailure(): Failure | null {
    return this.#lastFailure;
  }

  #bind(server: net.Server, port: number, address: string, backlog: number): ErrorCode {
    if (createServerHandle === undefined || cluster.isWorker) {
      server.on('listening', () => {
        if (this.#server !== server) server.close();
      });
      // `undefined` is all addresses, dual stack, or IPv4 alone where there is no IPv6.
      server.listen({ port, backlog, ...(address === '*' ? {} : { host: address }) });
      return ErrorCode.OK;
    }
    const handle = openHandle(createServerHandle, port, address);
    if (typeof handle !== 'number') {
      server.listen(handle, backlog);
      if (server.address() !== null) return ErrorCode.OK;
    }
    this.#server = null;
    // Who else has the port shows only in listen(), whose errno comes by an event at the end of this turn.
    const isTaken = typeof handle !== 'number' || handle === ADDRESS_IN_USE;
    const reason = isTaken ? 'the port is taken' : `the system refused the address or port (errno ${handle})`;
    const failure = listenFailure(`cannot listen on ${address}:${port}: ${reason}`);
    this.#lastFailure = failure;
    server.removeAllListeners('error').once('error', (cause) => {
      if (this.#lastFailure === failure) this.#lastFailure = { ...failure, cause };
    });
    return isTaken ? ErrorCode.ERR_ALREADY_IN_USE : ErrorCode.ERR_CANT_CREATE;
  }

  #onSocket(server: net.Server, socket: net.Socket): void {
    if (this.#server !== server || this.#waiting.length >= this.maxWaitingConnections) {
      this.#droppedConnections++;
      socket.on('error', ignore);
      socket.destroy();
      return;
    }
    this.#waiting.push(StreamPeerTCP.fromSocket(socket));
    this.onConnection?.();
  }

  #onServerError(server: net.Server, error: Error): void {
    if (this.#server !== server) return;
    this.#lastFailure = listenFailure(error.message, error);
    // Trouble with one connection (no file descriptor left) does not end the listening; a bind that failed late does.
    if (!server.listening) this.#server = null;
  }
}

function listenFailure(message: string, cause?: Error): Failure {
  return { code: 'TICKPEER_LISTEN_FAILED', message, ...(cause === undefined ? {} : { cause }) };
}

/** As libuv reports it: the system's own number, negative. Windows' numbers are libuv's. */
const ADDRESS_IN_USE = process.platform === 'win32' ? -4091 : -constants.errno.EADDRINUSE;

type CreateServerHandle = (
  address: string,
  port: number,
  family: 4 | 6,
  fd: undefined,
  flags: number,
) => object | number;

/**
 * Binds at once and returns the handle, or a negative errno. `server.listen({ host })` looks even literal addresses up,
 * which takes a turn of the event loop; `listen(handle)` is public and synchronous, only making the handle is not public.
 * Node's own cluster module depends on this function. Tried on Node 20; where it is missing, `listen` answers late.
 */
const createServerHandle: CreateServerHandle | undefined =
  // Not in Node's types; the check below is what makes the claim true.
  '_createServerHandle' in net && typeof net._createServerHandle === 'function'
    ? (net._createServerHandle as CreateServerHandle)
    : undefined;

function openHandle(create: CreateServerHandle, port: number, address: string): object | number {
  if (address !== '*') return create(address, port, net.isIP(address) === 6 ? 6 : 4, undefined, 0);
  const handle = create('::', port, 6, undefined, 0);
  return typeof handle === 'number' && handle !== ADDRESS_IN_USE ? create('0.0.0.0', port, 4, undefined, 0) : handle;
}

function ignore(): void {}
