import type { Server, Socket } from 'node:net';
import { ErrorCode } from '../../error-code.ts';
import { checkSocketPath, socketListenRefusal } from '../socket/socket-path.ts';
import { StreamPeerUDS } from '../socket/stream-peer-uds.ts';
import { bindsLate } from './server-handle.ts';
import { SocketFile } from './socket-file-identity.ts';
import { checkBacklog, type ListenOptions, type ListenRefusal, listenFailure, SocketServer } from './socket-server.ts';

/**
 * Accepts connections over a Unix domain socket, as in Godot 4.6. They wait, unread, until `takeConnection` returns them.
 *
 * `listen` makes the socket's file. `stop` removes it, unless another file has replaced it. (In a `node:cluster` worker the
 * primary process removes any file there.) Users who may write to the file may connect. Its mode is 0777 less the process's
 * umask: put it into a directory that only these users can enter, or change its mode.
 *
 * With `node:cluster` and in other runtimes, a `listen` that failed is reported late, as with `TCPServer`.
 */
export class UDSServer extends SocketServer<StreamPeerUDS> {
  /** Null when not listening, and in a `node:cluster` worker. */
  #file: SocketFile | null = null;

  /**
   * Listens at `path`, at most 107 bytes in UTF-8 (Linux; elsewhere 103), in a directory that exists.
   *
   * `ERR_ALREADY_IN_USE` when already listening, or when there is a file at `path`: it is never removed, even if it is a socket
   * without a listener, because that cannot be known for certain. `ERR_INVALID_PARAMETER` for a path that is empty, too long
   * or has a NUL; `ERR_CANT_CREATE` otherwise (no directory, no permission). `getLastFailure()` has details.
   */
  listen(path: string, options: ListenOptions = {}): ErrorCode {
    const { backlog = 511, waitingShare } = options;
    checkBacklog(backlog);
    const problem = checkSocketPath(path);
    if (this.isListening()) return ErrorCode.ERR_ALREADY_IN_USE;
    if (problem !== null) return this.refuse(ErrorCode.ERR_INVALID_PARAMETER, problem);
    const result = this.begin((server) => bind(server, path, backlog), waitingShare ?? null);
    this.#file = result === ErrorCode.OK && this.server?.listening ? SocketFile.at(path) : null;
    return result;
  }

  override stop(): void {
    const file = this.#file;
    this.#file = null;
    if (file === null) super.stop();
    else file.closeWith(() => super.stop());
  }

  protected override streamOf(socket: Socket): StreamPeerUDS {
    return StreamPeerUDS.fromSocket(socket);
  }
}

function bind(server: Server, path: string, backlog: number): ListenRefusal | null {
  server.listen({ path, backlog });
  // With a path it is synchronous, except that an error comes by an event.
  if (server.listening || bindsLate()) return null;
  const { result, reason } = socketListenRefusal(path);
  return { result, failure: listenFailure(`cannot listen on the Unix socket ${path}: ${reason}`) };
}
