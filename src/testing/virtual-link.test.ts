import { expect, test } from 'vitest';
import { connect, count } from '../../test/support/virtual-pair.ts';
import { ErrorCode } from '../error-code.ts';

test('a link opens when its time has come', () => {
  const { clock, one, first } = connect({ connectTime: 30 });
  one.write(count(1));
  expect(one.putData(count(1))).toBe(ErrorCode.FAILED);
  clock.advance(100);
  expect(first.events).toEqual(['30 open']);
  const never = connect({ connectTime: Number.POSITIVE_INFINITY });
  never.clock.advance(1e9);
  expect(never.first.events).toEqual([]);
  expect(never.clock.timerCount).toBe(0);
});

test('a link that stalls loses nothing', () => {
  const { clock, one, two, first, second } = connect({ latency: 10 });
  one.write(count(1));
  one.stall(500);
  two.write(count(2));
  clock.advance(499);
  one.write(count(3));
  expect(first.events).toEqual(['0 open', '10 data 2']);
  expect(second.events).toEqual(['0 open']);
  clock.advance(100);
  expect(second.bytes).toEqual([0, 0, 1, 2]);
  expect(second.events[1]).toBe('500 data 1');
  one.link.stall(Number.POSITIVE_INFINITY);
  one.write(count(1));
  clock.advance(1e6);
  expect(second.bytes).toHaveLength(4);
});

test('conditions change for what is sent from then on', () => {
  const { clock, one, two, first, second } = connect({ latency: 10 });
  one.write(count(1));
  one.change({ latency: 300 });
  one.write(count(1));
  two.link.change({ latency: 50 });
  two.write(count(1));
  clock.advance(1000);
  // In order: the last does not overtake.
  expect(second.events).toEqual(['0 open', '10 data 1', '300 data 1']);
  expect(first.events).toEqual(['0 open', '50 data 1']);
});

test('a link that is cut is silent on both ends', () => {
  const { clock, one, two, first, second } = connect({ latency: 10 });
  one.write(count(1));
  one.link.cut();
  two.write(count(1));
  two.end();
  clock.advance(1e6);
  expect(first.events).toEqual(['0 open']);
  expect(second.events).toEqual(['0 open']);
  two.destroy();
  clock.advance(1e6);
  expect(first.events).toEqual(['0 open']);
});

test('a reset of the link is heard on both ends, in the next turn', () => {
  const { clock, one, two, first, second } = connect({ latency: 10 });
  one.write(count(1));
  one.link.reset();
  expect(first.events).toEqual(['0 open']);
  clock.advance(100);
  expect(first.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
  expect(second.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
  expect(two.putData(count(1))).toBe(ErrorCode.FAILED);
  expect(two.poll()).toBe(ErrorCode.ERR_CONNECTION_ERROR);
});

test('a stall of the link delays both directions', () => {
  const { clock, one, two, first, second } = connect({ latency: 10 });
  one.link.stall(500);
  one.write(count(1));
  two.write(count(1));
  clock.advance(499);
  expect([first.events, second.events]).toEqual([['0 open'], ['0 open']]);
  clock.advance(1);
  expect([first.events[1], second.events[1]]).toEqual(['500 data 1', '500 data 1']);
});

test('a release ends stalls and delays of what is in transit, in order, and not of what comes later', () => {
  const { clock, one, two, first, second } = connect({ latency: 300 });
  one.write(count(1));
  one.link.stall(Number.POSITIVE_INFINITY);
  two.write(count(2));
  clock.advance(50);
  one.link.change({ latency: 10 });
  one.link.release();
  expect([first.events, second.events]).toEqual([['0 open'], ['0 open']]);
  one.write(count(3));
  clock.advance(100);
  expect(first.events).toEqual(['0 open', '50 data 2']);
  expect(second.events).toEqual(['0 open', '50 data 1', '60 data 3']);
  one.write(count(1));
  one.end();
  one.link.release();
  clock.advance(1);
  expect(second.events.slice(3)).toEqual(['150 data 1', '150 end']);
  expect(clock.timerCount).toBe(0);
});
