import type { ErrorCode } from '../error-code.ts';
import { SocketServer } from './socket-server.browser.ts';
import type { StreamPeerUDS } from './stream-peer-uds.browser.ts';

/** A browser does not let a page listen: no connection ever comes. */
export class UDSServer extends SocketServer<StreamPeerUDS> {
  /** `ERR_UNAVAILABLE`. */
  listen(_path: string): ErrorCode {
    return this.unavailable();
  }
}
