import { describe, expect, test } from 'vitest';
import { FreeNames } from './free-names.ts';

/** Names below `World`, and how often it was asked whether one is taken. */
function namesOf(taken: readonly string[]): {
  take: (name: string) => string;
  free: (name: string) => void;
  tries: number;
} {
  const paths = new Set(taken.map((name) => `World/${name}`));
  const names = new FreeNames((path) => {
    if (++result.tries > 100_000) throw new Error('no end');
    return paths.has(path);
  });
  const result = {
    tries: 0,
    take: (name: string): string => {
      const chosen = names.choose('World', name);
      paths.add(`World/${chosen}`);
      return chosen;
    },
    free: (name: string): void => {
      paths.delete(`World/${name}`);
      names.release(`World/${name}`);
    },
  };
  return result;
}

describe('a name that is taken gets the next number, as in the engine', () => {
  test.each([
    ['Player', [], 'Player'],
    ['Player', ['Player'], 'Player2'],
    ['Player', ['Player', 'Player2', 'Player3'], 'Player4'],
    ['Player9', ['Player9'], 'Player10'],
    ['p007', ['p007'], 'p008'],
    ['p099', ['p099', 'p100'], 'p101'],
    ['9', ['9'], '10'],
    ['x9007199254740992', ['x9007199254740992', 'x9007199254740993'], 'x9007199254740994'],
    ['x99999999999999999999999', ['x99999999999999999999999'], 'x100000000000000000000000'],
  ])('%s beside %j is %s', (name, taken, free) => {
    expect(namesOf(taken).take(name)).toBe(free);
  });
});

test('a number that is free again is the next one, whatever the order in which nodes leave', () => {
  const names = namesOf([]);
  expect(Array.from({ length: 5 }, () => names.take('u'))).toEqual(['u', 'u2', 'u3', 'u4', 'u5']);
  names.free('u4');
  names.free('u2');
  expect([names.take('u'), names.take('u'), names.take('u')]).toEqual(['u2', 'u4', 'u6']);
  expect(names.take('u3')).toBe('u7');
  names.free('u5');
  names.free('u');
  expect([names.take('u3'), names.take('u'), names.take('u')]).toEqual(['u5', 'u', 'u8']);
});

test('thousands of nodes of one name take a few tries each', () => {
  const names = namesOf([]);
  for (let count = 0; count < 5000; count++) names.take('Bullet');
  expect(names.tries).toBeLessThan(20_000);
  for (let count = 2; count <= 5000; count++) names.free(`Bullet${count}`);
  expect(names.take('Bullet')).toBe('Bullet2');
});
