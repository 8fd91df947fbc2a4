import { expect, test } from 'vitest';
import { Counters, copyReceived, copySent } from './counters.ts';

/** Counters whose fields are 1, 2, 3 and so on. */
function numbered(): Counters {
  const counters = new Counters();
  Object.keys(counters).forEach((name, index) => {
    Reflect.set(counters, name, index + 1);
  });
  return counters;
}

test('a new one is at zero, and has no round-trip time', () => {
  const { roundTripTime, ...counts } = new Counters();
  expect(roundTripTime).toBe(-1);
  expect(new Set(Object.values(counts))).toEqual(new Set([0]));
});

test('the two copies together copy every counter, and none twice', () => {
  const from = numbered();
  const [received, sent, both] = [new Counters(), new Counters(), new Counters()];
  copyReceived(from, received);
  copySent(from, sent);
  copyReceived(from, both);
  copySent(from, both);
  expect(both).toEqual(from);
  const fresh = new Counters();
  for (const name of Object.keys(fresh) as (keyof Counters)[]) {
    const copies = [received, sent].filter((counters) => counters[name] !== fresh[name]);
    expect([name, copies.length]).toEqual([name, 1]);
  }
});

test('without counters to copy to nothing happens', () => {
  const from = numbered();
  copyReceived(from, null);
  copySent(from, null);
  expect(from).toEqual(numbered());
});
