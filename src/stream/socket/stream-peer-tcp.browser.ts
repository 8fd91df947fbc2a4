import type { ErrorCode } from '../../error-code.ts';
import { StreamPeerSocket } from './stream-peer-socket.browser.ts';

/** TCP, which a browser does not give to pages: never connected. */
export class StreamPeerTCP extends StreamPeerSocket {
  connectTimeLimit = 30;

  /** A browser has no sockets: returns a stream that is not connected. */
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
}
