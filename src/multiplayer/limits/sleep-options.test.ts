import { expect, test } from 'vitest';
import { checkSleep, type SleepOptions } from './sleep-options.ts';

test('the options have defaults, and can be off', () => {
  const defaults = { after: 2, packets: 16384, bytes: 4194304, inboundBufferSize: 65535, maxQueuedPackets: 2048 };
  expect([checkSleep(), checkSleep({}), checkSleep({ after: 5 }), checkSleep(false)]).toEqual([
    defaults,
    defaults,
    { ...defaults, after: 5 },
    null,
  ]);
});

test.each<[keyof SleepOptions, number, number]>([
  ['after', 0.2, 0.19],
  ['packets', 1, 0],
  ['bytes', 1, 0],
  ['inboundBufferSize', 1024, 1023],
  ['maxQueuedPackets', 16, 15],
])('%s is at least %d, and not %d', (name, least, below) => {
  expect(checkSleep({ [name]: least })?.[name]).toBe(least);
  expect(checkSleep({ [name]: least + 1 })?.[name]).toBe(least + 1);
  for (const value of [below, Number.NaN]) {
    expect(() => checkSleep({ [name]: value })).toThrow(
      new RangeError(`sleep.${name} is at least ${least}, not ${value}`),
    );
  }
});
