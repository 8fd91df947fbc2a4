import { expect, test } from 'vitest';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { WakeHook } from './wake-hook.ts';

/** A hook, its owner's flag, and how often its callback was called. */
function setUp(): { hook: WakeHook; clock: FakeClock; owner: { isAwake: boolean }; calls: () => number } {
  const clock = new FakeClock();
  const owner = { isAwake: false };
  const hook = new WakeHook(clock, () => owner.isAwake);
  let calls = 0;
  hook.callback = () => calls++;
  return { hook, clock, owner, calls: () => calls };
}

test('calls the callback at once from the event loop, and once between two polls', () => {
  const { hook, calls } = setUp();
  hook.wake(false);
  hook.wake(false);
  expect(calls()).toBe(1);
  hook.reset();
  hook.wake(false);
  expect(calls()).toBe(2);
});

test('inside a call of the program’s, waits for the end of the turn, unless a poll comes first', () => {
  const { hook, clock, owner, calls } = setUp();
  owner.isAwake = true;
  hook.wake(true);
  expect(calls()).toBe(0);
  clock.endTurn();
  expect(calls()).toBe(1);
  hook.reset();
  hook.wake(true);
  owner.isAwake = false;
  hook.reset();
  clock.endTurn();
  expect(calls()).toBe(1);
});

test('a callback that is set late is called when the turn ends, if there is something to do', () => {
  const { hook, clock, owner } = setUp();
  let late = 0;
  hook.callback = () => late++;
  clock.endTurn();
  expect(late).toBe(0);
  owner.isAwake = true;
  hook.callback = () => late++;
  clock.endTurn();
  expect(late).toBe(1);
});

test('calls it at a deadline; without a callback there is no timer', () => {
  const { hook, clock, calls } = setUp();
  hook.arm(100);
  hook.arm(100);
  expect(clock.timerCount).toBe(1);
  clock.advance(100);
  expect([calls(), clock.timerCount]).toEqual([1, 0]);
  hook.arm(200);
  hook.callback = null;
  expect(clock.timerCount).toBe(0);
  hook.arm(300);
  expect(clock.timerCount).toBe(0);
});
