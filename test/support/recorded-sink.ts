import type { Failure } from '../../src/failure.ts';
import type { StreamSink } from '../../src/stream/peer/stream-sink.ts';

/** Records what a stream reports, in order. */
export class RecordedSink implements StreamSink {
  /** `open`, `drain`, `end`, or the failure's code; bytes are in `text`, and count as `data` once. */
  readonly events: string[] = [];
  /** All bytes, one character each (Latin-1). */
  text = '';
  failure: Failure | null = null;

  onStreamOpen(): void {
    this.events.push('open');
  }
  onStreamData(chunk: Uint8Array): void {
    this.text += Buffer.from(chunk).toString('latin1');
    if (this.events.at(-1) !== 'data') this.events.push('data');
  }
  onStreamDrain(): void {
    this.events.push('drain');
  }
  onStreamEnd(): void {
    this.events.push('end');
  }
  onStreamFailure(failure: Failure): void {
    this.failure = failure;
    this.events.push(failure.code);
  }
}
