import { expect, test } from 'vitest';
import { connect, count } from '../../test/support/virtual-pair.ts';
import { ErrorCode } from '../error-code.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';

test('the end comes after the last byte, one direction at a time', () => {
  const { clock, one, two, first, second } = connect({ latency: 10, capacity: 10 });
  one.write(count(25));
  one.end();
  expect(one.putData(count(1))).toBe(ErrorCode.FAILED);
  clock.advance(1000);
  expect(second.bytes).toEqual(Array.from(count(25)));
  expect(second.events.at(-1)).toMatch(/ end$/);
  two.write(count(4));
  clock.advance(1000);
  expect(first.bytes).toHaveLength(4);
});

test('what cannot leave piles up behind a cut', () => {
  const { one, two } = connect({ capacity: 100 });
  one.link.cut();
  two.write(count(250));
  expect(two.getUnsentBytes()).toBe(150);
});

test('a reset by one end takes its time to the other', () => {
  const { clock, one, first, second } = connect({ latency: 10 });
  one.write(count(1));
  one.reset();
  clock.advance(100);
  expect(first.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
  expect(second.events).toEqual(['0 open', '10 TICKPEER_CONNECTION_RESET']);
});

test('an end that breaks off leaves the other half open', () => {
  const { clock, one, two, first, second } = connect({ latency: 10 });
  one.breakOff();
  two.write(count(1));
  clock.advance(1e6);
  expect(first.events).toEqual(['0 open', '0 TICKPEER_CONNECTION_RESET']);
  expect(second.events).toEqual(['0 open']);
});

test('a dropped end still sends what the kernel has taken, and then ends', () => {
  const { clock, one, first, second } = connect({ latency: 10, capacity: 100 });
  one.write(count(150));
  one.destroy();
  clock.advance(1000);
  expect(first.events).toEqual(['0 open']);
  expect(second.bytes).toHaveLength(100);
  expect(second.events.at(-1)).toBe('10 end');
});

test('a dropped end answers bytes with a reset: those it had not read, and those that come', () => {
  const unread = connect({ latency: 10 });
  unread.one.pauseReading();
  unread.two.write(count(1));
  unread.clock.advance(50);
  unread.one.destroy();
  unread.clock.advance(50);
  expect(unread.second.events).toEqual(['0 open', '60 TICKPEER_CONNECTION_RESET']);

  const later = connect({ latency: 10 });
  later.two.write(count(1));
  later.one.destroy();
  later.clock.advance(50);
  expect(later.second.events).toEqual(['0 open', '10 end', '20 TICKPEER_CONNECTION_RESET']);
});

test('an end that lingers sends all, reads on, and goes when the other has ended', () => {
  const { clock, one, two, first, second } = connect({ latency: 10, capacity: 10 });
  one.write(count(45));
  one.linger(5000);
  two.write(count(30));
  clock.advance(500);
  expect(first.events).toEqual(['0 open']);
  expect(second.bytes).toHaveLength(45);
  two.end();
  clock.advance(500);
  expect(second.events.at(-1)).toMatch(/ end$/);
  expect(clock.timerCount).toBe(0);
});

test('an end that lingers gives up after its time', () => {
  const { clock, one, two, second } = connect({ latency: 10 });
  one.linger(1000);
  clock.advance(999);
  two.write(count(1));
  clock.advance(1000);
  expect(second.events).toEqual(['0 open', '10 end', '1019 TICKPEER_CONNECTION_RESET']);
});

test('polled, it reads what has arrived, and holds up the sender when 64 KiB wait', () => {
  const clock = new VirtualClock();
  const [one, two] = new VirtualNetwork({ clock, capacity: 100_000 }).connect().ends;
  one.putData(count(300_000));
  expect(two.getAvailableBytes()).toBe(0);
  clock.advance(10);
  expect(two.getAvailableBytes()).toBe(65_536);
  expect(one.getUnsentBytes()).toBe(300_000 - 165_536);
  const parts: Uint8Array[] = [];
  for (let rounds = 0; rounds < 100 && Buffer.concat(parts).length < 300_000; rounds++) {
    parts.push(two.getPartialData(50_000)[1]);
    clock.advance(1);
  }
  expect(Buffer.compare(Buffer.concat(parts), count(300_000))).toBe(0);
  one.destroy();
  clock.advance(1);
  expect(two.getPartialData(1)[0]).toBe(ErrorCode.ERR_FILE_EOF);
});
