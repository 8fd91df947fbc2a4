import { expect, test } from 'vitest';
import { state, unit } from '../../../test/support/replicated-table.ts';
import { pathNetId } from '../wire/state-packet.ts';
import { PeerView } from './peer-view.ts';
import { SynchronizerState } from './synchronizer-state.ts';

function stateOf(order: number, netId = order): SynchronizerState {
  const made = new SynchronizerState(unit.instantiate().getNode('Sync'), order);
  made.netId = netId;
  return made;
}

test('what a peer can receive is in the order in which it entered the tree', () => {
  const view = new PeerView(5);
  const [one, two, three] = [stateOf(1), stateOf(2), stateOf(3)];
  view.show(three, true);
  view.show(one, true);
  expect(view.receivable).toEqual([one, three]);
  view.show(two, true);
  expect(view.receivable).toEqual([one, two, three]);
  view.hide(one);
  expect(view.receivable).toEqual([two, three]);
});

test('a synchronizer whose path is not confirmed is seen, and received once it is', () => {
  const view = new PeerView(5);
  const one = stateOf(1, pathNetId(1));
  view.show(one, false);
  expect([view.sees(one), view.receivable, one.viewers, one.receivers]).toEqual([true, [], 1, 0]);
  view.confirm(one);
  view.confirm(one);
  expect([view.sees(one), view.receivable, one.viewers, one.receivers]).toEqual([true, [one], 1, 1]);
  view.hide(one);
  view.hide(one);
  expect([view.sees(one), view.receivable, one.viewers, one.receivers]).toEqual([false, [], 0, 0]);
});

test('a confirmation of what is not seen changes nothing', () => {
  const view = new PeerView(5);
  const one = stateOf(1);
  view.confirm(one);
  expect([view.sees(one), one.viewers, one.receivers]).toEqual([false, 0, 0]);
  view.show(one, false);
  view.hide(one);
  view.confirm(one);
  expect([view.sees(one), one.viewers, one.receivers]).toEqual([false, 0, 0]);
});

test('who begins to see a synchronizer is owed its watched properties, and nothing when it is hidden', () => {
  const view = new PeerView(5);
  const one = stateOf(1);
  view.show(one, true);
  expect(view.owed.get(one)).toEqual({ low: 0b11, high: 0 });
  view.owed.delete(one);
  view.owe(one, 0, 0);
  expect(view.owed.has(one)).toBe(false);
  view.owe(one, 1 << 31, 0);
  view.owe(one, 0, 1 << 31);
  expect(view.owed.get(one)).toEqual({ low: 1 << 31, high: 1 << 31 });
  view.hide(one);
  expect(view.owed.has(one)).toBe(false);
});

test('it is recorded when a synchronizer was hidden whose last time the other side keeps, until it is dropped', () => {
  const view = new PeerView(5);
  const one = new SynchronizerState(state.instantiate().getNode('Sync'), 1);
  one.netId = pathNetId(1);
  view.show(one, false);
  view.hide(one);
  expect(view.hiddenAt.has(one)).toBe(false);
  view.show(one, true);
  view.time = 7;
  view.hide(one);
  expect(view.hiddenAt.get(one)).toBe(7);
  view.drop(one);
  expect(view.hiddenAt.has(one)).toBe(false);
});

test('a peer that has left sees nothing', () => {
  const view = new PeerView(5);
  const [one, two] = [stateOf(1), stateOf(2)];
  view.show(one, true);
  view.show(two, false);
  view.clear();
  expect([one.viewers, one.receivers, two.viewers, two.receivers, view.receivable]).toEqual([0, 0, 0, 0, []]);
});
