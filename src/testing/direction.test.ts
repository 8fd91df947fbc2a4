import { expect, test } from 'vitest';
import { connect, count } from '../../test/support/virtual-pair.ts';
import { ErrorCode } from '../error-code.ts';

test('bytes arrive in the event loop, after the latency, in each direction by itself', () => {
  const { clock, one, two, first, second } = connect({ latency: 40, back: { latency: 5 } });
  const bytes = count(3);
  one.write(bytes);
  bytes.fill(0xff); // The stream has copied them.
  two.write(count(2));
  expect([one.poll(), two.poll()]).toEqual([ErrorCode.OK, ErrorCode.OK]);
  expect(second.events).toEqual(['0 open']);
  clock.advance(100);
  expect(first.events).toEqual(['0 open', '5 data 2']);
  expect(second.events).toEqual(['0 open', '40 data 3']);
  expect(second.bytes).toEqual([0, 1, 2]);
});

test('the order stays, whatever the jitter and the loss', () => {
  const { clock, one, second } = connect({ latency: 10, jitter: 50, loss: 0.3 });
  for (let index = 0; index < 100; index++) {
    one.write(Uint8Array.of(index));
    clock.advance(1);
  }
  clock.advance(5000);
  expect(second.bytes).toEqual(Array.from(count(100)));
  const times = second.events.slice(1).map((event) => Number.parseFloat(event));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(10);
  // What was lost came 200 ms later.
  expect(times.at(-1)).toBeGreaterThan(200);
});

test('no more arrives than the bandwidth lets through', () => {
  const { clock, one, second } = connect({ bandwidth: 10_000, latency: 20, capacity: 1e6 });
  one.write(new Uint8Array(5000));
  clock.advance(20 + 250);
  expect(second.bytes.length).toBeGreaterThan(2000);
  expect(second.bytes.length).toBeLessThanOrEqual(2500);
  clock.advance(251);
  expect(second.bytes.length).toBe(5000);
});

test('chunks have the sizes of the conditions', () => {
  const whole = connect({ chunkSize: 10 });
  whole.one.write(count(25));
  whole.clock.advance(0);
  expect(whole.second.events).toEqual(['0 open', '0 data 10', '0 data 10', '0 data 5']);

  const random = connect({ chunkSize: [1, 5] });
  random.one.write(count(200));
  random.clock.advance(0);
  expect(random.second.bytes).toEqual(Array.from(count(200)));
  const sizes = new Set(random.second.events.slice(1, -1).map((event) => event.slice(2)));
  expect([...sizes].sort()).toEqual(['data 1', 'data 2', 'data 3', 'data 4', 'data 5']);
});

test('beyond the capacity bytes wait at the writer, which is told when they have left', () => {
  const { clock, one, two, first, second } = connect({ capacity: 100, latency: 10 });
  two.pauseReading();
  one.write(count(250));
  expect(one.getUnsentBytes()).toBe(150);
  clock.advance(1000);
  expect(one.getUnsentBytes()).toBe(150);
  expect(second.events).toEqual(['0 open']);
  two.resumeReading();
  expect(second.events).toEqual(['0 open']);
  clock.advance(100);
  expect(second.bytes).toEqual(Array.from(count(250)));
  expect(one.getUnsentBytes()).toBe(0);
  expect(first.events).toEqual(['0 open', '1010 drain']);
});
