import { describe, expect, test } from 'vitest';
import { Authorities } from './authority.ts';

const SERVER = 1;

test('the server is the authority of every node', () => {
  const authorities = new Authorities();
  expect(['.', 'Main', 'Main/A'].map((path) => authorities.get(path))).toEqual([SERVER, SERVER, SERVER]);
});

test('setting one node does not change those below it', () => {
  const authorities = new Authorities();
  authorities.set('Main', 5, false);
  expect(['.', 'Main', 'Main/A'].map((path) => authorities.get(path))).toEqual([SERVER, 5, SERVER]);
});

describe('setting a node recursively', () => {
  test('sets those below it at any depth, and no node whose name only has the same beginning', () => {
    const authorities = new Authorities();
    authorities.set('Main', 5, true);
    expect(['Main/A', 'Main/A/B/C'].map((path) => authorities.get(path))).toEqual([5, 5]);
    expect(['.', 'MainMenu', 'Other', 'Other/Main'].map((path) => authorities.get(path))).toEqual(
      Array(4).fill(SERVER),
    );
  });

  test('replaces what was set below it earlier, and not what is set later', () => {
    const authorities = new Authorities();
    authorities.set('Main/A', 6, false);
    authorities.set('Main/B', 6, true);
    authorities.set('MainMenu', 7, false);
    authorities.set('Main', 5, true);
    authorities.set('Main/C', 8, false);
    const paths = ['Main/A', 'Main/B/X', 'MainMenu', 'Main/C', 'Main/C/X'];
    expect(paths.map((path) => authorities.get(path))).toEqual([5, 5, 7, 8, 5]);
  });

  test('at the root, sets all nodes', () => {
    const authorities = new Authorities();
    authorities.set('Main', 6, false);
    authorities.set('.', 5, true);
    expect(['.', 'Main', 'Main/A'].map((path) => authorities.get(path))).toEqual([5, 5, 5]);
  });

  test('a node has the authority of the nearest node above that has one', () => {
    const authorities = new Authorities();
    authorities.set('A', 5, true);
    authorities.set('A/B', 6, true);
    expect(['A/X', 'A/B', 'A/B/C'].map((path) => authorities.get(path))).toEqual([5, 6, 6]);
  });
});

test('a node whose authority is removed has that of the node above', () => {
  const authorities = new Authorities();
  authorities.set('A', 5, true);
  authorities.set('A/B', 6, false);
  authorities.delete('A/B');
  expect(authorities.get('A/B')).toBe(5);
  authorities.delete('A');
  expect(authorities.get('A/B')).toBe(SERVER);
});
