import { expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import { array, int, variant } from '../../variant/index.ts';
import { always, onChange } from './property.ts';
import { scene } from './scene.ts';
import { synchronizer } from './synchronizer-declaration.ts';

const unit = scene('res://scenes/unit.tscn', {
  Sync: synchronizer({ health: onChange(int, 3), list: always(array(variant)) }),
});

test('an instance has the name of the file, the first values, and what it is given', () => {
  const one = unit.instantiate();
  expect([one.name, one.health, one.list, one.scene, one.scenePath]).toEqual(['unit', 3, [], unit, '.']);
  const other = unit.instantiate({ name: 'u1', health: 7 });
  expect([other.name, other.health]).toEqual(['u1', 7]);
  // Without `exactOptionalPropertyTypes` this compiles.
  expect(Reflect.apply(unit.instantiate, unit, [{ name: undefined, health: undefined }]).health).toBe(3);
  one.list.push(1);
  expect(other.list).toEqual([]);
});

test.each([
  ['res://a.b.tscn', 'a_b'],
  ['res://50%@x:y.tscn', '50__x_y'],
  ['unit', 'unit'],
  ['res://.tscn', 'Node'],
])('an instance of %s without a name is named %s', (path, name) => {
  expect(scene(path, {}).instantiate().name).toBe(name);
});

test('a name that the engine does not allow, and a property that is not there, are refused', () => {
  expect(() => unit.instantiate({ name: 'a/b' })).toThrow('cannot be named "a/b"');
  expect(() => unit.instantiate({ name: '' })).toThrow(TypeError);
  // @ts-expect-error the root has no such property
  expect(() => unit.instantiate({ mana: 1 })).toThrow('no property "mana"');
  // @ts-expect-error it is a member of nodes, and no property
  expect(() => unit.instantiate({ free: 1 })).toThrow('no property "free"');
});

test('only an instance of the scene is one, not one of a scene that looks the same', () => {
  const twin = scene('res://scenes/unit.tscn', {
    Sync: synchronizer({ health: onChange(int, 3), list: always(array(variant)) }),
  });
  const one = unit.instantiate();
  expect([
    unit.isInstance(one),
    twin.isInstance(one),
    unit.isInstance(null),
    unit.isInstance(one.getNode('Sync')),
  ]).toEqual([true, false, false, false]);
});

test('a node outside the tree has no path, and one that was freed has none again', () => {
  const { server } = table([]);
  const one = unit.instantiate({ name: 'u1' });
  expect([one.isInsideTree(), one.getPath(), one.getNode('Sync').getPath()]).toEqual([false, '', '']);
  server.multiplayer.addChild('World', one);
  expect([one.isInsideTree(), one.getPath(), one.getNode('Sync').getPath()]).toEqual([
    true,
    'World/u1',
    'World/u1/Sync',
  ]);
  one.free();
  one.free();
  expect([one.isInsideTree(), one.getPath(), server.multiplayer.getNodeOrNull('World/u1')]).toEqual([false, '', null]);
});
