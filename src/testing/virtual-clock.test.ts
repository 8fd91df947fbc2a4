import { describe, expect, test } from 'vitest';
import { Random } from './random.ts';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  test('does not move by itself', () => {
    const clock = new VirtualClock();
    expect(clock.now()).toBe(0);
    clock.advance(16.5);
    expect(clock.now()).toBe(16.5);
    clock.advance(0);
    expect(clock.now()).toBe(16.5);
  });

  test('calls timers in the order of their times, equal ones in the order they were set', () => {
    const clock = new VirtualClock();
    const rung: string[] = [];
    for (const [name, at] of [
      ['c', 20],
      ['a', 10],
      ['b', 10],
      ['now', 0],
      ['past', -5],
      ['late', 31],
    ] as const) {
      clock.setTimeout(() => rung.push(`${name} ${clock.now()}`), at);
    }
    clock.advance(30);
    expect(rung).toEqual(['now 0', 'past 0', 'a 10', 'b 10', 'c 20']);
    expect(clock.now()).toBe(30);
    expect(clock.timerCount).toBe(1);
    expect(clock.nextTimerAt).toBe(31);
  });

  test('calls a timer that a callback sets, if it is due', () => {
    const clock = new VirtualClock();
    const rung: number[] = [];
    const again = (): void => {
      rung.push(clock.now());
      clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 10);
    clock.advance(35);
    expect(rung).toEqual([10, 20, 30]);
  });

  test('never calls a timer before its time, with any fraction', () => {
    const clock = new VirtualClock();
    clock.advance(0.1);
    const due = clock.now() + 33.3;
    let rungAt = 0;
    clock.setTimeout(() => {
      rungAt = clock.now();
    }, due - clock.now());
    clock.advance(40);
    expect(rungAt).toBeGreaterThanOrEqual(due);
    expect(rungAt - due).toBeLessThan(1 / 1000);
  });

  test('does not call a timer that was cleared, once or twice, or at the same time', () => {
    const clock = new VirtualClock();
    const rung: string[] = [];
    const first = clock.setTimeout(() => rung.push('first'), 5);
    clock.clearTimeout(first);
    clock.clearTimeout(first);
    clock.clearTimeout(null);
    clock.clearTimeout(undefined);
    let second: unknown = null;
    clock.setTimeout(() => clock.clearTimeout(second), 10);
    second = clock.setTimeout(() => rung.push('second'), 10);
    expect(clock.timerCount).toBe(2);
    clock.advance(100);
    expect(rung).toEqual([]);
    expect(clock.timerCount).toBe(0);
    expect(clock.nextTimerAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('keeps the order among many that are set and cleared', () => {
    const clock = new VirtualClock();
    const random = new Random(3);
    const rung: number[] = [];
    const expected: number[] = [];
    const timers: { timer: unknown; at: number }[] = [];
    for (let index = 0; index < 3000; index++) {
      const at = random.integer(0, 500);
      timers.push({ timer: clock.setTimeout(() => rung.push(at), at), at });
      if (random.chance(0.6)) {
        const [gone] = timers.splice(random.integer(0, timers.length - 1), 1);
        clock.clearTimeout(gone?.timer);
      }
    }
    expected.push(...timers.map(({ at }) => at).sort((a, b) => a - b));
    expect(clock.timerCount).toBe(expected.length);
    clock.advance(500);
    expect(rung).toEqual(expected);
  });

  test('ends a turn before the next timer', () => {
    const clock = new VirtualClock();
    const happened: string[] = [];
    clock.atTurnEnd(() => {
      happened.push('end 0');
      clock.atTurnEnd(() => happened.push('end 0b'));
    });
    clock.setTimeout(() => {
      happened.push('timer 1');
      clock.atTurnEnd(() => happened.push('end 1'));
    }, 0);
    clock.setTimeout(() => happened.push('timer 2'), 0);
    expect(happened).toEqual([]);
    clock.advance(0);
    expect(happened).toEqual(['end 0', 'end 0b', 'timer 1', 'end 1', 'timer 2']);
    clock.atTurnEnd(() => happened.push('end'));
    clock.endTurn();
    expect(happened.at(-1)).toBe('end');
  });

  test('runUntil stops at the turn in which the condition holds', () => {
    const clock = new VirtualClock();
    let count = 0;
    for (const at of [10, 20, 30]) clock.setTimeout(() => count++, at);
    expect(clock.runUntil(() => count === 2, 1000)).toBe(true);
    expect(clock.now()).toBe(20);
    expect(clock.runUntil(() => count === 9, 1000)).toBe(false);
    expect(clock.now()).toBe(1020);
    expect(clock.runUntil(() => count === 3, 1000)).toBe(true);
    expect(clock.now()).toBe(1020);
  });

  test('passes on an exception, and continues after it', () => {
    const clock = new VirtualClock();
    const happened: string[] = [];
    clock.setTimeout(() => {
      clock.atTurnEnd(() => {
        throw new Error('no');
      });
      clock.atTurnEnd(() => happened.push('after'));
    }, 10);
    expect(() => clock.advance(100)).toThrow('no');
    expect(clock.now()).toBe(10);
    clock.advance(90);
    expect(happened).toEqual(['after']);
    expect(clock.now()).toBe(100);
  });

  test('refuses to move inside a callback, backwards, or for ever', () => {
    const clock = new VirtualClock();
    clock.setTimeout(() => clock.advance(1), 1);
    expect(() => clock.advance(10)).toThrow('runs already');
    for (const milliseconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => clock.advance(milliseconds)).toThrow(RangeError);
    }
    expect(() => clock.setTimeout(() => {}, Number.NaN)).toThrow(RangeError);
    clock.setTimeout(() => expect.unreachable(), Number.POSITIVE_INFINITY);
    expect(clock.timerCount).toBe(0);
  });

  test('finds an endless loop at one time', () => {
    const clock = new VirtualClock();
    const again = (): void => clock.atTurnEnd(again);
    again();
    expect(() => clock.advance(1)).toThrow('endless loop');
  });
});
