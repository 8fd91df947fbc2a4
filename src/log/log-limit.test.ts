import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../test/support/fake-clock.ts';
import type { LogEvent } from './log-event.ts';
import { LogLimit } from './log-limit.ts';

const MOST = 2;
const INTERVAL = 10_000;

function event(text: string, kind = 'kind'): LogEvent {
  return { level: 'warn', channel: 'tickpeer:failure', kind, text, failure: null, message: { text } };
}

/** A limit of 2 events in 10 seconds, and what it has written. */
function start(clock: FakeClock = new FakeClock()): {
  clock: FakeClock;
  limit: LogLimit;
  written: LogEvent[];
  add: (...texts: readonly string[]) => void;
  texts: () => string[];
} {
  const written: LogEvent[] = [];
  const limit = new LogLimit((one) => written.push(one), MOST, INTERVAL, clock);
  const add = (...texts: readonly string[]): void => {
    for (const text of texts) limit.add(event(text));
  };
  return { clock, limit, written, add, texts: () => written.map(({ text }) => text) };
}

const more = (count: number, last: string, kind = 'kind'): string =>
  `${count} more of the same in 10 s (${kind}); the last one: ${last}`;

test.each([
  [['a'], []],
  [['a', 'b'], []],
  [['a', 'b', 'c'], [more(1, 'c')]],
  [['a', 'b', 'c', 'd'], [more(2, 'd')]],
])('of %j two are written, and the count of the rest at the end of the interval', (added, counted) => {
  const { clock, add, texts } = start();
  add(...added);
  clock.advance(INTERVAL - 1);
  expect(texts()).toEqual(added.slice(0, MOST));
  clock.advance(1);
  expect(texts()).toEqual([...added.slice(0, MOST), ...counted]);
  expect(clock.timerCount).toBe(0);
});

test('events are passed on unchanged; a count has the level and channel of the last event, and no message', () => {
  const { clock, limit, written } = start();
  const events = ['a', 'b', 'c'].map((text) => event(text));
  for (const one of events) limit.add(one);
  clock.advance(INTERVAL);
  expect(written[0]).toBe(events[0]);
  expect(written[2]).toEqual({ ...events[2], text: more(1, 'c'), message: null });
});

test('the next interval has the full limit, and begins with its first event', () => {
  const { clock, add, texts } = start();
  add('a', 'b', 'c');
  clock.advance(INTERVAL + 5000);
  add('d', 'e', 'f');
  clock.advance(INTERVAL - 1);
  expect(texts()).toEqual(['a', 'b', more(1, 'c'), 'd', 'e']);
  clock.advance(1);
  expect(texts().at(-1)).toBe(more(1, 'f'));
});

test('each kind has a limit of its own', () => {
  const { clock, limit, texts } = start();
  for (const text of ['a', 'b', 'c']) for (const kind of ['one', 'other']) limit.add(event(text, kind));
  expect(texts()).toEqual(['a', 'a', 'b', 'b']);
  clock.advance(INTERVAL);
  expect(texts().slice(4)).toEqual([more(1, 'c', 'one'), more(1, 'c', 'other')]);
});

describe('a timer that is late', () => {
  /** Its timers never call: an event loop that is busy. */
  class LateClock extends FakeClock {
    override setTimeout(_callback: () => void, milliseconds: number): unknown {
      return super.setTimeout(() => undefined, milliseconds);
    }
  }

  test.each([
    [INTERVAL - 1, ['a', 'b']],
    [INTERVAL, ['a', 'b', more(1, 'c'), 'd']],
  ])('the interval still ends by the clock: %i ms', (passed, expected) => {
    const { clock, add, texts } = start(new LateClock());
    add('a', 'b', 'c');
    clock.advance(passed);
    add('d');
    expect(texts()).toEqual(expected);
  });
});

test('end() writes the counts so far once, and leaves no timer', () => {
  const { clock, limit, add, texts } = start();
  limit.add(event('x', 'few'));
  add('a', 'b', 'c', 'd');
  limit.end();
  limit.end();
  expect(texts()).toEqual(['x', 'a', 'b', more(2, 'd')]);
  expect(clock.timerCount).toBe(0);
  clock.advance(INTERVAL);
  expect(texts()).toHaveLength(4);
});
