import type { ErrorCode } from '../../error-code.ts';
import type { StreamPeer } from '../peer/stream-peer.ts';
import { SocketStream } from '../socket/socket-stream.browser.ts';
import type { TLSOptions } from './tls-options.ts';
import { TLSStatus } from './tls-status.ts';

/** A browser has its own TLS: this stream is never connected. */
export class StreamPeerTLS extends SocketStream {
  static readonly STATUS_DISCONNECTED: TLSStatus.STATUS_DISCONNECTED = TLSStatus.STATUS_DISCONNECTED;
  static readonly STATUS_HANDSHAKING: TLSStatus.STATUS_HANDSHAKING = TLSStatus.STATUS_HANDSHAKING;
  static readonly STATUS_CONNECTED: TLSStatus.STATUS_CONNECTED = TLSStatus.STATUS_CONNECTED;
  static readonly STATUS_ERROR: TLSStatus.STATUS_ERROR = TLSStatus.STATUS_ERROR;
  static readonly STATUS_ERROR_HOSTNAME_MISMATCH: TLSStatus.STATUS_ERROR_HOSTNAME_MISMATCH =
    TLSStatus.STATUS_ERROR_HOSTNAME_MISMATCH;

  /** A browser has no sockets: returns a stream that is not connected. */
  static fromSocket(): StreamPeerTLS {
    return new StreamPeerTLS();
  }

  /** `ERR_UNAVAILABLE`. */
  acceptStream(_stream: StreamPeer | null, _serverOptions: TLSOptions | null): ErrorCode {
    return this.unavailable('acceptStream()');
  }

  /** `ERR_UNAVAILABLE`. */
  connectToStream(
    _stream: StreamPeer | null,
    _commonName: string,
    _clientOptions: TLSOptions | null = null,
    _alpnProtocols?: readonly string[],
  ): ErrorCode {
    return this.unavailable('connectToStream()');
  }

  getStatus(): TLSStatus {
    return TLSStatus.STATUS_DISCONNECTED;
  }

  handOver(): null {
    return null;
  }

  getPeerCertificate(): null {
    return null;
  }

  getStream(): StreamPeer | null {
    return null;
  }

  getAlpnProtocol(): string {
    return '';
  }

  disconnectFromStream(): void {}
}
