import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import { CHANNELS } from './diagnostics.ts';

test.each(Object.entries(CHANNELS))('%s is Node’s channel of that name', (name, ours) => {
  expect(ours).toBe(channel(name));
  expect(ours.hasSubscribers).toBe(false);
  const hear = (): void => {};
  subscribe(name, hear);
  onTestFinished(() => void unsubscribe(name, hear));
  expect(ours.hasSubscribers).toBe(true);
});
