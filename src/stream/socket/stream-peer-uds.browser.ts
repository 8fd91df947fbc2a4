import type { ErrorCode } from '../../error-code.ts';
import { StreamPeerSocket } from './stream-peer-socket.browser.ts';

/** A Unix socket, which a browser does not give to pages: never connected. */
export class StreamPeerUDS extends StreamPeerSocket {
  /** A browser has no sockets: returns a stream that is not connected. */
  static fromSocket(): StreamPeerUDS {
    return new StreamPeerUDS();
  }

  /** `ERR_UNAVAILABLE`. */
  connectToHost(_path: string): ErrorCode {
    return this.unavailable('connectToHost()');
  }

  getConnectedPath(): string {
    return '';
  }
}
