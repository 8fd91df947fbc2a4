import { onTestFinished } from 'vitest';
import { Random, VirtualClock } from '../../src/testing/index.ts';
import { testBroker } from '../cluster/broker-contract.ts';
import { MemoryBroker } from './memory-broker.ts';

testBroker(() => {
  const clock = new VirtualClock();
  const broker = new MemoryBroker(clock, new Random(1));
  // The time of the clock passes with that of the test.
  let last = performance.now();
  let turn = setImmediate(function advance() {
    const now = performance.now();
    clock.advance(now - last);
    last = now;
    turn = setImmediate(advance);
  });
  onTestFinished(() => clearImmediate(turn));
  return async () => broker.connect();
});
