import { describe, expect, test } from 'vitest';
import { int, optional, type Schema, string } from '../../variant/index.ts';
import { ArgumentList } from './argument-list.ts';
import { RestSchema, rest, StrictSchema, strict } from './argument-schemas.ts';

const many = (count: number): Schema<unknown>[] => Array.from({ length: count }, () => int as Schema<unknown>);

describe('the arguments of a method', () => {
  test.each([
    ['0', [], [0], [1]],
    ['2', [int, string], [2], [1, 3]],
    ['1 to 2', [int, optional(int)], [1, 2], [0, 3]],
    ['0 to 2', [optional(int), optional(int)], [0, 1, 2], [3]],
    ['at least 1', [int, rest(int)], [1, 2, 255], [0, 256]],
    ['at least 0', [rest(int)], [0, 255], [256]],
    ['at least 1', [int, optional(int), rest(int)], [1, 2, 3], [0]],
  ] as const)('are %s', (range, schemas, taken, refused) => {
    const list = new ArgumentList(schemas as unknown as Schema<unknown>[]);
    expect(list.range).toBe(range);
    for (const count of taken) expect(list.takes(count)).toBe(true);
    for (const count of refused) expect(list.takes(count)).toBe(false);
  });

  test.each([
    ['a required one after an optional one', [optional(int), int], 'argument 2'],
    ['one after the rest', [rest(int), int], 'argument 1'],
    ['two rests', [int, rest(int), rest(int)], 'argument 2'],
    ['an optional one after the rest', [rest(int), optional(int)], 'argument 1'],
  ] as const)('cannot be %s', (_name, schemas, where) => {
    expect(() => new ArgumentList(schemas as unknown as Schema<unknown>[])).toThrow(where);
  });

  test('are at most 255', () => {
    expect(new ArgumentList(many(255)).most).toBe(255);
    expect(() => new ArgumentList(many(256))).toThrow(RangeError);
  });

  test('have a schema each, and those after the last have that of the rest', () => {
    const more = rest(string);
    const list = new ArgumentList([int, more] as unknown as Schema<unknown>[]);
    expect([list.at(0), list.at(1), list.at(2), list.at(254)]).toEqual([int, more, more, more]);
  });
});

test('strict and rest read and check as the schema in them, under a name of their own', () => {
  const [exact, more] = [strict(int), rest(int)];
  expect([exact, more]).toEqual([expect.any(StrictSchema), expect.any(RestSchema)]);
  expect([exact.name, more.name]).toEqual(['int', '...int']);
  for (const schema of [exact, more]) {
    expect(schema.elementType).toBe(int.elementType);
    expect(schema.check(5)).toBeNull();
    expect(schema.check('5')).not.toBeNull();
    expect(schema.decode(schema.encode(5))).toMatchObject({ value: 5 });
  }
});
