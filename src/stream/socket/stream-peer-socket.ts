import type { Socket } from 'node:net';
import { ErrorCode } from '../../error-code.ts';
import { type Failure, failed } from '../../failure.ts';
import { connectionFailure } from './connection-failure.ts';
import { SocketStream } from './socket-stream.ts';
import { TCPStatus } from './tcp-status.ts';

/**
 * The base class of TCP and Unix connections, as in Godot 4.6: a status, and `disconnectFromHost`.
 *
 * `getStatus()` is passive: only `poll()`, or a read or write that finds the end or an error, changes it.
 */
export abstract class StreamPeerSocket extends SocketStream {
  static readonly STATUS_NONE: TCPStatus.STATUS_NONE = TCPStatus.STATUS_NONE;
  static readonly STATUS_CONNECTING: TCPStatus.STATUS_CONNECTING = TCPStatus.STATUS_CONNECTING;
  static readonly STATUS_CONNECTED: TCPStatus.STATUS_CONNECTED = TCPStatus.STATUS_CONNECTED;
  static readonly STATUS_ERROR: TCPStatus.STATUS_ERROR = TCPStatus.STATUS_ERROR;

  #status = TCPStatus.STATUS_NONE;

  /**
   * Ends the connection or the attempt. The status is NONE at once, and the object can connect again. Written bytes are
   * still sent, if the other side takes them within 5 s; `destroy()` drops them.
   */
  disconnectFromHost(): void {
    if (this.getUnsentBytes() > 0) this.linger(DISCONNECT_LINGER);
    else this.destroy();
    this.resetReports();
  }

  /**
   * Updates the status. Returns `OK`, or once after a failure `ERR_CANT_RESOLVE` (the name) or `ERR_CONNECTION_ERROR` (any
   * other). When the other side has ended and everything was read, the stream disconnects: NONE, `OK`.
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
    this.#status = TCPStatus.STATUS_NONE;
    super.destroy();
  }

  override linger(milliseconds: number): void {
    this.#status = TCPStatus.STATUS_NONE;
    super.linger(milliseconds);
  }

  /**
   * Returns the `net.Socket`, for `StreamPeerTLS` and for a program that goes on with the socket itself. It is paused, and
   * bytes that were read but not taken are put back. From then on reads and writes here return `ERR_ALREADY_IN_USE`,
   * addresses stay known, and `destroy()` destroys the socket. Null when not connected, when the other side has ended, and
   * when a sink (`setSink`) has begun to read it.
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
    return failed('TICKPEER_CANT_CONNECT', `the connection failed: ${error.message}`, error);
  }

  // ---------------------------------------------------------------- for subclasses

  /** Starts an attempt, which ends with `attach` and `reportOpen`, or with `reportFailure`. */
  protected startConnecting(): void {
    this.resetReports();
    this.#status = TCPStatus.STATUS_CONNECTING;
  }

  /** Attaches a socket that is connected, connecting or closed. `head` holds bytes already read from it. */
  protected attachAsIs(socket: Socket, head: Uint8Array | undefined): void {
    this.attach(socket);
    if (socket.destroyed || socket.readableEnded) {
      this.recordFailure({ code: 'TICKPEER_CONNECTION_LOST', message: 'the socket is already closed' });
      this.#status = TCPStatus.STATUS_ERROR;
    } else if (socket.connecting) {
      this.#status = TCPStatus.STATUS_CONNECTING;
      socket.once('connect', () => this.reportOpen());
    } else {
      this.reportOpen();
      this.#status = TCPStatus.STATUS_CONNECTED;
      if (head !== undefined && head.length > 0) this.reportData(head);
    }
  }
}

/** The time for unsent bytes after `disconnectFromHost`, in milliseconds. */
const DISCONNECT_LINGER = 5000;
