import { isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect, type PeerCertificate, TLSSocket } from 'node:tls';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { X509Certificate } from '../crypto/x509-certificate.ts';
import { StreamDuplex } from '../peer/stream-duplex.ts';
import type { StreamPeer } from '../peer/stream-peer.ts';
import { SocketStream } from '../socket/socket-stream.ts';
import { StreamPeerSocket } from '../socket/stream-peer-socket.ts';
import { clientVerification } from './client-verification.ts';
import { peerCertificate, verifiedByNode } from './peer-certificate.ts';
import { checkOptions, namedContextOf, secureContextOf } from './tls-context.ts';
import type { ClientCertificates } from './tls-extra-options.ts';
import { tlsFailure } from './tls-failure.ts';
import { TLSOptions } from './tls-options.ts';
import { TLSStatus } from './tls-status.ts';

/**
 * TLS over another stream (docs/engine/streams.md#streampeertls). On a `StreamPeerTCP` or
 * `StreamPeerUDS` Node's TLS uses the socket; any other `StreamPeer` is adapted in memory.
 *
 * From `acceptStream` or `connectToStream` on, this stream owns the stream below and ends it. Unlike in Godot, the stream
 * below cannot be used without TLS afterwards. The status is HANDSHAKING on both sides until the handshake is done. A
 * handshake has no time limit: call `destroy()` when it takes too long.
 */
export class StreamPeerTLS extends SocketStream {
  static readonly STATUS_DISCONNECTED: TLSStatus.STATUS_DISCONNECTED = TLSStatus.STATUS_DISCONNECTED;
  static readonly STATUS_HANDSHAKING: TLSStatus.STATUS_HANDSHAKING = TLSStatus.STATUS_HANDSHAKING;
  static readonly STATUS_CONNECTED: TLSStatus.STATUS_CONNECTED = TLSStatus.STATUS_CONNECTED;
  static readonly STATUS_ERROR: TLSStatus.STATUS_ERROR = TLSStatus.STATUS_ERROR;
  static readonly STATUS_ERROR_HOSTNAME_MISMATCH: TLSStatus.STATUS_ERROR_HOSTNAME_MISMATCH =
    TLSStatus.STATUS_ERROR_HOSTNAME_MISMATCH;

  #status = TLSStatus.STATUS_DISCONNECTED;
  #stream: StreamPeer | null = null;
  #isServer = false;
  /** Whether the other side's certificate was checked, or need not be. */
  #isPeerVerified = false;
  #expectedName = '';

  /**
   * A stream over a TLS socket whose handshake is done, for example that of an HTTPS server's 'upgrade' event. `head` holds
   * bytes already read from it, which come first. `getStream()` is null.
   */
  static fromSocket(socket: TLSSocket, head?: Uint8Array): StreamPeerTLS {
    const stream = new StreamPeerTLS();
    stream.attach(socket);
    if (socket.destroyed || socket.readableEnded) {
      stream.recordFailure({ code: 'TICKPEER_CONNECTION_LOST', message: 'the socket is already closed' });
      return stream;
    }
    stream.reportOpen();
    stream.#status = TLSStatus.STATUS_CONNECTED;
    if (head !== undefined && head.length > 0) stream.reportData(head);
    return stream;
  }

  /**
   * Begins the server's side on a connected stream. `OK`, and the status is HANDSHAKING. `ERR_ALREADY_IN_USE` unless it was
   * DISCONNECTED or an error; `ERR_INVALID_PARAMETER` without a stream or server options, for an empty key or certificate,
   * or for a key of another certificate; `FAILED` and STATUS_ERROR when the stream is not connected. With
   * `clientCertificates: 'require'`, the handshake fails for a client without a certificate.
   */
  acceptStream(stream: StreamPeer | null, serverOptions: TLSOptions | null): ErrorCode {
    if (this.#isBusy()) return ErrorCode.ERR_ALREADY_IN_USE;
    if (!stream || !serverOptions?.isServer()) return ErrorCode.ERR_INVALID_PARAMETER;
    return this.#begin(stream, serverOptions, (socket) => {
      const { alpnProtocols, clientCertificates = 'none', certificatesByName = {} } = serverOptions.getExtraOptions();
      const hasNames = Object.keys(certificatesByName).length > 0;
      const tlsSocket = new TLSSocket(socket, {
        isServer: true,
        secureContext: secureContextOf(serverOptions),
        requestCert: clientCertificates !== 'none',
        rejectUnauthorized: clientCertificates === 'require',
        ...(hasNames
          ? { SNICallback: (name, done) => done(null, namedContextOf(serverOptions, name) ?? undefined) }
          : {}),
        ...(alpnProtocols === undefined ? {} : { ALPNProtocols: [...alpnProtocols] }),
      });
      tlsSocket.once('secure', () => {
        if (clientCertificates === 'none' || this.#admitClient(tlsSocket, clientCertificates))
          this.#onSecure(tlsSocket);
      });
      // Without a tls.Server, Node reports errors after the handshake (a broken record) only by this event.
      tlsSocket.on('_tlsError', (error: Error) => tlsSocket.destroy(error));
      return tlsSocket;
    });
  }

