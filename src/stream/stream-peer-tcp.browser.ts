import type { ErrorCode } from '../error-code.ts';
import { SocketStream } from './socket-stream.browser.ts';
import { TCPStatus } from './tcp-status.ts';

/** TCP, which a browser does not give to pages: never connected. */
export class StreamPeerTCP extends SocketStream {
  static readonly STATUS_NONE: TCPStatus.STATUS_NONE = TCPStatus.STATUS_NONE;
  static readonly STATUS_CONNECTING: TCPStatus.STATUS_CONNECTING = TCPStatus.STATUS_CONNECTING;
  static readonly STATUS_CONNECTED: TCPStatus.STATUS_CONNECTED = TCPStatus.STATUS_CONNECTED;
  static readonly STATUS_ERROR: TCPStatus.STATUS_ERROR = TCPStatus.STATUS_ERROR;

  connectTimeLimit = 30;

  /** There is no socket in a browser that it could be given: a stream that is not connected. */
  static fromSocket(): StreamPeerTCP {
    return new StreamPeerTCP();
  }

  /** `ERR_UNAVAILABLE`. */
  bind(_port: number, _host = '*'): ErrorCode {
    return this.unavailable('bind()');
  }

  /** `ERR_UNAVAILABLE`. */
  connectToHost(_host: string, _port: number): ErrorCode {
    return this.unavailable('connectToHost()');
  }

  disconnectFromHost(): void {}

  getStatus(): TCPStatus {
    return TCPStatus.STATUS_NONE;
  }

  handOver(): null {
    return null;
  }
}
