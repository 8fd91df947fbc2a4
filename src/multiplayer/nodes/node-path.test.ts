import { describe, expect, test } from 'vitest';
import { isNodeName, join, nameOf, parentOf, resolve, splitProperty } from './node-path.ts';

test.each([
  ['a/b/c', 'a/b', 'c'],
  ['a', '.', 'a'],
  ['.', '.', '.'],
])('the parent of %s is %s, and its name is %s', (path, parent, name) => {
  expect([parentOf(path), nameOf(path)]).toEqual([parent, name]);
});

test('a path is joined to its parent, and the root adds nothing', () => {
  expect([join('.', 'a'), join('a', 'b/c'), join('a', '.'), join('a', ''), join('.', '.')]).toEqual([
    'a',
    'a/b/c',
    'a',
    'a',
    '.',
  ]);
});

describe('a path that is seen from a node', () => {
  test.each([
    ['World/Spawner', '../Players', 'World/Players'],
    ['Sync', '..', '.'],
    ['Inputs/InputsSync', '..', 'Inputs'],
    ['Inputs/InputsSync', '../..', '.'],
    ['a', '.', 'a'],
    ['a', '', 'a'],
    ['.', 'a//b', 'a/b'],
    ['a/b', '/root', '.'],
    ['a/b', '/root/', '.'],
    ['a/b', '/root/World/Players', 'World/Players'],
  ])('from %s, %s is %s', (from, path, found) => {
    expect(resolve(from, path)).toBe(found);
  });

  test.each(['../..', '../../a', '/rooted', '/', '/World'])(
    '%s is refused from a node directly below the root',
    (path) => {
      expect(() => resolve('a', path)).toThrow(TypeError);
    },
  );
});

test.each([
  ['position', '.', 'position'],
  ['Sprite2D:frame', 'Sprite2D', 'frame'],
  ['.:position:x', '.', 'position:x'],
  [':position', '.', 'position'],
  ['../Other:a', '../Other', 'a'],
])('the property %s belongs to the node %s and is named %s', (key, node, name) => {
  expect(splitProperty(key)).toEqual({ node, name });
});

test.each(['', 'a.b', 'a:b', '@a', 'a/b', 'a"', '50%', 'a\0'])('a node cannot be named %j', (name) => {
  expect(isNodeName(name)).toBe(false);
});

test.each(['a', '5', ' ', 'ü €', 'a-b_c!', '日本'])('a node can be named %j', (name) => {
  expect(isNodeName(name)).toBe(true);
});
