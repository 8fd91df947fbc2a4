import { expect, test } from 'vitest';
import { FirstError } from './first-error.ts';

test('the first error is thrown, once', () => {
  const errors = new FirstError();
  errors.rethrow();
  errors.note(null);
  errors.note(new Error('second'));
  let caught: unknown = 'nothing';
  try {
    errors.rethrow();
  } catch (error) {
    caught = error;
  }
  expect(caught).toBeNull();
  errors.rethrow();
  errors.note(new Error('third'));
  expect(() => errors.rethrow()).toThrow('third');
});
