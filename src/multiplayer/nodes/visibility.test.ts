import { expect, test } from 'vitest';
import { Visibility, VisibilityUpdateMode } from './visibility.ts';

test('what is public is visible to all; otherwise to those for whom it was set', () => {
  const open = new Visibility(true);
  const closed = new Visibility(false);
  closed.set(5, true);
  expect([5, 6].map((id) => open.isVisibleTo(id))).toEqual([true, true]);
  expect([5, 6].map((id) => closed.isVisibleTo(id))).toEqual([true, false]);
  closed.set(5, false);
  expect([closed.isVisibleTo(5), closed.has(5)]).toEqual([false, false]);
  closed.set(6, true);
  closed.forget(6);
  expect(closed.isVisibleTo(6)).toBe(false);
});

test('all filters have to agree, also for what is public', () => {
  const visibility = new Visibility(true);
  const isEven = (id: number): boolean => id % 2 === 0;
  const isSmall = (id: number): boolean => id < 10;
  visibility.addFilter(isEven);
  visibility.addFilter(isEven);
  visibility.addFilter(isSmall);
  expect([4, 5, 12].map((id) => visibility.isVisibleTo(id))).toEqual([true, false, false]);
  visibility.removeFilter(isEven);
  expect([4, 5, 12].map((id) => visibility.isVisibleTo(id))).toEqual([true, true, false]);
  expect(visibility.hasFilters).toBe(true);
  visibility.removeFilter(isSmall);
  expect([visibility.hasFilters, visibility.isVisibleTo(12)]).toEqual([false, true]);
});

test('a filter is not asked about a peer that does not see it anyway', () => {
  const asked: number[] = [];
  const visibility = new Visibility(false);
  visibility.addFilter((id) => asked.push(id) > 0);
  expect(visibility.isVisibleTo(5)).toBe(false);
  visibility.set(5, true);
  expect(visibility.isVisibleTo(5)).toBe(true);
  expect(asked).toEqual([5]);
});

test('the update modes have the numbers of the engine', () => {
  const { VISIBILITY_PROCESS_IDLE, VISIBILITY_PROCESS_PHYSICS, VISIBILITY_PROCESS_NONE } = VisibilityUpdateMode;
  expect([VISIBILITY_PROCESS_IDLE, VISIBILITY_PROCESS_PHYSICS, VISIBILITY_PROCESS_NONE]).toEqual([0, 1, 2]);
});
