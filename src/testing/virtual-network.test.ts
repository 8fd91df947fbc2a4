import { expect, test } from 'vitest';
import { count } from '../../test/support/virtual-pair.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';

test('a network repeats itself exactly for the same seed, and not for another', () => {
  const run = (seed: number): string[] => {
    const clock = new VirtualClock();
    const lines: string[] = [];
    const network = new VirtualNetwork({
      clock,
      seed,
      latency: 10,
      jitter: 30,
      loss: 0.1,
      chunkSize: [1, 50],
      log: (line) => lines.push(line),
    });
    for (let link = 0; link < 3; link++) {
      const [one, two] = network.connect().ends;
      one.write(count(200));
      two.write(count(100));
      clock.advance(5);
      one.end();
      two.linger(100);
    }
    clock.advance(1000);
    return lines;
  };
  expect(run(1).length).toBeGreaterThan(20);
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});

test.each([
  { latency: -1 },
  { latency: Number.NaN },
  { latency: Number.POSITIVE_INFINITY },
  { jitter: -1 },
  { bandwidth: 0 },
  { capacity: 0 },
  { chunkSize: 0 },
  { chunkSize: [5, 4] as const },
  { loss: 1.1 },
  { retransmissionDelay: -1 },
  { connectTime: -1 },
  { there: { latency: -1 } },
])('refuses %j', (options) => {
  const network = new VirtualNetwork({ clock: new VirtualClock() });
  expect(() => network.connect(options)).toThrow(RangeError);
});
