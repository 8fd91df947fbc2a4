import { ErrorCode } from '../../src/error-code.ts';
import { StreamPeer } from '../../src/stream/index.ts';

/**
 * A stream without a socket: it takes and counts everything that is written, and delivers given bytes. One write here is one
 * system call on a socket.
 */
export class CountingStream extends StreamPeer {
  writes = 0;
  bytes = 0;
  /** What was written, when `keeps` is on. */
  readonly written: Uint8Array[] = [];
  keeps = false;

  constructor() {
    super();
    this.reportOpen();
  }

  /** Bytes arrive; the reader may overwrite them. */
  bring(bytes: Uint8Array): void {
    this.reportData(bytes);
  }

  override write(bytes: Uint8Array): void {
    this.#take(bytes);
    this.writes++;
  }

  /** Parts that leave together: on a socket, one `writev`. */
  override writeAll(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#take(part);
    this.writes++;
  }

  #take(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.keeps) this.written.push(bytes.slice());
  }

  override poll(): ErrorCode {
    return ErrorCode.OK;
  }

  override getUnsentBytes(): number {
    return 0;
  }

  override pauseReading(): void {}
  override resumeReading(): void {}
  override end(): void {}
  override destroy(): void {}

  protected override writeStatus(): ErrorCode {
    return ErrorCode.OK;
  }
}
