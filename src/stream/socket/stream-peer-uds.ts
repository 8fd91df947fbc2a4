import { connect, type Socket } from 'node:net';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { checkSocketPath, socketConnectFailure } from './socket-path.ts';
import { StreamPeerSocket } from './stream-peer-socket.ts';
import { TCPStatus } from './tcp-status.ts';

/**
 * A connection over a Unix domain socket: between processes of one machine, by a path in the file system. As in Godot 4.6,
 * without `bind`, which Node does not have.
 *
 * It has no addresses: `getConnectedHost()` and `getLocalHost()` are empty, the ports 0.
 */
export class StreamPeerUDS extends StreamPeerSocket {
  #path = '';

  /** A stream over a socket of Node, as `StreamPeerTCP.fromSocket`. */
  static fromSocket(socket: Socket, head?: Uint8Array): StreamPeerUDS {
    const stream = new StreamPeerUDS();
    stream.attachAsIs(socket, head);
    return stream;
  }

  /**
   * Starts to connect to the socket at `path`, at most 107 bytes in UTF-8 (Linux; elsewhere 103). Returns `OK`, and
   * the status is CONNECTING until `poll()` changes it, in one of the next turns of the event loop. There is no time limit,
   * because the system returns the result at once. `ERR_ALREADY_IN_USE` unless the status is NONE; `ERR_INVALID_PARAMETER` for a path that is empty, too
   * long or has a NUL.
   */
  connectToHost(path: string): ErrorCode {
    const problem = checkSocketPath(path);
    if (this.getStatus() !== TCPStatus.STATUS_NONE) return ErrorCode.ERR_ALREADY_IN_USE;
    if (problem !== null) {
      this.recordFailure(problem);
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    this.startConnecting();
    this.#path = path;
    const socket = connect({ path, allowHalfOpen: true });
    this.attach(socket);
    socket.once('connect', () => {
      if (this.socket === socket) this.reportOpen();
    });
    return ErrorCode.OK;
  }

  /** The path given to `connectToHost`, while connecting or connected; `''` otherwise, and at a server's end. */
  getConnectedPath(): string {
    return this.socket === null ? '' : this.#path;
  }

  protected override describeError(error: NodeJS.ErrnoException): Failure {
    return this.isOpen || this.#path === '' ? super.describeError(error) : socketConnectFailure(this.#path, error);
  }
}