  /**
   * Begins the client's side on a connected stream. `commonName` is the host's name or IP address, for the certificate
   * check and, if it is a name, for SNI. Without `clientOptions`: `TLSOptions.client()`. `alpnProtocols` replace those of the
   * options. Returns as `acceptStream`.
   */
  connectToStream(
    stream: StreamPeer | null,
    commonName: string,
    clientOptions: TLSOptions | null = null,
    alpnProtocols: readonly string[] | undefined = clientOptions?.getExtraOptions().alpnProtocols,
  ): ErrorCode {
    if (this.#isBusy()) return ErrorCode.ERR_ALREADY_IN_USE;
    const options = clientOptions ?? defaultClientOptions();
    if (!stream || options.isServer()) return ErrorCode.ERR_INVALID_PARAMETER;
    const name = options.getCommonNameOverride() || commonName.replace(/^\[(.*)\]$/, '$1');
    return this.#begin(
      stream,
      options,
      (socket) => {
        const checksChain = !options.isUnsafeClient() || options.getTrustedCaChain() !== null;
        const tlsSocket = connect({
          socket,
          secureContext: secureContextOf(options),
          rejectUnauthorized: checksChain,
          // An IP address is not a name that SNI can carry (RFC 6066 3).
          servername: isIP(name) === 0 ? name.replace(/\.$/, '') : '',
          checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
            options.isUnsafeClient() ? undefined : checkServerIdentity(name, certificate),
          ...(alpnProtocols === undefined ? {} : { ALPNProtocols: [...alpnProtocols] }),
        });
        tlsSocket.once('secureConnect', () => this.#onSecure(tlsSocket));
        return tlsSocket;
      },
      name,
    );
  }

  /**
   * Updates the status. Returns `OK`, or once after a failure `ERR_CONNECTION_ERROR`; then the status is STATUS_ERROR,
   * STATUS_ERROR_HOSTNAME_MISMATCH or, after the handshake, DISCONNECTED. When the other side has ended TLS
   * (close_notify) and everything was read: DISCONNECTED, `OK`.
   */
  override poll(): ErrorCode {
    this.#stream?.poll();
    if (!this.#isBusy()) return ErrorCode.OK;
    this.startReading();
    if (this.getLastFailure() !== null) return this.#publishFailure();
    if (this.#status === TLSStatus.STATUS_HANDSHAKING) {
      if (this.isOpen) this.#status = TLSStatus.STATUS_CONNECTED;
    } else if (this.hasEnded && !this.isTakenOver && this.getAvailableBytes() === 0) {
      this.disconnectFromStream();
    }
    return ErrorCode.OK;
  }

  getStatus(): TLSStatus {
    return this.#status;
  }

  override get isEncrypted(): boolean {
    return true;
  }

  /**
   * The other side's certificate; null before the handshake is done, and when it has none. A client's certificate is returned
   * only if it was verified (`TLSExtraOptions.clientCertificates`; with `fromSocket`, Node's `authorized`). A server's is
   * always returned, because a client disables its verification explicitly.
   */
  getPeerCertificate(): X509Certificate | null {
    return this.#isPeerVerified || verifiedByNode(this.socket) ? peerCertificate(this.socket) : null;
  }

  /** The stream below, null before and for a stream made by `fromSocket`. */
  getStream(): StreamPeer | null {
    return this.#stream;
  }

  /** The protocol that both sides chose by ALPN, `''` when none. */
  getAlpnProtocol(): string {
    const { socket } = this;
    return socket instanceof TLSSocket && socket.alpnProtocol ? socket.alpnProtocol : '';
  }

  /**
   * Returns the `TLSSocket`, for Node code that goes on with it, such as `node:http2`. It is paused, and bytes that were read
   * but not taken are put back. From then on reads and writes here return `ERR_ALREADY_IN_USE`, and `destroy()` destroys the
   * socket. Null when not connected, when the other side has ended, and when a sink (`setSink`) has begun to read it.
   */
  handOver(): TLSSocket | null {
    const socket = this.surrender();
    if (!(socket instanceof TLSSocket)) return null;
    // Node's default: `node:http2` needs the socket to end when the other side ends.
    socket.allowHalfOpen = false;
    return socket;
  }

  /**
   * Ends TLS (close_notify) and, unlike Godot, the stream below. Written bytes are still sent. The object can be used again.
   */
  disconnectFromStream(): void {
    this.linger(DISCONNECT_LINGER);
    this.resetReports();
    this.#stream = null;
  }

  override destroy(): void {
    this.#status = TLSStatus.STATUS_DISCONNECTED;
    super.destroy();
  }

  override linger(milliseconds: number): void {
    super.linger(milliseconds);
    this.#status = TLSStatus.STATUS_DISCONNECTED;
  }

  protected override writeStatus(): ErrorCode {
    if (this.isSurrendered) return ErrorCode.ERR_ALREADY_IN_USE;
    if (this.#status === TLSStatus.STATUS_CONNECTED && this.getLastFailure() !== null) return this.#publishFailure();
    return this.#status === TLSStatus.STATUS_CONNECTED ? ErrorCode.OK : ErrorCode.ERR_UNCONFIGURED;
  }

  protected override onEndRead(): void {
    this.disconnectFromStream();
  }

  protected override reportEnd(): void {
    // An end before the handshake is done is a failure. On a server's side, Node does not report it as one.
    if (this.isOpen) {
      super.reportEnd();
      return;
    }
    this.reportFailure(this.describeError(new Error('the other side closed the connection')));
    this.socket?.destroy();
  }

  protected override describeError(error: NodeJS.ErrnoException): Failure {
    return tlsFailure(error, { isServer: this.#isServer, isOpen: this.isOpen, expectedName: this.#expectedName });
  }

  #isBusy(): boolean {
    return this.#status === TLSStatus.STATUS_HANDSHAKING || this.#status === TLSStatus.STATUS_CONNECTED;
  }

  #begin(
    stream: StreamPeer,
    options: TLSOptions,
    open: (socket: Socket | StreamDuplex) => TLSSocket,
    expectedName = '',
  ): ErrorCode {
    this.resetReports();
    this.#stream = null;
    this.#isServer = options.isServer();
    this.#isPeerVerified = !this.#isServer;
    this.#expectedName = expectedName;
    const wrong = checkOptions(options);
    if (wrong !== null) {
      this.recordFailure(wrong);
      return ErrorCode.ERR_INVALID_PARAMETER;
    }
    const below = stream instanceof StreamPeerSocket ? stream.handOver() : new StreamDuplex(stream);
    if (below === null) {
      this.recordFailure({
        code: 'TICKPEER_NOT_OPEN',
        message: 'the stream below is not connected, or is read by other code',
      });
      this.#status = TLSStatus.STATUS_ERROR;
      return ErrorCode.FAILED;
    }
    this.#stream = stream;
    this.#status = TLSStatus.STATUS_HANDSHAKING;
    this.attach(open(below));
    return ErrorCode.OK;
  }

  /** Checks the client's certificate. A bad or missing one ends the handshake if one is required. */
  #admitClient(tlsSocket: TLSSocket, wanted: ClientCertificates): boolean {
    const error = clientVerification(tlsSocket);
    this.#isPeerVerified = error === null;
    if (error === null || wanted === 'request') return true;
    if (this.socket === tlsSocket) this.reportFailure(this.describeError(error));
    tlsSocket.destroy();
    return false;
  }

  #onSecure(tlsSocket: TLSSocket): void {
    if (this.socket === tlsSocket && this.getLastFailure() === null) this.reportOpen();
  }

  #publishFailure(): ErrorCode {
    if (this.isOpen) this.#status = TLSStatus.STATUS_DISCONNECTED;
    else if (this.getLastFailure()?.code === 'TICKPEER_TLS_HOSTNAME_MISMATCH') {
      this.#status = TLSStatus.STATUS_ERROR_HOSTNAME_MISMATCH;
    } else this.#status = TLSStatus.STATUS_ERROR;
    return ErrorCode.ERR_CONNECTION_ERROR;
  }
}

/** The time for the other side to end after `disconnectFromStream`, in milliseconds. */
const DISCONNECT_LINGER = 5000;

let defaultOptions: TLSOptions | null = null;

/** Shared by all connections without options, because OpenSSL's context is stored with it. */
function defaultClientOptions(): TLSOptions {
  defaultOptions ??= TLSOptions.client();
  return defaultOptions;
}
