import type { ErrorCode } from '../../error-code.ts';
import type { StreamPeerUDS } from '../socket/stream-peer-uds.browser.ts';
import { SocketServer } from './socket-server.browser.ts';

/** A browser does not let a page listen: there are never connections. */
export class UDSServer extends SocketServer<StreamPeerUDS> {
  /** `ERR_UNAVAILABLE`. */
  listen(_path: string): ErrorCode {
    return this.unavailable();
  }
}
