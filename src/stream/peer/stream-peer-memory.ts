import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { ByteQueue } from './byte-queue.ts';
import { StreamPeer } from './stream-peer.ts';

/** Options of a pair; all have a default. */
export interface MemoryPairOptions {
  /** Bytes that one direction holds, as kernel buffers would. Further ones count as unsent. Default: 65,536. */
  capacity?: number;
  /** The most bytes per delivered chunk, to test splits. Default: everything at once. */
  chunkSize?: number;
}

/**
 * One end of a pair of streams in memory: what one end writes, the other reads. Bytes move only when an end is polled, so
 * that a test controls every step.
 */
export class StreamPeerMemory extends StreamPeer {
  readonly #capacity: number;
  readonly #chunkSize: number;
  #other: StreamPeerMemory | null = null;
  /** Written by this end, not yet delivered to the other. */
  readonly #outgoing = new ByteQueue();
  #endQueued = false;
  #endDelivered = false;
  #isReading = true;
  #wasFull = false;
  #isGone = false;

  private constructor(options: MemoryPairOptions) {
    super();
    const { capacity = 65_536, chunkSize = Number.POSITIVE_INFINITY } = options;
    if (!(capacity > 0) || !(chunkSize >= 1)) throw new RangeError('capacity and chunkSize are at least 1');
    this.#capacity = capacity;
    this.#chunkSize = chunkSize;
    this.reportOpen();
  }

  /** Two connected ends. */
  static pair(options: MemoryPairOptions = {}): [StreamPeerMemory, StreamPeerMemory] {
    const one = new StreamPeerMemory(options);
    const two = new StreamPeerMemory(options);
    one.#other = two;
    two.#other = one;
    return [one, two];
  }

  /** Delivers the bytes in transit, in both directions, as far as the readers take them. */
  override poll(): ErrorCode {
    this.#deliver();
    if (this.#other !== null) this.#other.#deliver();
    return this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.ERR_CONNECTION_ERROR;
  }

  override pauseReading(): void {
    this.#isReading = false;
  }

  override resumeReading(): void {
    this.#isReading = true;
  }

  override write(bytes: Uint8Array): void {
    if (this.writeStatus() !== ErrorCode.OK) return;
    this.#outgoing.append(bytes);
    if (this.getUnsentBytes() > 0) this.#wasFull = true;
  }

  override getUnsentBytes(): number {
    return Math.max(0, this.#outgoing.size - this.#capacity);
  }

  override end(): void {
    this.#endQueued = true;
  }

  /** As with TCP, bytes in transit still arrive at the other end, and then an end. */
  override destroy(): void {
    this.#isGone = true;
    this.#endQueued = true;
    this.setSink(null);
  }

  /** Breaks the connection: both ends get `failure` (default: a reset), and bytes in transit are lost. */
  breakBoth(failure: Failure = { code: 'TICKPEER_CONNECTION_RESET', message: 'the memory stream was broken' }): void {
    for (const end of [this, this.#other]) {
      if (end === null || end.#isGone) continue;
      end.#isGone = true;
      end.reportFailure(failure);
    }
  }

  protected override writeStatus(): ErrorCode {
    return this.#isGone || this.#endQueued ? ErrorCode.FAILED : ErrorCode.OK;
  }

  #deliver(): void {
    const reader = this.#other;
    if (reader === null || reader.#isGone || this.getLastFailure() !== null) return;
    while (reader.#isReading && this.#outgoing.size > 0) {
      reader.reportData(this.#outgoing.take(Math.min(this.#chunkSize, this.#outgoing.size)));
    }
    if (this.#wasFull && this.getUnsentBytes() === 0) {
      this.#wasFull = false;
      this.reportDrain();
    }
    if (this.#endQueued && !this.#endDelivered && this.#outgoing.size === 0) {
      this.#endDelivered = true;
      reader.reportEnd();
    }
  }
}
