import { describe, expect, test } from 'vitest';
import { readSavedRoom, type SavedRoom, writeSavedRoom } from './saved-room.ts';

const room: SavedRoom = { kind: 'match', metadata: {}, capacity: 4, isLocked: false, isListed: true, data: null };

/** Arrays in arrays. */
function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let n = 0; n < levels; n++) value = [value];
  return value;
}

describe('a saved room', () => {
  test.each<[string, Partial<SavedRoom>]>([
    ['all values', { data: { n: -1.5, text: 'ä\0', yes: true, none: null, list: [1, [2], {}] } }],
    ['metadata, and another state', { metadata: { map: 'ice' }, isLocked: true, isListed: false, capacity: 9 }],
    ['a capacity without an end', { capacity: Number.POSITIVE_INFINITY }],
    ['an object without a prototype', { data: Object.assign(Object.create(null), { a: 1 }) }],
    ['99 levels', { data: nested(99) }],
    ['100 levels', { data: nested(100) }],
  ])('is read as it was written: %s', (_, changes) => {
    const saved = { ...room, ...changes };
    expect(readSavedRoom(writeSavedRoom(saved))).toEqual({ ...saved });
  });

  test('a property that is undefined is left out', () => {
    expect(readSavedRoom(writeSavedRoom({ ...room, data: { a: undefined, b: 1 } })).data).toStrictEqual({ b: 1 });
  });

  class Unit {}
  const circle: unknown[] = [];
  circle.push(circle);
  test.each<[unknown, string]>([
    [Number.NaN, 'save() is no plain data: NaN'],
    [{ units: [1, Number.POSITIVE_INFINITY] }, 'save().units[1] is no plain data: Infinity'],
    [[undefined], 'save()[0] is no plain data: undefined'],
    [10n, 'bigint'],
    [() => {}, 'function'],
    [{ at: new Date(0) }, 'save().at is no plain data: an object of the class Date'],
    [new Map(), 'class Map'],
    [new Uint8Array(1), 'class Uint8Array'],
    [{ unit: new Unit() }, 'class Unit'],
    [{ toJSON: 1 }, 'no plain data'],
    [nested(101), 'more than 100 levels deep'],
    [circle, 'more than 100 levels deep'],
  ])('what would not be the same is refused: %#', (data, message) => {
    expect(() => writeSavedRoom({ ...room, data })).toThrow(message);
  });

  test('metadata is checked, too', () => {
    expect(() => writeSavedRoom({ ...room, metadata: { host: new Unit() } })).toThrow('metadata.host');
  });

  const good = JSON.parse(writeSavedRoom(room));
  test.each([
    '',
    'x',
    'null',
    '[]',
    '{}',
    ...[{ form: 2 }, { kind: 1 }, { metadata: [] }, { capacity: 0 }, { capacity: 1.5 }, { isLocked: 1 }].map((wrong) =>
      JSON.stringify({ ...good, ...wrong }),
    ),
  ])('a text that is none throws: %s', (text) => {
    expect(() => readSavedRoom(text)).toThrow();
  });
});
