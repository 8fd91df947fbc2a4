import { ErrorCode } from '../error-code.ts';
import type { Failure } from '../failure.ts';
import { StreamPeer, type StreamSink } from '../stream/index.ts';
import { RecordedKind } from './recording-format.ts';

/** Where a recorded stream reports to. */
export interface StreamRecord {
  note(kind: RecordedKind, connection: number, data?: Uint8Array | string): void;
  noteUnsent(connection: number, calls: number, unsent: number): void;
}

/** A stream that records what arrives and what is sent, and passes it on. */
export class RecordedStream extends StreamPeer implements StreamSink {
  readonly #inner: StreamPeer;
  readonly #record: StreamRecord;
  readonly #connection: number;
  #unsent = 0;
  /** How many calls have returned `#unsent`. */
  #unsentCalls = 0;
  #isEnding = false;
  #isDropped = false;

  constructor(inner: StreamPeer, record: StreamRecord, connection: number) {
    super();
    this.#inner = inner;
    this.#record = record;
    this.#connection = connection;
    inner.setSink(this);
  }

  // ---------------------------------------------------------------- from the stream below

  onStreamOpen(): void {
    this.reportOpen();
  }

  onStreamData(chunk: Uint8Array): void {
    this.#record.note(RecordedKind.RECEIVED, this.#connection, chunk);
    this.reportData(chunk);
  }

  onStreamDrain(): void {
    this.#record.note(RecordedKind.DRAINED, this.#connection);
    this.reportDrain();
  }

  onStreamEnd(): void {
    this.#record.note(RecordedKind.ENDED, this.#connection);
    this.reportEnd();
  }

  onStreamFailure(failure: Failure): void {
    this.#record.note(RecordedKind.FAILED, this.#connection, `${failure.code} ${failure.message}`);
    this.reportFailure(failure);
  }

  // ---------------------------------------------------------------- StreamPeer

  override poll(): ErrorCode {
    return this.#inner.poll();
  }

  override pauseReading(): void {
    this.#inner.pauseReading();
  }

  override resumeReading(): void {
    this.#inner.resumeReading();
  }

  override write(bytes: Uint8Array): void {
    if (this.writeStatus() !== ErrorCode.OK || bytes.length === 0) return;
    this.#record.note(RecordedKind.SENT, this.#connection, bytes);
    this.#inner.write(bytes);
  }

  override writeAll(parts: readonly Uint8Array[]): void {
    if (this.writeStatus() !== ErrorCode.OK) return;
    for (const part of parts) if (part.length > 0) this.#record.note(RecordedKind.SENT, this.#connection, part);
    this.#inner.writeAll(parts);
  }

  override getUnsentBytes(): number {
    const unsent = this.#inner.getUnsentBytes();
    if (unsent !== this.#unsent) {
      this.#record.noteUnsent(this.#connection, this.#unsentCalls, unsent);
      this.#unsent = unsent;
      this.#unsentCalls = 0;
    }
    this.#unsentCalls++;
    return unsent;
  }

  override end(): void {
    if (!this.#isEnding && !this.#isDropped) this.#record.note(RecordedKind.CLOSED, this.#connection);
    this.#isEnding = true;
    this.#inner.end();
  }

  override destroy(): void {
    this.#drop();
    this.#inner.destroy();
  }

  override linger(milliseconds: number): void {
    this.#drop();
    this.#inner.linger(milliseconds);
  }

  override get isLingering(): boolean {
    return this.#inner.isLingering;
  }

  override get isEncrypted(): boolean {
    return this.#inner.isEncrypted;
  }

  protected override writeStatus(): ErrorCode {
    const isWritable = this.isOpen && !this.#isEnding && !this.#isDropped && this.getLastFailure() === null;
    return isWritable ? ErrorCode.OK : ErrorCode.FAILED;
  }

  #drop(): void {
    this.setSink(null);
    if (!this.#isDropped) this.#record.note(RecordedKind.DROPPED, this.#connection);
    this.#isDropped = true;
  }
}
