import * as net from 'node:net';
import { constants } from 'node:os';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerTCP } from '../socket/stream-peer-tcp.ts';
import { bindsLate, type CreateServerHandle, createServerHandle } from './server-handle.ts';
import { checkBacklog, type ListenOptions, type ListenRefusal, listenFailure, SocketServer } from './socket-server.ts';

/**
 * Accepts TCP connections (docs/engine/streams.md#tcpserver). They wait, unread, until `takeConnection` returns them.
 *
 * `listen` returns whether the port was bound, as in Godot. In a `node:cluster` worker, and in a runtime without Node's
 * internals, the result comes later: `listen` returns `OK`, `getLocalPort()` is 0 until then, and after a failed bind
 * `isListening()` is false and `getLastFailure()` is set.
 */
export class TCPServer extends SocketServer<StreamPeerTCP> {
  /**
   * Listens on `port`, 0 (a free one; see `getLocalPort()`) to 65,535, at `bindAddress`: an IP address of this machine, or
   * `'*'` for all of them, IPv4 and IPv6.
   *
   * `ERR_ALREADY_IN_USE` when already listening or the port is taken; `ERR_INVALID_PARAMETER` for a bad port or address;
   * `ERR_CANT_CREATE` otherwise (a privileged port, an address of another machine). `getLastFailure()` has details.
   */
  listen(port: number, bindAddress = '*', options: ListenOptions = {}): ErrorCode {
    const { backlog = 511, waitingShare } = options;
    checkBacklog(backlog);
    if (this.isListening()) return ErrorCode.ERR_ALREADY_IN_USE;
    const address = bindAddress.replace(/^\[(.*)\]$/, '$1');
    if (!Number.isInteger(port) || port < 0 || port > 65_535 || (address !== '*' && net.isIP(address) === 0)) {
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    return this.begin((server) => bind(server, port, address, backlog), waitingShare ?? null);
  }

  /** The port listened on, 0 when not listening. */
  getLocalPort(): number {
    const address = this.server?.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  protected override streamOf(socket: net.Socket): StreamPeerTCP {
    return StreamPeerTCP.fromSocket(socket);
  }
}

function bind(server: net.Server, port: number, address: string, backlog: number): ListenRefusal | null {
  if (createServerHandle === undefined || bindsLate()) {
    // `undefined` is all addresses, dual stack, or IPv4 alone where there is no IPv6.
    server.listen({ port, backlog, ...(address === '*' ? {} : { host: address }) });
    return null;
  }
  const handle = openHandle(createServerHandle, port, address);
  if (typeof handle !== 'number') {
    server.listen(handle, backlog);
    if (server.address() !== null) return null;
  }
  // A taken port is found only in listen(), whose errno comes by an event at the end of this turn.
  const isTaken = typeof handle !== 'number' || handle === ADDRESS_IN_USE;
  const reason = isTaken ? 'the port is taken' : `the system refused the address or port (errno ${handle})`;
  return {
    result: isTaken ? ErrorCode.ERR_ALREADY_IN_USE : ErrorCode.ERR_CANT_CREATE,
    failure: listenFailure(`cannot listen on ${address}:${port}: ${reason}`),
  };
}

/** The errno that libuv reports: the system's number, negative; on Windows libuv's own. */
const ADDRESS_IN_USE = process.platform === 'win32' ? -4091 : -constants.errno.EADDRINUSE;

function openHandle(create: CreateServerHandle, port: number, address: string): object | number {
  if (address !== '*') return create(address, port, net.isIP(address) === 6 ? 6 : 4, undefined, 0);
  const handle = create('::', port, 6, undefined, 0);
  return typeof handle === 'number' && handle !== ADDRESS_IN_USE ? create('0.0.0.0', port, 4, undefined, 0) : handle;
}
