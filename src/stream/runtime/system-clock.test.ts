import { describe, expect, test } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { systemClock } from './system-clock.ts';

describe('systemClock', () => {
  test('moves forward', () => {
    const before = systemClock.now();
    expect(systemClock.now()).toBeGreaterThanOrEqual(before);
  });

  test('a timer fires once, a cleared one never', async () => {
    const fired: string[] = [];
    const cleared = systemClock.setTimeout(() => fired.push('cleared'), 1);
    systemClock.setTimeout(() => fired.push('kept'), 1);
    systemClock.clearTimeout(cleared);
    systemClock.clearTimeout(undefined);
    await until(() => fired.length > 0);
    expect(fired).toEqual(['kept']);
  });

  test('a delay that Node cannot hold does not fire at once', async () => {
    let fired = false;
    const timer = systemClock.setTimeout(() => {
      fired = true;
    }, Number.POSITIVE_INFINITY);
    let later = false;
    systemClock.setTimeout(() => {
      later = true;
    }, 5);
    await until(() => later);
    expect(fired).toBe(false);
    systemClock.clearTimeout(timer);
  });

  test('all callbacks of one turn share one immediate and keep their order', async () => {
    const immediates = (): number => process.getActiveResourcesInfo().filter((what) => what === 'Immediate').length;
    const before = immediates();
    const order: number[] = [];
    for (const number of [1, 2, 3]) systemClock.atTurnEnd(() => order.push(number));
    expect(immediates() - before).toBe(1);
    expect(order).toEqual([]);
    await until(() => order.length === 3);
    expect(order).toEqual([1, 2, 3]);
  });

  test('a callback that is added while others run waits for the next turn', async () => {
    const order: string[] = [];
    systemClock.atTurnEnd(() => {
      systemClock.atTurnEnd(() => order.push('added'));
      setImmediate(() => order.push('after'));
    });
    systemClock.atTurnEnd(() => order.push('second'));
    await until(() => order.length === 3);
    expect(order).toEqual(['second', 'added', 'after']);
  });

  test('a callback that throws does not prevent the others', async () => {
    const uncaught: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => uncaught.push(error));
    const problem = new Error('on purpose');
    let ran = false;
    systemClock.atTurnEnd(() => {
      throw problem;
    });
    systemClock.atTurnEnd(() => {
      ran = true;
    });
    await until(() => ran && uncaught.length > 0);
    for (const listener of others) process.on('uncaughtException', listener);
    expect(uncaught).toEqual([problem]);
  });
});
