import { expect, test } from 'vitest';
import { int } from '../../variant/index.ts';
import { scene } from './scene.ts';
import { custom, type SpawnerDeclaration, spawner } from './spawner-declaration.ts';

const unit = scene('res://unit.tscn', {});

test('a spawner has at most 255 scenes: index 255 stands for the spawn function', () => {
  const declare = (length: number): SpawnerDeclaration =>
    spawner({ spawnPath: '..', scenes: Array.from({ length }, () => unit) });
  expect([254, 255].map((count) => declare(count).options.scenes.length)).toEqual([254, 255]);
  expect(() => declare(256)).toThrow(RangeError);
});

test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('spawnLimit cannot be %s', (spawnLimit) => {
  expect(() => spawner({ spawnPath: '..', spawnLimit })).toThrow(RangeError);
});

test('a spawner without a path is refused', () => {
  // @ts-expect-error spawnPath is missing
  expect(() => spawner({ scenes: [unit] })).toThrow('spawnPath');
});

test('the defaults: any number of nodes, spawned after the confirmation', () => {
  expect(spawner({ spawnPath: '..' }).options).toEqual({
    spawnPath: '..',
    scenes: [],
    spawnFunction: null,
    spawnLimit: 0,
    holdsNewPeers: false,
    awaitsConfirmation: true,
  });
  const made = custom(int, () => unit.instantiate());
  expect(spawner({ spawnPath: '..', spawnFunction: made }).options.spawnFunction).toBe(made);
});
