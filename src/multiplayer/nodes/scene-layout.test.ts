import { expect, test } from 'vitest';
import { int, string } from '../../variant/index.ts';
import { always, onChange, spawnOnly } from './property.ts';
import { SceneLayout } from './scene-layout.ts';
import { spawner } from './spawner-declaration.ts';
import { synchronizer } from './synchronizer-declaration.ts';

test('properties have slots in the order of the declarations, and belong to the node of their path', () => {
  const layout = new SceneLayout({
    Sync: synchronizer({
      b: always(int),
      a: onChange(int),
      title: spawnOnly(string),
      'Sprite:frame': onChange(int, 0, { spawn: false }),
    }),
    'Inputs/Sync': synchronizer({ motion: always(int), '..:speed': always(int), '.:a:x': always(int) }),
    Members: spawner({ spawnPath: '..' }),
  });
  expect(layout.slots.map(({ label }) => label)).toEqual([
    'b',
    'a',
    'title',
    'Sprite:frame',
    'motion',
    '..:speed',
    '.:a:x',
  ]);
  expect(layout.nodes.map(({ path, properties }) => [path, ...properties])).toEqual([
    ['.', ['b', 0], ['a', 1], ['title', 2], ['speed', 5]],
    ['Sync'],
    ['Sprite', ['frame', 3]],
    ['Inputs/Sync'],
    ['Inputs', ['motion', 4], ['a:x', 6]],
    ['Members'],
  ]);
  expect(
    layout.synchronizers.map(({ path, root, spawned, always: sent, watched }) => ({
      path,
      root,
      spawned,
      sent,
      watched,
    })),
  ).toEqual([
    { path: 'Sync', root: '.', spawned: [0, 1, 2], sent: [0], watched: [1, 3] },
    { path: 'Inputs/Sync', root: 'Inputs', spawned: [4, 5, 6], sent: [4, 5, 6], watched: [] },
  ]);
  expect(layout.spawners.map(({ path }) => path)).toEqual(['Members']);
});

test('a property of one node that is declared by two synchronizers is refused', () => {
  const twice = { One: synchronizer({ a: always(int) }), Two: synchronizer({ '.:a': always(int) }) };
  expect(() => new SceneLayout(twice)).toThrow('"a" of "." is declared twice');
});

test.each(['.', '', '..', '../Sync', 'a//b', '/Sync', 'a/', 'a/./b', 'Sync:a', '@Sync', 'a/"b', '50%'])(
  'a synchronizer cannot be at %j',
  (path) => {
    expect(() => new SceneLayout({ [path]: synchronizer({ a: always(int) }) })).toThrow(TypeError);
  },
);

test('the root of a synchronizer and the nodes of its properties are inside the scene', () => {
  expect(() => new SceneLayout({ Sync: synchronizer({ a: always(int) }, { rootPath: '../..' }) })).toThrow(TypeError);
  expect(() => new SceneLayout({ Sync: synchronizer({ '../X:a': always(int) }) })).toThrow(TypeError);
});

test('what is not made by synchronizer or spawner is refused', () => {
  expect(() => new SceneLayout({ Sync: { kind: 'synchronizer' } })).toThrow('declared by synchronizer() or spawner()');
});
