import type { ErrorCode } from '../../error-code.ts';
import type { StreamPeerTCP } from '../socket/stream-peer-tcp.browser.ts';
import { SocketServer } from './socket-server.browser.ts';

/** A browser does not let a page listen: there are never connections. */
export class TCPServer extends SocketServer<StreamPeerTCP> {
  /** `ERR_UNAVAILABLE`. */
  listen(_port: number, _bindAddress = '*'): ErrorCode {
    return this.unavailable();
  }

  getLocalPort(): number {
    return 0;
  }
}
