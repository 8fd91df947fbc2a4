import { expect, test } from 'vitest';
import { Signal } from './signal.ts';

test('callbacks are called in the order in which they were connected, each once', () => {
  const signal = new Signal<[number]>();
  const calls: string[] = [];
  const first = (value: number): void => void calls.push(`first ${value}`);
  const second = (value: number): void => void calls.push(`second ${value}`);
  expect(signal.hasConnections()).toBe(false);
  for (const callback of [first, second, first]) signal.connect(callback);
  signal.emit(1);
  expect(calls).toEqual(['first 1', 'second 1']);
  signal.disconnect(first);
  signal.disconnect(first);
  signal.emit(2);
  expect(calls.slice(2)).toEqual(['second 2']);
  expect([signal.isConnected(first), signal.isConnected(second), signal.hasConnections()]).toEqual([false, true, true]);
});

test('those that are connected while it is emitted wait, and those that are disconnected still run', () => {
  const signal = new Signal<[]>();
  const calls: string[] = [];
  const late = (): void => void calls.push('late');
  const other = (): void => void calls.push('other');
  signal.connect(() => {
    signal.connect(late);
    signal.disconnect(other);
  });
  signal.connect(other);
  signal.emit();
  expect(calls).toEqual(['other']);
  signal.emit();
  expect(calls).toEqual(['other', 'late']);
});

test('after one that throws the others run, and the first error is thrown', () => {
  const signal = new Signal<[]>();
  let calls = 0;
  for (const message of ['one', 'two']) {
    signal.connect(() => {
      throw new Error(message);
    });
    signal.connect(() => calls++);
  }
  expect(() => signal.emit()).toThrow('one');
  expect(calls).toBe(2);
});

test('an undefined error is thrown, too', () => {
  const signal = new Signal<[]>();
  signal.connect(() => {
    throw undefined;
  });
  let hasThrown = false;
  try {
    signal.emit();
  } catch {
    hasThrown = true;
  }
  expect(hasThrown).toBe(true);
});

test('only functions are connected', () => {
  const signal = new Signal<[]>();
  expect(() => signal.connect(undefined as never)).toThrow(TypeError);
  expect(signal.hasConnections()).toBe(false);
});
