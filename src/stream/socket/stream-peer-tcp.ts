import { isIP, type Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, isFailure } from '../../failure.ts';
import { systemClock } from '../runtime/system-clock.ts';
import { type DialEnvironment, dial } from './dial.ts';
import { StreamPeerSocket } from './stream-peer-socket.ts';
import { TCPStatus } from './tcp-status.ts';

/**
 * A TCP connection (docs/engine/streams.md#streampeertcp).
 *
 * `getStatus()` is passive: only `poll()`, or a read or write that finds the end or an error, changes it. No method waits;
 * names are looked up in the background.
 */
export class StreamPeerTCP extends StreamPeerSocket {
  /** Seconds for the look-up and all attempts together, above 0; `Infinity` for no limit. Default: 30, as in Godot. */
  connectTimeLimit = 30;

  readonly #clock: Clock;
  readonly #environment: DialEnvironment;
  #cancelDial: (() => void) | null = null;
  #localHost = '*';
  #localPort = 0;

  /** `clock` times the attempts to connect. */
  constructor(clock?: Clock);
  /** `environment` replaces the system's look-up and sockets, for tests. @internal */
  constructor(clock?: Clock, environment?: DialEnvironment);
  constructor(clock: Clock = systemClock, environment: DialEnvironment = SYSTEM) {
    super();
    this.#clock = clock;
    this.#environment = environment;
  }

  /**
   * A stream over a socket of Node, for example that of an HTTP server's 'upgrade' event, paused or not. Other listeners
   * for its data must be removed before. `head` holds bytes already read from it, which come first. From here on the stream
   * owns the socket. The status is CONNECTED, CONNECTING, or ERROR when the socket is destroyed or has ended.
   */
  static fromSocket(socket: Socket, head?: Uint8Array): StreamPeerTCP {
    const stream = new StreamPeerTCP();
    stream.attachAsIs(socket, head);
    return stream;
  }

  // ---------------------------------------------------------------- connecting

  /**
   * Chooses the local address for `connectToHost`. `port` is 0 (any) to 65,535; `host` an IP address or `'*'` (any).
   * `ERR_ALREADY_IN_USE` unless the status is NONE, `ERR_INVALID_PARAMETER` for a bad port or address. Whether the
   * address is free is found when connecting.
   */
  bind(port: number, host = '*'): ErrorCode {
    if (this.getStatus() !== TCPStatus.STATUS_NONE) return ErrorCode.ERR_ALREADY_IN_USE;
    if (!isPort(port, 0) || (host !== '*' && isIP(host) === 0)) return ErrorCode.ERR_INVALID_PARAMETER;
    this.#localPort = port;
    this.#localHost = host;
    return ErrorCode.OK;
  }

  /**
   * Starts to connect to a name or an IP address (IPv6 with or without brackets): all addresses of a name are tried as
   * in RFC 8305. Returns `OK` and the status is CONNECTING until `poll()` changes it. `ERR_ALREADY_IN_USE` unless the
   * status is NONE; `ERR_INVALID_PARAMETER` for an invalid host or a port outside 1 to 65,535.
   */
  connectToHost(host: string, port: number): ErrorCode {
    if (!(this.connectTimeLimit > 0)) throw new RangeError(`connectTimeLimit is above 0, not ${this.connectTimeLimit}`);
    if (this.getStatus() !== TCPStatus.STATUS_NONE) return ErrorCode.ERR_ALREADY_IN_USE;
    if (!isPort(port, 1) || !isHost(host)) return ErrorCode.ERR_INVALID_PARAMETER;
    this.startConnecting();
    const from = {
      ...(this.#localHost === '*' ? {} : { localAddress: this.#localHost }),
      ...(this.#localPort === 0 ? {} : { localPort: this.#localPort }),
    };
    const target = { host, port, timeLimit: this.connectTimeLimit * 1000, ...from };
    this.#cancelDial = dial(target, this.#clock, (outcome) => this.#onDialed(outcome), this.#environment);
    return ErrorCode.OK;
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

  #onDialed(outcome: Socket | Failure): void {
    this.#cancelDial = null;
    if (isFailure(outcome)) {
      this.reportFailure(outcome);
      return;
    }
    this.attach(outcome);
    this.reportOpen();
  }

  #cancel(): void {
    this.#cancelDial?.();
    this.#cancelDial = null;
  }
}

/** The system's look-up and sockets. */
const SYSTEM: DialEnvironment = {};

function isPort(port: number, lowest: number): boolean {
  return Number.isInteger(port) && port >= lowest && port <= 65_535;
}

/** Whether `host` has the form of a name or an address; the resolver finds out whether it exists. */
function isHost(host: string): boolean {
  if (host.startsWith('[')) return host.endsWith(']') && isIP(host.slice(1, -1)) === 6;
  // DNS allows 253 characters (RFC 1035 2.3.4); the excluded ones end a host in a URL or belong to no name.
  return isIP(host) !== 0 || (host.length <= 253 && /^[^\s\p{Cc}/\\?#@:[\]%]+$/u.test(host));
}
