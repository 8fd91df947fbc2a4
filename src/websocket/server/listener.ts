import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import {
  checkServerOptions,
  type ListenOptions,
  type StreamPeer,
  StreamPeerTLS,
  TCPServer,
  type TLSOptions,
  UDSServer,
  type WaitingShare,
} from '../../stream/index.ts';
import {
  type AttachableServer,
  Attachments,
  type UpgradeListener,
  type UpgradeServer,
} from '../attach/http-attachment.ts';
import { checkedPath } from '../settings/value-checks.ts';

export interface ListenerOptions {
  readonly backlog: number | undefined;
  readonly maxWaitingConnections: number;
  /** How many of them may come from one address; null for no limit. */
  readonly waitingShare: WaitingShare | null;
  /** Called when a connection waits to be taken. */
  readonly onConnection: () => void;
}

/**
 * Where a server's connections come from: a port or a Unix socket, with or without TLS, and the HTTP servers that it is attached to.
 * When a call does not return `OK`, `failure` has the cause.
 */
export class Listener {
  readonly #tcpServer = new TCPServer();
  readonly #udsServer = new UDSServer();
  /** The one of the two that listens, or listened last. */
  #server: TCPServer | UDSServer = this.#tcpServer;
  readonly #options: ListenOptions;
  readonly #onConnection: () => void;
  #tlsOptions: TLSOptions | null = null;
  /** Functions that detach it from HTTP servers. */
  readonly #detach = new Set<() => void>();
  #failure: Failure | null = null;

  constructor({ backlog, maxWaitingConnections, waitingShare, onConnection }: ListenerOptions) {
    this.#options = {
      ...(backlog === undefined ? {} : { backlog }),
      ...(waitingShare === null ? {} : { waitingShare }),
    };
    this.#onConnection = onConnection;
    this.#tcpServer.maxWaitingConnections = maxWaitingConnections;
    this.#udsServer.maxWaitingConnections = maxWaitingConnections;
  }

  /** Why the last call failed, or why listening has failed since; null when neither has. */
  get failure(): Failure | null {
    return this.#failure ?? this.#server.getLastFailure();
  }

  get isListening(): boolean {
    return this.#server.isListening() || this.#detach.size > 0;
  }

  get localPort(): number {
    return this.#tcpServer.getLocalPort();
  }

  get droppedConnections(): number {
    return this.#tcpServer.getDroppedConnections() + this.#udsServer.getDroppedConnections();
  }

  listen(port: number, bindAddress: string, tlsOptions: TLSOptions | null): ErrorCode {
    return this.#listen(this.#tcpServer, tlsOptions, `port ${port} of "${bindAddress}"`, (options) =>
      this.#tcpServer.listen(port, bindAddress, options),
    );
  }

  listenUnix(path: string, tlsOptions: TLSOptions | null): ErrorCode {
    return this.#listen(this.#udsServer, tlsOptions, `the Unix socket ${path}`, (options) =>
      this.#udsServer.listen(path, options),
    );
  }

  #listen(
    server: TCPServer | UDSServer,
    tlsOptions: TLSOptions | null,
    place: string,
    begin: (options: ListenOptions) => ErrorCode,
  ): ErrorCode {
    this.#failure = tlsOptions === null ? null : checkServerOptions(tlsOptions);
    if (this.#failure !== null) return ErrorCode.ERR_INVALID_PARAMETER;
    const isBusy = this.#server.isListening();
    const result = isBusy ? ErrorCode.ERR_ALREADY_IN_USE : begin(this.#options);
    if (result !== ErrorCode.OK) {
      const message = `listening on ${place} was refused with ${ErrorCode[result]}`;
      const failure = isBusy ? null : server.getLastFailure();
      this.#failure = failure ?? { code: 'TICKPEER_LISTEN_FAILED', message };
      return result;
    }
    this.#server = server;
    this.#tlsOptions = tlsOptions;
    server.onConnection = this.#onConnection;
    return ErrorCode.OK;
  }

  setTlsOptions(tlsOptions: TLSOptions): ErrorCode {
    if (this.#tlsOptions === null || !this.#server.isListening()) {
      this.#failure = { code: 'TICKPEER_NOT_OPEN', message: 'the server does not listen with TLS' };
      return ErrorCode.ERR_UNCONFIGURED;
    }
    this.#failure = checkServerOptions(tlsOptions);
    if (this.#failure !== null) return ErrorCode.ERR_INVALID_PARAMETER;
    this.#tlsOptions = tlsOptions;
    return ErrorCode.OK;
  }

  attach(httpServer: AttachableServer, path: string | null, take: (stream: StreamPeer) => boolean): ErrorCode {
    this.#failure = null;
    const detach = Attachments.of(httpServer).add({ path, take });
    if (detach === null) {
      const message = `a WebSocket server is attached there already with ${path === null ? 'every path' : `the path ${path}`}`;
      this.#failure = { code: 'TICKPEER_ALREADY_IN_USE', message };
      return ErrorCode.ERR_ALREADY_IN_USE;
    }
    this.#detach.add(detach);
    return ErrorCode.OK;
  }

  /**
   * As `attach`, but `take` gets the upgrades of HTTP/1.1 as Node passes them, and `stop` does not detach. Returns a function that
   * detaches; null when the path is taken.
   */
  attachFront(httpServer: UpgradeServer, path: string | null, take: UpgradeListener): (() => void) | null {
    return Attachments.of(httpServer).add({ path: checkedPath('path', path), take: () => false, takeUpgrade: take });
  }

  /** Takes the connection that has waited longest, and begins TLS on it where the server uses TLS; null when none waits. */
  takeConnection(): StreamPeer | null {
    for (;;) {
      const stream = this.#server.takeConnection();
      if (stream === null || this.#tlsOptions === null) return stream;
      const tls = new StreamPeerTLS();
      if (tls.acceptStream(stream, this.#tlsOptions) === ErrorCode.OK) return tls;
      this.#failure = tls.getLastFailure();
      stream.destroy();
    }
  }

  /** Whether a connection waits to be taken. */
  get isConnectionAvailable(): boolean {
    return this.#server.isConnectionAvailable();
  }

  /** Detaches from the HTTP servers and stops listening; with `keepsPort`, the port stays open. */
  stop(keepsPort: boolean = false): void {
    if (!keepsPort) this.#server.stop();
    for (const detach of this.#detach) detach();
    this.#detach.clear();
  }
}
