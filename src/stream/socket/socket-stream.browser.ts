import { ErrorCode } from '../../error-code.ts';
import { StreamPeer } from '../peer/stream-peer.ts';
import { unavailable } from '../runtime/unavailable.ts';

/** A stream on a socket, of which a browser has none: never connected, and every way to connect is refused. */
export abstract class SocketStream extends StreamPeer {
  override poll(): ErrorCode {
    return ErrorCode.OK;
  }

  getConnectedHost(): string {
    return '';
  }

  getConnectedPort(): number {
    return 0;
  }

  getLocalHost(): string {
    return '';
  }

  getLocalPort(): number {
    return 0;
  }

  setNoDelay(_enabled: boolean): void {}

  override pauseReading(): void {}
  override resumeReading(): void {}
  override write(_bytes: Uint8Array): void {}

  override getUnsentBytes(): number {
    return 0;
  }

  override end(): void {}
  override destroy(): void {}

  protected override writeStatus(): ErrorCode {
    return ErrorCode.ERR_UNAVAILABLE;
  }

  protected unavailable(what: string): ErrorCode {
    this.recordFailure(unavailable(`${what}: a browser gives pages no sockets`));
    return ErrorCode.ERR_UNAVAILABLE;
  }
}
