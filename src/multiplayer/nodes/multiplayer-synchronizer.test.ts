import { expect, test } from 'vitest';
import { int } from '../../variant/index.ts';
import { MultiplayerSynchronizer } from './multiplayer-synchronizer.ts';
import { always } from './property.ts';
import { scene } from './scene.ts';
import { synchronizer } from './synchronizer-declaration.ts';
import { VisibilityUpdateMode } from './visibility.ts';

const unit = scene('res://unit.tscn', {
  Sync: synchronizer({ a: always(int) }, { replicationInterval: 0.1, deltaInterval: 0.2, publicVisibility: false }),
});

test('it begins with the options of its declaration', () => {
  const sync = unit.instantiate().getNode('Sync');
  expect(sync).toBeInstanceOf(MultiplayerSynchronizer);
  expect([sync.replicationInterval, sync.deltaInterval, sync.publicVisibility, sync.visibilityUpdateMode]).toEqual([
    0.1,
    0.2,
    false,
    VisibilityUpdateMode.VISIBILITY_PROCESS_IDLE,
  ]);
});

test('intervals of one instance are its own, and are checked', () => {
  const [one, other] = [unit.instantiate().getNode('Sync'), unit.instantiate().getNode('Sync')];
  one.replicationInterval = 0;
  one.deltaInterval = 3;
  expect([one.replicationInterval, one.deltaInterval, other.replicationInterval, other.deltaInterval]).toEqual([
    0, 3, 0.1, 0.2,
  ]);
  for (const seconds of [-1, Number.NaN]) {
    expect(() => {
      one.replicationInterval = seconds;
    }).toThrow(RangeError);
    expect(() => {
      one.deltaInterval = seconds;
    }).toThrow(RangeError);
  }
  expect([one.replicationInterval, one.deltaInterval]).toEqual([0, 3]);
});

test('visibilityChanged tells of changes, with 0 for all, and not of what was so before', () => {
  const sync = unit.instantiate().getNode('Sync');
  const told: number[] = [];
  sync.visibilityChanged.connect((id) => told.push(id));
  sync.setVisibilityFor(5, true);
  sync.setVisibilityFor(5, true);
  sync.setVisibilityFor(6, false);
  sync.publicVisibility = true;
  sync.publicVisibility = true;
  expect([sync.getVisibilityFor(0), sync.getVisibilityFor(5), sync.getVisibilityFor(6)]).toEqual([true, true, false]);
  sync.setVisibilityFor(0, false);
  sync.setVisibilityFor(5, false);
  expect(told).toEqual([5, 0, 0, 5]);
  expect([sync.publicVisibility, sync.getVisibilityFor(5)]).toEqual([false, false]);
});

test('filters can be added and visibility updated before the node is in the tree', () => {
  const sync = unit.instantiate().getNode('Sync');
  const filter = (): boolean => false;
  sync.addVisibilityFilter(filter);
  sync.updateVisibility();
  sync.updateVisibility(5);
  expect(sync.visibility.hasFilters).toBe(true);
  sync.removeVisibilityFilter(filter);
  expect(sync.visibility.hasFilters).toBe(false);
});
