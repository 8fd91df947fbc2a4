import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { unavailable } from '../runtime/unavailable.ts';
import type { StreamPeerSocket } from '../socket/stream-peer-socket.browser.ts';

/** A browser does not let a page listen: there are never connections. */
export abstract class SocketServer<Stream extends StreamPeerSocket> {
  maxWaitingConnections = 511;
  onConnection: (() => void) | null = null;
  #failure: Failure | null = null;

  isListening(): boolean {
    return false;
  }

  isConnectionAvailable(): boolean {
    return false;
  }

  takeConnection(): Stream | null {
    return null;
  }

  getDroppedConnections(): number {
    return 0;
  }

  stop(): void {}

  getLastFailure(): Failure | null {
    return this.#failure;
  }

  protected unavailable(): ErrorCode {
    this.#failure = unavailable('listen(): a browser does not let a page listen');
    return ErrorCode.ERR_UNAVAILABLE;
  }
}
