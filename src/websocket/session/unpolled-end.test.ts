import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { changed, DEFAULT_SETTINGS } from '../settings/peer-settings.ts';
import { UnpolledEnd } from './unpolled-end.ts';

test('is due once after half of closeTimeLimit without a poll', () => {
  const clock = new FakeClock();
  let due = 0;
  const end = new UnpolledEnd(clock, changed(DEFAULT_SETTINGS, 'closeTimeLimit', 1000), () => due++);
  clock.advance(499);
  end.restart();
  clock.advance(499);
  expect(due).toBe(0);
  clock.advance(1);
  clock.advance(5000);
  expect([due, clock.timerCount]).toEqual([1, 0]);
});

test('can be cancelled', () => {
  const clock = new FakeClock();
  const end = new UnpolledEnd(clock, DEFAULT_SETTINGS, () => expect.unreachable());
  end.cancel();
  end.cancel();
  clock.advance(60_000);
  expect(clock.timerCount).toBe(0);
});
