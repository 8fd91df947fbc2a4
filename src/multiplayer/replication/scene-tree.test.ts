import { expect, test } from 'vitest';
import { plain, squad, unit } from '../../../test/support/replicated-table.ts';
import type { SceneHost } from '../nodes/scene-host.ts';
import type { SceneInstance } from '../nodes/scene-instance.ts';
import { SceneTree } from './scene-tree.ts';

/** A host that knows no authorities; the tree calls no other member. */
const host = { authorityOf: () => 1, setAuthority: () => undefined } as unknown as SceneHost;

function enter(tree: SceneTree, { instance }: { readonly instance: SceneInstance }, parent: string): SceneInstance {
  tree.enter(instance, host, parent);
  return instance;
}

test('an instance, its synchronizers and its spawners are found by their paths, and no longer after it has left', () => {
  const tree = new SceneTree();
  const one = enter(tree, squad.instantiate({ name: 's' }), 'World/Units');
  expect(tree.instances.get('World/Units/s')).toBe(one);
  expect([tree.synchronizers.get('World/Units/s/Sync'), tree.spawners.get('World/Units/s/Spawner')]).toEqual([
    one.synchronizers[0],
    one.spawners[0],
  ]);
  expect(tree.spawnersOf('World/Units/s/Members')).toEqual(one.spawners);
  expect(
    ['World/Units/s', 'World/Units/s/Sync', 'World/Units/s/Spawner', 'World/Units'].map((path) => tree.has(path)),
  ).toEqual([true, true, true, false]);
  tree.leave(one);
  expect([tree.instances.size, tree.synchronizers.size, tree.spawners.size]).toEqual([0, 0, 0]);
  expect([tree.spawnersOf('World/Units/s/Members'), one.path, one.host]).toEqual([[], null, null]);
});

test('an instance knows what is around it, and what is directly inside', () => {
  const tree = new SceneTree();
  const outer = enter(tree, squad.instantiate({ name: 's' }), '.');
  const inner = enter(tree, unit.instantiate({ name: 'u' }), 's/Members');
  const innermost = enter(tree, plain.instantiate({ name: 'p' }), 's/Members/u/Hand');
  const beside = enter(tree, plain.instantiate({ name: 's2' }), '.');
  expect(tree.innerOf(outer)).toEqual([inner]);
  expect(tree.innerOf(inner)).toEqual([innermost]);
  expect([outer, inner, innermost, beside].map((instance) => tree.outerOf(instance))).toEqual([
    null,
    outer,
    inner,
    null,
  ]);
  expect(
    ['s/Members/u/Hand/p/x', 's/Members', 's2/x', 'elsewhere', '.'].map((path) => tree.instanceAround(path)),
  ).toEqual([innermost, outer, beside, null, null]);
  tree.leave(innermost);
  expect(tree.innerOf(inner)).toEqual([]);
});

test('two spawners may spawn below one node', () => {
  const tree = new SceneTree();
  const [one, two] = [plain, plain].map(() => squad.instantiate({ name: 's' }));
  const first = enter(tree, one!, 'A');
  tree.enterParts(two!.instance, host, 'A/s');
  expect(tree.spawnersOf('A/s/Members')).toEqual([first.spawners[0], two!.instance.spawners[0]]);
});
