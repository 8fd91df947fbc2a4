import { SocketStream } from './socket-stream.browser.ts';
import { TCPStatus } from './tcp-status.ts';

/** What TCP and Unix sockets have in common, neither of which a browser gives to pages: never connected. */
export abstract class StreamPeerSocket extends SocketStream {
  static readonly STATUS_NONE: TCPStatus.STATUS_NONE = TCPStatus.STATUS_NONE;
  static readonly STATUS_CONNECTING: TCPStatus.STATUS_CONNECTING = TCPStatus.STATUS_CONNECTING;
  static readonly STATUS_CONNECTED: TCPStatus.STATUS_CONNECTED = TCPStatus.STATUS_CONNECTED;
  static readonly STATUS_ERROR: TCPStatus.STATUS_ERROR = TCPStatus.STATUS_ERROR;

  disconnectFromHost(): void {}

  getStatus(): TCPStatus {
    return TCPStatus.STATUS_NONE;
  }

  handOver(): null {
    return null;
  }
}
