import { expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import { int } from '../../variant/index.ts';
import { always } from './property.ts';
import { scene } from './scene.ts';
import { SceneNode } from './scene-node.ts';
import { synchronizer } from './synchronizer-declaration.ts';

const unit = scene('res://unit.tscn', {
  Sync: synchronizer({ a: always(int) }),
  'Inputs/Sync': synchronizer({ motion: always(int) }, { authority: ({ name }) => Number(name) }),
});

test('a node of a scene has the name of its path, and its properties are plain ones', () => {
  const one = unit.instantiate({ name: 'u1' });
  const inputs = one.getNode('Inputs');
  expect([one.name, inputs.name, one.getNode('Inputs/Sync').name]).toEqual(['u1', 'Inputs', 'Sync']);
  expect(inputs).toBeInstanceOf(SceneNode);
  inputs.motion = 4;
  expect(inputs.motion).toBe(4);
  expect(Object.keys(Object.getPrototypeOf(inputs))).toEqual(['motion']);
  expect(() => {
    // @ts-expect-error a text is no int
    inputs.motion = 'x';
  }).toThrow('"motion"');
});

test.each(['name', 'free', 'getNode', 'instance', 'scenePath', 'scene', 'constructor', 'toString'])(
  'a property cannot be named %s, as a member of nodes',
  (name) => {
    expect(() => scene('res://x.tscn', { Sync: synchronizer({ [name]: always(int) }) })).toThrow(
      'a member of that name',
    );
  },
);

test('the authority that is set before a node enters the tree applies there, the later setting first', () => {
  const { server } = table([]);
  const one = unit.instantiate({ name: '7' });
  one.getNode('Sync').setMultiplayerAuthority(5);
  one.setMultiplayerAuthority(6, false);
  expect([one, one.getNode('Sync'), one.getNode('Inputs')].map((node) => node.getMultiplayerAuthority())).toEqual([
    6, 5, 1,
  ]);
  one.setMultiplayerAuthority(8);
  const nodes = [one, one.getNode('Sync'), one.getNode('Inputs'), one.getNode('Inputs/Sync')];
  expect(nodes.map((node) => node.getMultiplayerAuthority())).toEqual([8, 8, 8, 8]);
  server.multiplayer.addChild('World', one);
  // That of the declaration comes last.
  expect(nodes.map((node) => node.getMultiplayerAuthority())).toEqual([8, 8, 8, 7]);
});

test('a node that is freed leaves no authority to the next one of its path', () => {
  const { server } = table([]);
  const one = unit.instantiate({ name: '7' });
  server.multiplayer.addChild('World', one);
  one.setMultiplayerAuthority(9);
  one.free();
  const other = unit.instantiate({ name: '7' });
  server.multiplayer.addChild('World', other);
  expect(
    [other, other.getNode('Sync'), other.getNode('Inputs/Sync')].map((node) => node.getMultiplayerAuthority()),
  ).toEqual([1, 1, 7]);
});
