import { expect, test } from 'vitest';
import { History, type Term } from './history.ts';

const TERM: Term = { code: 'A', owner: 'one', opened: 10, lastAct: 20, closed: 25 };

function faults(
  terms: readonly Partial<Term>[],
  listings: readonly (readonly [time: number, ...string[]])[] = [],
): string[] {
  const history = new History();
  for (const term of terms) history.add({ ...TERM, ...term });
  for (const [time, ...codes] of listings) history.list({ by: 'one', time, codes });
  return history.faults(5);
}

test('owners that follow each other are no fault, nor is one that closes the room late without having acted', () => {
  expect(faults([{}, { owner: 'two', opened: 20, lastAct: 40 }, { owner: 'one', opened: 41, lastAct: 50 }])).toEqual(
    [],
  );
  expect(faults([{ closed: 60 }, { owner: 'two', opened: 21, lastAct: 40 }])).toEqual([]);
  expect(faults([{ lastAct: 12 }, { lastAct: 15 }, { owner: 'two', opened: 15, lastAct: 16 }])).toEqual([]);
});

test('an owner that acts after the next one has opened the room is a fault, also over one between them', () => {
  const late = 'A: one still acted 1.0 ms after two had opened it';
  expect(faults([{ lastAct: 31 }, { owner: 'two', opened: 30, lastAct: 40 }])).toEqual([late]);
  const between = { owner: 'three', opened: 22, lastAct: 23 };
  expect(faults([{ lastAct: 31 }, between, { owner: 'two', opened: 30, lastAct: 40 }])).toContain(late);
});

test('a request that has made two rooms is a fault', () => {
  const history = new History();
  history.answer('r', 'A');
  history.answer('r', 'A');
  history.answer('s', 'C');
  expect(history.faults(5)).toEqual([]);
  history.answer('r', 'B');
  expect(history.faults(5)).toEqual(['request r has made A and B']);
});

test('a list shows every room that is open, and none that is not', () => {
  expect(faults([{}], [[9], [10], [14], [15, 'A'], [20, 'A'], [25, 'A'], [30, 'A'], [31]])).toEqual([]);
  expect(faults([{}], [[15]])).toEqual(['one has not listed A']);
  expect(faults([{}], [[31, 'A']])).toEqual(['one has listed A, which nobody had']);
  expect(faults([{}], [[15, 'A', 'A']])).toEqual(['one has listed a room twice']);
  // A process that was killed had it until its last act.
  expect(faults([{ closed: null }], [[20], [25, 'A']])).toEqual(['one has not listed A']);
});
