import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { StreamPeer } from './stream-peer.ts';
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

/** A stream of which the test says what happens below it. */
class Bare extends StreamPeer {
  override poll(): ErrorCode {
    return ErrorCode.OK;
  }
  override pauseReading(): void {}
  override resumeReading(): void {}
  override write(): void {}
  override getUnsentBytes(): number {
    return 0;
  }
  override end(): void {}
  override destroy(): void {}
  protected override writeStatus(): ErrorCode {
    return ErrorCode.OK;
  }
  fail(code: Failure['code']): void {
    this.reportFailure({ code, message: '' });
  }
  finish(): void {
    this.reportEnd();
  }
}

test('only the first end or failure is reported, save a failure after an end', () => {
  const [failed, ended] = [new Bare(), new Bare()].map((stream) => {
    const sink = new Recorder();
    stream.setSink(sink);
    return { stream, sink };
  }) as [{ stream: Bare; sink: Recorder }, { stream: Bare; sink: Recorder }];
  failed.stream.fail('TICKPEER_CONNECTION_LOST');
  failed.stream.fail('TICKPEER_CONNECTION_RESET');
  failed.stream.finish();
  expect(failed.sink.events).toEqual(['TICKPEER_CONNECTION_LOST']);
  expect(failed.stream.getLastFailure()?.code).toBe('TICKPEER_CONNECTION_LOST');
  ended.stream.finish();
  ended.stream.finish();
  ended.stream.fail('TICKPEER_CONNECTION_RESET');
  expect(ended.sink.events).toEqual(['end', 'TICKPEER_CONNECTION_RESET']);
});

describe('a stream that is taken over', () => {
  test('gets at once what has happened already', () => {
    const [one, two] = StreamPeerMemory.pair();
    one.putData(new Uint8Array(3));
    one.end();
    one.poll();
    const sink = new Recorder();
    two.setSink(sink);
    expect(sink.events).toEqual(['open', 'data 3', 'end']);
  });

  test('goes on reading after a full buffer was handed over', () => {
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
  test('what was written arrives, what comes is thrown away, and an end of the other side ends it', () => {
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

describe('a stream that is polled', () => {
  test('is read up to a count, as far as bytes have arrived', () => {
    const [one, two] = StreamPeerMemory.pair();
    expect(two.getPartialData(1)).toEqual([ErrorCode.OK, new Uint8Array(0)]);
    one.putData(Uint8Array.of(1, 2, 3));
    one.poll();
    expect(two.getPartialData(2)).toEqual([ErrorCode.OK, Uint8Array.of(1, 2)]);
    expect(two.getPartialData(2)).toEqual([ErrorCode.OK, Uint8Array.of(3)]);
    expect(two.getPartialData(0)).toEqual([ErrorCode.OK, new Uint8Array(0)]);
  });

  test('is read in whole, or not at all', () => {
    const [one, two] = StreamPeerMemory.pair();
    one.putData(Uint8Array.of(1, 2));
    one.poll();
    expect(two.getData(3)).toEqual([ErrorCode.ERR_BUSY, new Uint8Array(0)]);
    expect(two.getData(2)).toEqual([ErrorCode.OK, Uint8Array.of(1, 2)]);
    one.end();
    one.poll();
    expect(two.getData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
  });

  test.each([
    [65_535, ErrorCode.ERR_BUSY],
    [65_536, ErrorCode.ERR_BUSY],
    [65_537, ErrorCode.ERR_INVALID_PARAMETER],
  ])('cannot be asked for %i bytes at once: %i', (count, expected) => {
    expect(StreamPeerMemory.pair()[0].getData(count)[0]).toBe(expected);
  });

  test.each([-1, 0.5, Number.NaN])('cannot be asked for %d bytes', (count) => {
    const [one] = StreamPeerMemory.pair();
    expect(() => one.getPartialData(count)).toThrow(RangeError);
    expect(() => one.getData(count)).toThrow(RangeError);
  });

  test('queues 64 KiB beyond what the layer below takes, and with putData everything', () => {
    const [one] = StreamPeerMemory.pair({ capacity: 10 });
    expect(one.putPartialData(new Uint8Array(65_000))).toEqual([ErrorCode.OK, 65_000]);
    expect(one.putPartialData(new Uint8Array(1000))).toEqual([ErrorCode.OK, 546]);
    expect(one.putPartialData(new Uint8Array(11))).toEqual([ErrorCode.OK, 0]);
    expect(one.putData(new Uint8Array(1000))).toBe(ErrorCode.OK);
    expect(one.getUnsentBytes()).toBe(65_000 + 546 + 1000 - 10);
  });

  test('copies what it is given', () => {
    const [one, two] = StreamPeerMemory.pair();
    const bytes = Uint8Array.of(1);
    one.putData(bytes);
    bytes[0] = 2;
    one.poll();
    expect(two.getData(1)[1]).toEqual(Uint8Array.of(1));
  });

  test('takes no bytes once it has ended, save none at all', () => {
    const [one] = StreamPeerMemory.pair();
    one.end();
    expect([one.putData(new Uint8Array(1)), one.putPartialData(new Uint8Array(1))]).toEqual([
      ErrorCode.FAILED,
      [ErrorCode.FAILED, 0],
    ]);
    expect([one.putData(new Uint8Array(0)), one.putPartialData(new Uint8Array(0))]).toEqual([
      ErrorCode.OK,
      [ErrorCode.OK, 0],
    ]);
  });

  test('is read again when its buffer has room', () => {
    const [one, two] = StreamPeerMemory.pair({ capacity: 200_000, chunkSize: 65_536 });
    one.putData(new Uint8Array(100_000));
    one.poll();
    expect(two.getAvailableBytes()).toBe(65_536);
    two.getPartialData(1);
    one.poll();
    expect(two.getAvailableBytes()).toBe(65_535 + 34_464);
  });
});

test('a failure is reported once, and to a later sink at once, after the bytes before it', () => {
  const [one, two] = StreamPeerMemory.pair();
  const first = new Recorder();
  one.setSink(first);
  one.putData(new Uint8Array(2));
  one.poll();
  one.breakBoth();
  one.breakBoth();
  expect(first.events).toEqual(['open', 'TICKPEER_CONNECTION_RESET']);
  expect([two.poll(), two.getLastFailure()?.code]).toEqual([
    ErrorCode.ERR_CONNECTION_ERROR,
    'TICKPEER_CONNECTION_RESET',
  ]);
  const late = new Recorder();
  two.setSink(late);
  expect(late.events).toEqual(['open', 'data 2', 'TICKPEER_CONNECTION_RESET']);
});
