import { EventEmitter } from 'node:events';
import type { Http2Stream } from 'node:http2';
import { expect, test } from 'vitest';
import { RecordedSink } from '../../../test/support/recorded-sink.ts';
import { turn } from '../../../test/support/until.ts';
import { ErrorCode } from '../../error-code.ts';
import { HTTP2Stream } from './http2-stream.ts';

/** A stream of `node:http2` as far as it is used, with the calls in `log`. */
class FakeStream extends EventEmitter {
  readonly log: string[] = [];
  readonly session = {
    encrypted: true,
    destroyed: false,
    socket: { remoteAddress: '::ffff:192.0.2.1', remotePort: 5000 },
  };
  writable = true;
  writableLength = 0;
  destroyed = false;
  closed = false;
  aborted = false;
  readableEnded = false;
  rstCode = 0;
  readonly writes: (() => void)[] = [];

  pause(): void {
    this.log.push('pause');
  }
  resume(): void {
    this.log.push('resume');
  }
  cork(): void {
    this.log.push('cork');
  }
  uncork(): void {
    this.log.push('uncork');
  }
  write(bytes: Uint8Array, done?: () => void): void {
    this.log.push(`write ${bytes.length}`);
    this.writableLength += bytes.length;
    if (done !== undefined) this.writes.push(done);
  }
  end(): void {
    this.log.push('end');
  }
  close(code: number): void {
    this.log.push(`close ${code}`);
    this.closed = true;
    this.emit('close');
  }
  /** All that was written has left. */
  flush(): void {
    this.writableLength = 0;
    for (const done of this.writes.splice(0)) done();
  }
}

class OpenStream extends HTTP2Stream {
  constructor(stream: FakeStream) {
    super();
    this.reportOpen();
    this.attach(stream as unknown as Http2Stream);
  }
}

function make({ isTakenOver = true } = {}) {
  const below = new FakeStream();
  const stream = new OpenStream(below);
  const sink = new RecordedSink();
  if (isTakenOver) stream.setSink(sink);
  return { below, stream, sink };
}

test('it has the addresses of its connection', () => {
  const { stream } = make();
  expect([stream.getConnectedHost(), stream.getConnectedPort(), stream.isEncrypted]).toEqual(['192.0.2.1', 5000, true]);
});

test('it is not read before its bytes are needed, nor while it is paused', () => {
  const { below, stream } = make({ isTakenOver: false });
  stream.resumeReading();
  expect(below.log).toEqual(['pause']);
  stream.pauseReading();
  stream.poll();
  expect(below.log).toEqual(['pause', 'pause']);
  stream.resumeReading();
  expect(below.log).toEqual(['pause', 'pause', 'resume']);
});

test('a drain is reported when the last write has left, once', () => {
  const { below, stream, sink } = make();
  stream.write(new Uint8Array(3));
  stream.writeAll([new Uint8Array(1), new Uint8Array(2)]);
  stream.writeAll([]);
  expect(below.log.slice(2)).toEqual(['write 3', 'cork', 'write 1', 'write 2', 'uncork']);
  expect(stream.getUnsentBytes()).toBe(6);
  below.flush();
  expect([stream.getUnsentBytes(), sink.events]).toEqual([0, ['open', 'drain']]);
});

test('END_STREAM is an end, after a turn in which a reset may follow', async () => {
  const { below, sink } = make();
  below.emit('data', Uint8Array.of(65));
  below.emit('end');
  expect(sink.events).toEqual(['open', 'data']);
  await turn();
  below.readableEnded = true;
  below.emit('close');
  await turn();
  expect(sink.events).toEqual(['open', 'data', 'end']);
});

test.each([
  [8, 'TICKPEER_CONNECTION_RESET', 'CANCEL'],
  [13, 'TICKPEER_CONNECTION_RESET', 'HTTP_1_1_REQUIRED'],
  [99, 'TICKPEER_CONNECTION_RESET', 'error 99'],
  [0, 'TICKPEER_CONNECTION_LOST', 'closed before its end'],
])('a stream that closes with %i before its end is %s', (code, expected, reason) => {
  const { below, sink } = make();
  below.rstCode = code;
  below.emit('close');
  expect(sink.events).toEqual(['open', expected]);
  expect(sink.failure?.message).toContain(reason);
});

test('an end in the same turn as a reset is the reset', async () => {
  const { below, sink } = make();
  below.emit('end');
  Object.assign(below, { readableEnded: true, aborted: true, rstCode: 8 });
  below.emit('close');
  await turn();
  expect(sink.events).toEqual(['open', 'TICKPEER_CONNECTION_RESET']);
});

test('an error is reported once, and the stream cannot be written', () => {
  const { below, stream, sink } = make();
  below.emit('error', new Error('broken'));
  below.emit('close');
  expect(sink.events).toEqual(['open', 'TICKPEER_CONNECTION_LOST']);
  expect([stream.poll(), stream.putData(new Uint8Array(1))]).toEqual([
    ErrorCode.ERR_CONNECTION_ERROR,
    ErrorCode.ERR_CONNECTION_ERROR,
  ]);
});

test('destroy cancels the stream, and nothing is reported any more', async () => {
  const { below, stream, sink } = make();
  stream.destroy();
  stream.destroy();
  stream.write(new Uint8Array(1));
  below.emit('data', Uint8Array.of(1));
  below.emit('error', new Error('late'));
  await turn();
  expect(below.log.slice(2)).toEqual(['close 8']);
  expect([sink.events, stream.getUnsentBytes()]).toEqual([['open'], 0]);
});

test('linger ends it, reads on, and reports nothing', () => {
  const { below, stream, sink } = make();
  stream.linger(60_000);
  expect([below.log.slice(2), stream.isLingering]).toEqual([['end', 'resume'], true]);
  below.emit('data', Uint8Array.of(1));
  below.close(0);
  expect([stream.isLingering, sink.events]).toEqual([false, ['open']]);
});

test('a lingering stream can still be destroyed, and is cancelled when its time is over', async () => {
  const dropped = make();
  dropped.stream.linger(60_000);
  dropped.stream.destroy();
  expect(dropped.below.log.at(-1)).toBe('close 8');
  const timed = make();
  timed.stream.linger(0);
  await new Promise<void>((resolve) => timed.below.once('close', resolve));
  expect(timed.below.log.at(-1)).toBe('close 8');
  expect(() => make().stream.linger(-1)).toThrow(RangeError);
});
