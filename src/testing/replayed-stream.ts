import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { StreamPeer } from '../stream/index.ts';

/** What `getUnsentBytes` returns from a call on. */
export interface UnsentChange {
  readonly call: number;
  readonly unsent: number;
}

/** A connection of a recording: what arrived arrives again, and what is sent is kept. */
export class ReplayedStream extends StreamPeer {
  readonly sent: Uint8Array[] = [];
  /** Whether the server has ended its direction, or dropped the connection. */
  isClosed = false;
  readonly #changes: readonly UnsentChange[];
  #calls = 0;
  #nextChange = 0;
  #unsent = 0;
  #isDropped = false;

  constructor(changes: readonly UnsentChange[]) {
    super();
    this.#changes = changes;
    this.reportOpen();
  }

  // ---------------------------------------------------------------- for the replay

  /** The sink may overwrite `bytes`. */
  arrive(bytes: Uint8Array): void {
    if (!this.#isDropped) this.reportData(bytes);
  }

  drain(): void {
    if (!this.#isDropped) this.reportDrain();
  }

  endThere(): void {
    if (!this.#isDropped) this.reportEnd();
  }

  fail(failure: Failure): void {
    if (!this.#isDropped) this.reportFailure(failure);
  }

  // ---------------------------------------------------------------- StreamPeer

  override poll(): ErrorCode {
    return this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.ERR_CONNECTION_ERROR;
  }

  // The recording has what arrived while the server was reading.
  override pauseReading(): void {}
  override resumeReading(): void {}

  override write(bytes: Uint8Array): void {
    if (this.writeStatus() === ErrorCode.OK && bytes.length > 0) this.sent.push(new Uint8Array(bytes));
  }

  override getUnsentBytes(): number {
    const change = this.#changes[this.#nextChange];
    if (change !== undefined && this.#calls >= change.call) {
      this.#unsent = change.unsent;
      this.#nextChange++;
    }
    this.#calls++;
    return this.#unsent;
  }

  override end(): void {
    this.isClosed = true;
  }

  override destroy(): void {
    this.setSink(null);
    this.isClosed = true;
    this.#isDropped = true;
  }

  override linger(_milliseconds: number): void {
    this.destroy();
  }

  protected override writeStatus(): ErrorCode {
    return this.isOpen && !this.isClosed && this.getLastFailure() === null ? ErrorCode.OK : ErrorCode.FAILED;
  }
}
