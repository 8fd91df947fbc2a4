import { describe, expect, test } from 'vitest';
import { networkTime } from '../../examples/arena/page/meter.ts';
import { DUE, EchoWindow, isOnTime, percentile, SPAN, TickWindow } from '../../examples/arena/page/steadiness.ts';

/** A window of ticks at these intervals, from the time 1000 on. */
function windowOf(intervals: readonly number[], handled = 0, input = 1): TickWindow {
  const window = new TickWindow();
  let time = 1000;
  for (const interval of intervals) {
    time += interval;
    window.add({ time, interval, input, handled });
  }
  return window;
}

const steady = (count: number): number[] => Array.from({ length: count }, () => DUE);

describe('the figures of a lane', () => {
  test('are none before the first tick', () => {
    const { longest, onTime, mostInput, handled } = windowOf([]);
    expect([longest, onTime, mostInput, handled]).toEqual([null, null, null, null]);
  });

  test('of steady ticks: all on time', () => {
    const { longest, onTime } = windowOf(steady(120));
    expect(longest).toBeCloseTo(DUE);
    expect(onTime).toBe(1);
  });

  test('of a lane that stood still: the gap, and the ticks that were due in it', () => {
    // 60 ticks on time, then half a second without, then 30 that make up for it at once, then 30 on time.
    const { longest, onTime } = windowOf([...steady(60), 500, ...Array.from({ length: 30 }, () => 0.5), ...steady(30)]);
    expect(longest).toBe(500);
    expect(onTime).toBeCloseTo(90 / Math.round((90 * DUE + 515) / DUE));
  });

  test('a tick is on time within a quarter of what is due', () => {
    expect([0.74, 0.76, 1.24, 1.26].map((share) => isOnTime(DUE * share))).toEqual([false, true, true, false]);
  });

  test('inputs per second are those of the time that the ticks cover', () => {
    expect(windowOf(steady(60), 10).handled).toBeCloseTo(600);
    expect(windowOf([1000, 1000], 50).handled).toBe(50);
  });

  test('the most input between two ticks is that of one interval, not of all', () => {
    const window = windowOf(steady(10), 0, 5);
    window.add({ time: 2000, interval: 200, input: 131, handled: 9000 });
    window.add({ time: 2017, interval: 17, input: 4, handled: 2 });
    expect(window.mostInput).toBe(131);
  });

  test('are of the last five seconds: one late tick leaves them when it is older', () => {
    const window = windowOf([400, ...steady(299)]);
    expect(window.longest).toBe(400);
    for (let time = 1000 + 400 + 299 * DUE; window.longest === 400; ) {
      time += DUE;
      window.add({ time, interval: DUE, input: 1, handled: 0 });
      expect(time - 1400).toBeLessThan(SPAN + 2 * DUE);
    }
    expect(window.longest).toBeCloseTo(DUE);
    const [first] = window.ticks;
    expect(window.ticks.at(-1)!.time - first!.time).toBeLessThan(SPAN);
  });
});

describe('the echoes of the page', () => {
  test('95 of 100 are faster than what is shown', () => {
    const echoes = new EchoWindow();
    for (let value = 1; value <= 100; value++) echoes.add(1000 + value, value);
    expect(echoes.slowest(1200)).toBe(95);
  });

  test('are forgotten after five seconds', () => {
    const echoes = new EchoWindow();
    echoes.add(1000, 300);
    echoes.add(2000, 20);
    expect(echoes.slowest(1000 + SPAN - 1)).toBe(300);
    expect(echoes.slowest(1000 + SPAN)).toBe(20);
    expect(echoes.slowest(2000 + SPAN)).toBeNull();
  });

  test('a percentile is one of the values', () => {
    expect(percentile([], 0.95)).toBeNull();
    expect(percentile([7], 0.95)).toBe(7);
    expect(percentile([3, 1, 2], 0)).toBe(1);
    expect(percentile([3, 1, 2], 0.34)).toBe(2);
    expect(percentile([3, 1, 2], 1)).toBe(3);
  });
});

test('the network is what is left of a round trip without the wait for the tick', () => {
  expect(networkTime({ time: 100, waited: 12 }, 115)).toBe(3);
  expect(networkTime({ time: 100, waited: 12.01 }, 112)).toBe(0); // two clocks, rounded apart
});
