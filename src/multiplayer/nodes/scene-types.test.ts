import { expect, expectTypeOf, test } from 'vitest';
import { bool, int, string, type Vector2, vector2 } from '../../variant/index.ts';
import type { MultiplayerSpawner } from './multiplayer-spawner.ts';
import type { MultiplayerSynchronizer } from './multiplayer-synchronizer.ts';
import { always, onChange, spawnOnly } from './property.ts';
import type { ReplicatedNode } from './replicated-node.ts';
import { scene } from './scene.ts';
import type { SceneNode } from './scene-node.ts';
import { custom, spawner } from './spawner-declaration.ts';
import { synchronizer } from './synchronizer-declaration.ts';

const unit = scene('res://unit.tscn', {});
const player = scene('res://player.tscn', {
  Sync: synchronizer({
    position: always(vector2),
    health: onChange(int, 3),
    'Sprite2D:frame': onChange(int),
    '.:title': spawnOnly(string),
  }),
  'Inputs/InputsSync': synchronizer({ motion: always(vector2), '.:position:x': always(int), '..:speed': always(int) }),
  'Deep/Down/Sync': synchronizer({ far: always(bool) }, { rootPath: '../..' }),
  Spawner: spawner({ spawnPath: '../Members', scenes: [unit] }),
  Custom: spawner({ spawnPath: '..', spawnFunction: custom(int, () => unit.instantiate()) }),
});

test('properties of the root are typed, and so are those of other nodes', () => {
  const one = player.instantiate({ name: 'a' });
  expectTypeOf(one.position).toEqualTypeOf<Vector2>();
  expectTypeOf(one.health).toEqualTypeOf<number>();
  expectTypeOf(one.title).toEqualTypeOf<string>();
  expectTypeOf(one.speed).toEqualTypeOf<number>();
  expectTypeOf(one).toExtend<ReplicatedNode>();
  const inputs = one.getNode('Inputs');
  expectTypeOf(inputs.motion).toEqualTypeOf<Vector2>();
  expectTypeOf(inputs['position:x']).toEqualTypeOf<number>();
  expectTypeOf(inputs).toExtend<SceneNode>();
  expectTypeOf(one.getNode('Sprite2D').frame).toEqualTypeOf<number>();
  expectTypeOf(one.getNode('Deep').far).toEqualTypeOf<boolean>();
  expectTypeOf(one.getNode('Sync')).toExtend<MultiplayerSynchronizer>();
  expectTypeOf(one.getNode('Spawner')).toExtend<MultiplayerSpawner>();
  expectTypeOf(one.getNode('Custom').spawn).parameter(0).toEqualTypeOf<number>();
  // The same at run time.
  expect([one.health, one.title, one.speed, inputs['position:x'], one.getNode('Deep').far]).toEqual([
    3,
    '',
    0,
    0,
    false,
  ]);
});

test('a path that is not declared, and a property of another type, do not compile', () => {
  const one = player.instantiate();
  // @ts-expect-error there is no such node
  expect(() => one.getNode('Nowhere')).toThrow(TypeError);
  expect(() => {
    // @ts-expect-error a text is no int
    one.health = 'x';
  }).toThrow(TypeError);
  // @ts-expect-error the root has no such property
  expect(() => player.instantiate({ motion: 1 })).toThrow('no property "motion"');
  // @ts-expect-error a text is no int
  expect(() => player.instantiate({ health: 'x' })).toThrow(TypeError);
});
