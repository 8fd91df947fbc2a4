import { describe, expect, test } from 'vitest';
import { table } from '../../../test/support/hub.ts';
import type { Failure } from '../../failure.ts';
import { Random } from '../../testing/random.ts';
import { Vector2, Vector3, vector2, vector3 } from '../../variant/index.ts';
import { Signal } from '../signal.ts';
import { InterestGrid, type InterestGridOptions } from './interest-grid.ts';
import { always } from './property.ts';
import { scene } from './scene.ts';
import { synchronizer } from './synchronizer-declaration.ts';

const unit = scene('res://unit.tscn', { Sync: synchronizer({ position: always(vector2) }) });
const flyer = scene('res://flyer.tscn', { Sync: synchronizer({ position: always(vector3) }) });

function start(options: InterestGridOptions) {
  const peerDisconnected = new Signal<[id: number, failure: Failure | null]>();
  return { grid: new InterestGrid({ peerDisconnected }, options), peerDisconnected };
}

/** A node in the grid, and which of the peers 2 to 9 see it. */
function place(grid: InterestGrid, x: number, y: number) {
  const node = unit.instantiate({ position: new Vector2(x, y) });
  grid.add(node, () => node.position);
  const seenBy = (): number[] => [2, 3, 4].filter((id) => node.getNode('Sync').visibility.isVisibleTo(id));
  return { node, seenBy };
}

describe('a peer sees the nodes in its own cell and in those around it', () => {
  test.each([
    { reach: 0, at: 99, isSeen: true },
    { reach: 0, at: 100, isSeen: false },
    { reach: 1, at: 199, isSeen: true },
    { reach: 1, at: 200, isSeen: false },
    { reach: 1, at: -100, isSeen: true },
    { reach: 1, at: -101, isSeen: false },
    { reach: 2, at: 299, isSeen: true },
    { reach: 2, at: 300, isSeen: false },
  ])('with cells of 100 and a reach of $reach, from 50, a node at $at: $isSeen', ({ reach, at, isSeen }) => {
    const { grid } = start({ cellSize: 100, reach });
    const { seenBy } = place(grid, at, 50);
    grid.addViewer(2, () => new Vector2(50, 50));
    expect(seenBy()).toEqual(isSeen ? [2] : []);
  });

  test('in space, height counts', () => {
    const { grid } = start({ cellSize: 10 });
    const node = flyer.instantiate({ position: new Vector3(0, 0, 0) });
    grid.add(node, () => node.position);
    grid.addViewer(2, () => new Vector3(5, 5, 19));
    grid.addViewer(3, () => new Vector3(5, 5, 20));
    expect([2, 3].map((id) => node.getNode('Sync').visibility.isVisibleTo(id))).toEqual([true, false]);
  });

  test('a position that is no number yet is read again', () => {
    const { grid } = start({ cellSize: 100 });
    const { node, seenBy } = place(grid, Number.NaN, 0);
    let x = Number.NaN;
    grid.addViewer(2, () => new Vector2(x, 0));
    node.position = new Vector2(0, 0);
    x = 0;
    grid.update();
    expect(seenBy()).toEqual([2]);
    node.position = new Vector2(Number.NaN, 0);
    grid.update();
    expect(seenBy()).toEqual([2]);
  });

  test('a node that is added later is seen at once by the peers near it', () => {
    const { grid } = start({ cellSize: 100 });
    grid.addViewer(2, () => new Vector2(0, 0));
    grid.addViewer(3, () => new Vector2(1000, 0));
    expect(place(grid, 150, 0).seenBy()).toEqual([2]);
  });
});

