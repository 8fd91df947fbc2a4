import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import type { StreamPeerTCP } from './stream-peer-tcp.browser.ts';
import { unavailable } from './unavailable.ts';

/** A browser does not let a page listen: no connection ever comes. */
export class TCPServer {
  maxWaitingConnections = 511;
  onConnection: (() => void) | null = null;
  #failure: Failure | null = null;

  /** `ERR_UNAVAILABLE`. */
  listen(_port: number, _bindAddress = '*'): ErrorCode {
    this.#failure = unavailable('listen(): a browser does not let a page listen');
    return ErrorCode.ERR_UNAVAILABLE;
  }

  isListening(): boolean {
    return false;
  }

  isConnectionAvailable(): boolean {
    return false;
  }

  takeConnection(): StreamPeerTCP | null {
    return null;
  }

  getLocalPort(): number {
    return 0;
  }

  getDroppedConnections(): number {
    return 0;
  }

  stop(): void {}

  getLastFailure(): Failure | null {
    return this.#failure;
  }
}
