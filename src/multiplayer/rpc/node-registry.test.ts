import { expect, test } from 'vitest';
import { fits, NodeRegistry } from './node-registry.ts';
import { rpc } from './rpc-method.ts';

const METHODS = { hit: rpc.anyPeer() };

test.each(['.', 'Main', 'Main/Player', '*', 'Main/*', '*/Gun', 'Main/*/Gun/*', 'ä b'])(
  '"%s" can be declared',
  (path) => {
    const registry = new NodeRegistry();
    expect(registry.declare(path, METHODS).scriptNames).toEqual(['hit']);
    expect(() => registry.declare(path, METHODS)).toThrow('is declared already');
  },
);

test.each(['', '/', '/root', 'Main/', 'Main//Player', '..', 'Main/..', './Main', 'a:b', 'a@b', 'a"b', 'a%b', 'a\0b'])(
  '"%s" is no path',
  (path) => {
    expect(() => new NodeRegistry().declare(path, METHODS)).toThrow(TypeError);
  },
);

test('a node is found by its path, and no other is', () => {
  const registry = new NodeRegistry();
  const table = registry.declare('Main', METHODS);
  expect(registry.find('Main')).toEqual({ path: 'Main', table });
  for (const path of ['main', 'Main/Player', '', '*', 'toString']) expect(registry.find(path)).toBeUndefined();
});

test('the declared path comes before patterns, and the first pattern before later ones', () => {
  const registry = new NodeRegistry();
  const second = registry.declare('*/Player', METHODS);
  const third = registry.declare('Main/*', METHODS);
  const exact = registry.declare('Main/Player', METHODS);
  expect(registry.find('Main/Player')?.table).toBe(exact);
  expect(registry.find('Menu/Player')).toEqual({ path: 'Menu/Player', table: second });
  expect(registry.find('Main/Gun')?.table).toBe(third);
  const both = new NodeRegistry();
  const first = both.declare('Main/*', METHODS);
  both.declare('*/Player', METHODS);
  expect(both.find('Main/Player')?.table).toBe(first);
});

test.each([
  ['*', 'a', true],
  ['*', '', false],
  ['*', '.', false],
  ['*', '..', false],
  ['*', '...', true],
  ['*', 'a/b', false],
  ['a/*', 'a', false],
  ['a/*', 'a/b', true],
  ['a/*', 'A/b', false],
  ['a/*/c', 'a/b/c', true],
  ['a/*/c', 'a//c', false],
])('the pattern "%s" fits "%s": %s', (pattern, path, expected) => {
  expect(fits(pattern.split('/'), path.split('/'))).toBe(expected);
});
