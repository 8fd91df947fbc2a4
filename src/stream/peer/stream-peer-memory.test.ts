import { expect, test } from 'vitest';
import { RecordedSink } from '../../../test/support/recorded-sink.ts';
import { ErrorCode } from '../../error-code.ts';
import { StreamPeerMemory } from './stream-peer-memory.ts';

test('bytes move only when an end is polled, and then both ways', () => {
  const [one, two] = StreamPeerMemory.pair();
  one.putData(Uint8Array.of(1));
  two.putData(Uint8Array.of(2, 3));
  expect([one.getAvailableBytes(), two.getAvailableBytes()]).toEqual([0, 0]);
  expect(two.poll()).toBe(ErrorCode.OK);
  expect([one.getAvailableBytes(), two.getAvailableBytes()]).toEqual([2, 1]);
});

test.each([
  [9, 0],
  [10, 0],
  [11, 1],
])('with a capacity of 10, of %i bytes %i are unsent', (size, unsent) => {
  const [one] = StreamPeerMemory.pair({ capacity: 10 });
  one.write(new Uint8Array(size));
  expect(one.getUnsentBytes()).toBe(unsent);
});

test('a writer that was full is told when all is delivered, and another is not', () => {
  const [one, two] = StreamPeerMemory.pair({ capacity: 10 });
  const sinks = [one, two].map((end) => {
    const sink = new RecordedSink();
    end.setSink(sink);
    return sink;
  });
  two.pauseReading();
  one.write(new Uint8Array(11));
  two.write(new Uint8Array(10));
  one.poll();
  expect(sinks.map(({ events }) => events)).toEqual([['open', 'data'], ['open']]);
  two.resumeReading();
  one.poll();
  expect(sinks.map(({ events }) => events)).toEqual([
    ['open', 'data', 'drain'],
    ['open', 'data'],
  ]);
});

test('an end that is destroyed sends what it has, and then an end', () => {
  const [one, two] = StreamPeerMemory.pair();
  one.write(Uint8Array.of(1));
  one.destroy();
  two.write(Uint8Array.of(2));
  const sink = new RecordedSink();
  two.setSink(sink);
  two.poll();
  expect(sink.events).toEqual(['open', 'data', 'end']);
});

test.each([{ capacity: 0 }, { chunkSize: 0.5 }, { capacity: Number.NaN }])('%j throws', (options) => {
  expect(() => StreamPeerMemory.pair(options)).toThrow(RangeError);
});