describe('what moves', () => {
  test('a node is seen by others after it has left its cell by the margin, and the grid was updated', () => {
    const { grid } = start({ cellSize: 100, reach: 0, margin: 10 });
    const { node, seenBy } = place(grid, 50, 50);
    grid.addViewer(2, () => new Vector2(50, 50));
    grid.addViewer(3, () => new Vector2(150, 50));
    for (const [x, seen] of [
      [109, [2]],
      [110, [3]],
      [91, [3]],
      [90, [3]],
      [89, [2]],
    ] as const) {
      node.position = new Vector2(x, 50);
      grid.update();
      expect([x, seenBy()]).toEqual([x, seen]);
    }
  });

  test('a peer that moves sees what it comes near to, and no longer what it leaves', () => {
    const { grid } = start({ cellSize: 100, margin: 0 });
    const [near, far] = [place(grid, 0, 0), place(grid, 500, 0)];
    let at = new Vector2(0, 0);
    grid.addViewer(2, () => at);
    expect([near.seenBy(), far.seenBy()]).toEqual([[2], []]);
    at = new Vector2(400, 0);
    grid.update();
    expect([near.seenBy(), far.seenBy()]).toEqual([[], [2]]);
  });

  test('a peer that gets another point of view sees from there', () => {
    const { grid } = start({ cellSize: 100 });
    const [near, far] = [place(grid, 0, 0), place(grid, 500, 0)];
    grid.addViewer(2, () => new Vector2(0, 0));
    grid.addViewer(2, () => new Vector2(500, 0));
    expect([near.seenBy(), far.seenBy()]).toEqual([[], [2]]);
  });

  test('thousands of nodes are seen by the same peers as when every pair is compared', () => {
    const random = new Random(7);
    const { grid } = start({ cellSize: 100, margin: 0 });
    const at = (): Vector2 => new Vector2(random.integer(-2000, 2000), random.integer(-2000, 2000));
    const nodes = Array.from({ length: 3000 }, () => place(grid, ...(at().toArray() as [number, number])));
    const views = new Map([2, 3, 4].map((id) => [id, at()]));
    for (const id of views.keys()) grid.addViewer(id, () => views.get(id)!);
    const isNear = (one: number, other: number): boolean =>
      Math.abs(Math.floor(one / 100) - Math.floor(other / 100)) <= 1;
    for (let tick = 0; tick < 5; tick++) {
      for (const { node } of nodes) if (random.chance(0.3)) node.position = at();
      for (const id of views.keys()) views.set(id, at());
      grid.update();
      for (const { node, seenBy } of nodes) {
        const { x, y } = node.position;
        const near = [...views].filter(([, view]) => isNear(view.x, x) && isNear(view.y, y));
        expect(seenBy()).toEqual(near.map(([id]) => id));
      }
    }
  });
});

describe('what leaves', () => {
  test('a peer that disconnects is forgotten, and sees again when it comes back', () => {
    const { grid, peerDisconnected } = start({ cellSize: 100 });
    const { seenBy } = place(grid, 0, 0);
    grid.addViewer(2, () => new Vector2(0, 0));
    peerDisconnected.emit(2, null);
    expect(seenBy()).toEqual([]);
    grid.addViewer(2, () => new Vector2(0, 0));
    expect(seenBy()).toEqual([2]);
  });

  test('a node that is removed stays visible as it was', () => {
    const { grid } = start({ cellSize: 100 });
    const { node, seenBy } = place(grid, 0, 0);
    grid.addViewer(2, () => new Vector2(0, 0));
    grid.remove(node);
    grid.remove(node);
    node.position = new Vector2(1000, 0);
    grid.update();
    expect(seenBy()).toEqual([2]);
    grid.add(node, () => node.position);
  });
});

test('it rejects sizes that are none, nodes without a synchronizer, and nodes that it has', () => {
  for (const cellSize of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => start({ cellSize })).toThrow(RangeError);
  for (const reach of [-1, 0.5]) expect(() => start({ cellSize: 1, reach })).toThrow(RangeError);
  for (const margin of [-1, 1]) expect(() => start({ cellSize: 1, margin })).toThrow(RangeError);
  const { grid } = start({ cellSize: 1 });
  const { node } = place(grid, 0, 0);
  expect(() => grid.add(node, () => node.position)).toThrow('in the grid already');
  expect(() => grid.add(scene('res://a.tscn', {}).instantiate(), () => new Vector2())).toThrow('no synchronizer');
});

test('nodes are spawned at the clients that come near, and despawned at those that leave', () => {
  const { server, clients, settle } = table([2, 3]);
  const options = { spawnPath: '../Units', scenes: [unit] };
  const units = server.multiplayer.spawner('World/Spawner', options);
  const grid = new InterestGrid(server.multiplayer, { cellSize: 100, margin: 0 });
  const there = clients.map(({ multiplayer }) => {
    const spawner = multiplayer.spawner('World/Spawner', options);
    return () => spawner.getChildren().map(({ name }) => name);
  });
  const node = unit.instantiate({ name: 'a' });
  grid.add(node, () => node.position);
  units.addChild(node);
  grid.addViewer(2, () => new Vector2(0, 0));
  grid.addViewer(3, () => new Vector2(500, 0));
  settle();
  expect(there.map((names) => names())).toEqual([['a'], []]);
  node.position = new Vector2(500, 0);
  grid.update();
  settle();
  expect(there.map((names) => names())).toEqual([[], ['a']]);
  node.free();
  grid.update();
  settle();
  expect(there.map((names) => names())).toEqual([[], []]);
});
