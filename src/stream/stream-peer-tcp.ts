import { isIP, type Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { connectionFailure } from './connection-failure.ts';
import { type DialEnvironment, dial } from './dial.ts';
import { SocketStream } from './socket-stream.ts';
import { systemClock } from './system-clock.ts';
import { TCPStatus } from './tcp-status.ts';

/**
 * A TCP connection (spec/websocket-peer.md section 15).
 *
 * `getStatus()` is passive: only `poll()`, or a read or write that finds the end or an error, moves it. Nothing waits;
 * names are looked up in the background, too.
 */
export class StreamPeerTCP extends SocketStream {
  static readonly STATUS_NONE: TCPStatus.STATUS_NONE = TCPStatus.STATUS_NONE;
  static readonly STATUS_CONNECTING: TCPStatus.STATUS_CONNECTING = TCPStatus.STATUS_CONNECTING;
  static readonly STATUS_CONNECTED: TCPStatus.STATUS_CONNECTED = TCPStatus.STATUS_CONNECTED;
  static readonly STATUS_ERROR: TCPStatus.STATUS_ERROR = TCPStatus.STATUS_ERROR;

  /** Seconds for the look-up and all attempts together, above 0; `Infinity` for no limit. Default: 30, as the engine's. */
  connectTimeLimit = 30;

  readonly #clock: Clock;
  readonly #environment: DialEnvironment;
  #status = TCPStatus.STATUS_NONE;
  #cancelDial: (() => void) | null = null;
  #localHost = '*';
  #localPort = 0;

  /** `clock` times the attempts to connect; `environment` replaces the system's look-up and sockets, for tests. */
  constructor(clock: Clock = systemClock, environment: DialEnvironment = SYSTEM) {
    super();
    this.#clock = clock;
    this.#environment = environment;
  }

  /**
   * A stream over a socket that Node code has made, for example the one of an HTTP server's 'upgrade' event, whatever
   * state its reading is in; other listeners for its data must be gone. `head` is what was already read from it: these
   * bytes come first. The stream owns the socket from here on. Its status is CONNECTED, CONNECTING, or ERROR when the
   * socket is already destroyed or has ended.
   */
  static fromSocket(socket: Socket, head?: Uint8Array): StreamPeerTCP {
    const stream = new StreamPeerTCP();
    stream.attach(socket);
    if (socket.destroyed || socket.readableEnded) {
      stream.recordFailure({ code: 'TICKPEER_CONNECTION_LOST', message: 'the socket is already closed' });
      stream.#status = TCPStatus.STATUS_ERROR;
    } else if (socket.connecting) {
      stream.#status = TCPStatus.STATUS_CONNECTING;
      socket.once('connect', () => stream.reportOpen());
    } else {
      stream.reportOpen();
      stream.#status = TCPStatus.STATUS_CONNECTED;
      if (head !== undefined && head.length > 0) stream.reportData(head);
    }
    return stream;
  }

  // ---------------------------------------------------------------- connecting

  /**
   * Chooses the local address for `connectToHost`. `port` is 0 (any) to 65,535; `host` an IP address or `'*'` (any).
   * `ERR_ALREADY_IN_USE` unless the status is NONE, `ERR_INVALID_PARAMETER` for a bad port or address. Whether the
   * address is free turns out when connecting.
   */
  bind(port: number, host = '*'): ErrorCode {
    if (this.#status !== TCPStatus.STATUS_NONE) return ErrorCode.ERR_ALREADY_IN_USE;
    if (!isPort(port, 0) || (host !== '*' && isIP(host) === 0)) return ErrorCode.ERR_INVALID_PARAMETER;
    this.#localPort = port;
    this.#localHost = host;
    return ErrorCode.OK;
  }

  /**
   * Starts to connect to a name or an IP address (IPv6 with or without brackets): all addresses of a name are tried as
   * in RFC 8305. Returns `OK` and the status is CONNECTING; `poll()` tells the outcome. `ERR_ALREADY_IN_USE` unless the
   * status is NONE; `ERR_INVALID_PARAMETER` for a host that cannot be one or a port outside 1 to 65,535.
   */
  connectToHost(host: string, port: number): ErrorCode {
    if (!(this.connectTimeLimit > 0)) throw new RangeError(`connectTimeLimit is above 0, not ${this.connectTimeLimit}`);
    if (this.#status !== TCPStatus.STATUS_NONE) return ErrorCode.ERR_ALREADY_IN_USE;
    if (!isPort(port, 1) || !isHost(host)) return ErrorCode.ERR_INVALID_PARAMETER;
    this.resetReports();
    this.#status = TCPStatus.STATUS_CONNECTING;
    const from = {
      ...(this.#localHost === '*' ? {} : { localAddress: this.#localHost }),
      ...(this.#localPort === 0 ? {} : { localPort: this.#localPort }),
    };
    const target = { host, port, timeLimit: this.connectTimeLimit * 1000, ...from };
    this.#cancelDial = dial(target, this.#clock, (outcome) => this.#onDialed(outcome), this.#environment);
    return ErrorCode.OK;
  }

  /**
   * Ends the connection or the attempt; the status is NONE at once and the object can connect again. Bytes already written
   * still leave, if the other side takes them within 5 s; `destroy()` drops them.
   */
  disconnectFromHost(): void {
    if (this.getUnsentBytes() > 0) this.linger(DISCONNECT_LINGER);
    else this.destroy();
    this.resetReports();
  }

  /**
   * Publishes what has happened: `OK`, or once after a failure `ERR_CANT_RESOLVE` (the name), `ERR_CONNECTION_ERROR` (all
   * else). When the other side has ended and everything was read, the stream disconnects: NONE, `OK`.
   */
  override poll(): ErrorCode {
    this.startReading();
    const failure = this.getLastFailure();
    if (this.#status === TCPStatus.STATUS_NONE || this.#status === TCPStatus.STATUS_ERROR) return ErrorCode.OK;
    if (failure !== null) {
      this.#status = TCPStatus.STATUS_ERROR;
      const isName = failure.code === 'TICKPEER_CANT_RESOLVE';
      return isName ? ErrorCode.ERR_CANT_RESOLVE : ErrorCode.ERR_CONNECTION_ERROR;
    }
    if (this.#status === TCPStatus.STATUS_CONNECTING) {
      if (this.isOpen) this.#status = TCPStatus.STATUS_CONNECTED;
    } else if (this.isSurrendered) {
      if (this.socket?.destroyed) this.#status = TCPStatus.STATUS_NONE;
    } else if (this.hasEnded && !this.isTakenOver && this.getAvailableBytes() === 0) {
      this.disconnectFromHost();
    }
    return ErrorCode.OK;
  }

  getStatus(): TCPStatus {
    return this.#status;
  }

  // ---------------------------------------------------------------- StreamPeer and SocketStream

  override destroy(): void {
    this.#cancel();
    super.destroy();
  }

  override linger(milliseconds: number): void {
    this.#cancel();
    super.linger(milliseconds);
  }

  /**
   * For `StreamPeerTLS`, and for a program that goes on with the bare socket: the `net.Socket`, paused, with the bytes put
   * back that this stream had read but nobody took. From then on reads and writes here answer `ERR_ALREADY_IN_USE`,
   * addresses stay known and `destroy()` drops the socket. Null when not connected, when the other side has ended, and when a
   * sink (`setSink`) has begun to read it.
   */
  handOver(): Socket | null {
    return this.surrender();
  }

  protected override writeStatus(): ErrorCode {
    if (this.isSurrendered) return ErrorCode.ERR_ALREADY_IN_USE;
    if (this.#status === TCPStatus.STATUS_CONNECTED && this.getLastFailure() !== null) {
      this.#status = TCPStatus.STATUS_ERROR;
    }
    return this.#status === TCPStatus.STATUS_CONNECTED ? ErrorCode.OK : ErrorCode.FAILED;
  }

  protected override onEndRead(): void {
    this.disconnectFromHost();
  }

  protected override describeError(error: NodeJS.ErrnoException): Failure {
    if (this.isOpen) return connectionFailure(error);
    return { code: 'TICKPEER_CANT_CONNECT', message: `the connection failed: ${error.message}`, cause: error };
  }

  #onDialed(outcome: Socket | Failure): void {
    this.#cancelDial = null;
    if ('message' in outcome) {
      this.reportFailure(outcome);
      return;
    }
    this.attach(outcome);
    this.reportOpen();
  }

  #cancel(): void {
    this.#cancelDial?.();
    this.#cancelDial = null;
    this.#status = TCPStatus.STATUS_NONE;
  }
}

/** The system's own look-up and sockets. */
const SYSTEM: DialEnvironment = {};

/** Milliseconds that `disconnectFromHost` gives unsent bytes. */
const DISCONNECT_LINGER = 5000;

function isPort(port: number, lowest: number): boolean {
  return Number.isInteger(port) && port >= lowest && port <= 65_535;
}

/** Whether `host` can be a name or an address at all; whether it exists is for the resolver to say. */
function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIP(host.slice(1, -1)) === 6;
  // DNS allows 253 characters (RFC 1035 2.3.4); the excluded ones end a host in a URL or belong to no name.
  return isIP(host) !== 0 || (host.length <= 253 && /^[^\s\p{Cc}/\\?#@:[\]%]+$/u.test(host));
}
