import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { StreamPeerMemory } from './stream-peer-memory.ts';
import type { StreamSink } from './stream-sink.ts';

class Recorder implements StreamSink {
  readonly events: string[] = [];
  /** Called with each chunk. */
  onChunk: () => void = () => {};

  onStreamOpen(): void {
    this.events.push('open');
  }
  onStreamData(chunk: Uint8Array): void {
    this.events.push(`data ${chunk.length}`);
    this.onChunk();
  }
  onStreamDrain(): void {
    this.events.push('drain');
  }
  onStreamEnd(): void {
    this.events.push('end');
  }
  onStreamFailure(failure: Failure): void {
    this.events.push(failure.code);
  }
}

describe('a stream that gets another sink', () => {
  test('reports at once what has happened already', () => {
    const [one, two] = StreamPeerMemory.pair();
    one.putData(new Uint8Array(3));
    one.end();
    one.poll();
    const sink = new Recorder();
    two.setSink(sink);
    expect(sink.events).toEqual(['open', 'data 3', 'end']);
  });

  test('continues to read after a full buffer was passed on', () => {
    const [one, two] = StreamPeerMemory.pair({ capacity: 200_000, chunkSize: 65_536 });
    one.putData(new Uint8Array(100_000));
    one.poll();
    expect(two.getAvailableBytes()).toBe(65_536);
    const sink = new Recorder();
    two.setSink(sink);
    one.poll();
    expect(sink.events).toEqual(['open', 'data 65536', 'data 34464']);
  });

  test('stays paused when the sink pauses it while it takes the buffer', () => {
    const [one, two] = StreamPeerMemory.pair({ capacity: 200_000, chunkSize: 65_536 });
    one.putData(new Uint8Array(100_000));
    one.poll();
    const sink = new Recorder();
    sink.onChunk = () => two.pauseReading();
    two.setSink(sink);
    one.poll();
    expect(sink.events).toEqual(['open', 'data 65536']);
  });
});

describe('linger', () => {
  test('what was written arrives, what is received is discarded, and the other side’s end ends it', () => {
    const [one, two] = StreamPeerMemory.pair();
    const sink = new Recorder();
    one.setSink(sink);
    one.pauseReading();
    two.putData(new Uint8Array(100_000));
    one.write(new Uint8Array(5));
    one.linger(1000);
    one.poll();
    expect(two.getAvailableBytes()).toBe(5);
    expect(two.getUnsentBytes()).toBe(0);
    two.end();
    one.poll();
    expect(sink.events).toEqual(['open']);
    expect(one.putData(new Uint8Array(1))).toBe(ErrorCode.FAILED);
    two.getData(5);
    expect(two.getPartialData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
  });
});
