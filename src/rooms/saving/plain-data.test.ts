import { describe, expect, test } from 'vitest';
import { checkPlainData } from './plain-data.ts';

/** Arrays in arrays. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < levels; n++) value = [value];
  return value;
}

describe('plain data', () => {
  test.each([null, true, 'text', -1.5, { a: [1, { b: undefined }] }])('is what JSON keeps: %j', (value) =>
    expect(() => checkPlainData(value, 'it')).not.toThrow(),
  );

  test.each([
    [undefined, 'it is no plain data: undefined'],
    [{ a: [Number.NaN] }, 'it.a[0] is no plain data: NaN'],
    [{ at: new Date(0) }, 'it.at is no plain data: an object of the class Date'],
  ])('all else is refused with its place: %#', (value, message) => {
    expect(() => checkPlainData(value, 'it')).toThrow(new TypeError(message));
  });

  test.each([99, 100])('%i levels', (levels) => {
    expect(() => checkPlainData(nested(levels), 'it')).not.toThrow();
  });

  test('101 levels are too many', () => {
    expect(() => checkPlainData(nested(101), 'it')).toThrow('more than 100 levels deep');
  });
});
