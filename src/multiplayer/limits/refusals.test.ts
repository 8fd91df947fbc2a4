import { describe, expect, test } from 'vitest';
import { Refusals } from './refusals.ts';

const CODE = 'TICKPEER_RPC_UNKNOWN_NODE';

test('the 1st, the 10th, the 100th and the 1000th are reported', () => {
  const refusals = new Refusals();
  const told: number[] = [];
  for (let n = 1; n <= 1001; n++) {
    const { count, isTold } = refusals.count(5, CODE, 'Main');
    expect(count).toBe(n);
    if (isTold) told.push(count);
  }
  expect(told).toEqual([1, 10, 100, 1000]);
});

test('peers, codes and subjects are counted separately', () => {
  const refusals = new Refusals();
  refusals.count(5, CODE, 'Main');
  expect(refusals.count(6, CODE, 'Main').count).toBe(1);
  expect(refusals.count(5, 'TICKPEER_RPC_ARGUMENTS', 'Main').count).toBe(1);
  expect(refusals.count(5, CODE, 'Other').count).toBe(1);
  expect(refusals.count(5, CODE, 'Main')).toEqual({ kind: `${CODE} Main`, count: 2, isTold: false });
});

describe('32 kinds of one peer are counted separately', () => {
  /** One that has counted so many kinds of peer 5, each once. */
  function counting(kinds: number): Refusals {
    const refusals = new Refusals();
    for (let n = 1; n <= kinds; n++) refusals.count(5, CODE, `P/${n}`);
    return refusals;
  }

  test.each([
    [30, `${CODE} New`],
    [31, `${CODE} New`],
    [32, CODE],
    [33, CODE],
  ])('after %i others a new one is counted as %s', (kinds, kind) => {
    expect(counting(kinds).count(5, CODE, 'New').kind).toBe(kind);
  });

  test('further kinds are counted together by their code; the first 32 stay separate', () => {
    const refusals = counting(34);
    expect(refusals.count(5, CODE, 'New')).toEqual({ kind: CODE, count: 3, isTold: false });
    expect(refusals.count(5, 'TICKPEER_RPC_ARGUMENTS', 'New').kind).toBe('TICKPEER_RPC_ARGUMENTS');
    expect(refusals.count(5, CODE, 'P/32')).toMatchObject({ kind: `${CODE} P/32`, count: 2 });
    expect(refusals.count(6, CODE, 'New').kind).toBe(`${CODE} New`);
  });
});

test('forget() resets the counts of one peer, clear() those of all', () => {
  const refusals = new Refusals();
  const count = (id: number): number => refusals.count(id, CODE, 'Main').count;
  expect([count(5), count(6)]).toEqual([1, 1]);
  refusals.forget(5);
  expect([count(5), count(6)]).toEqual([1, 2]);
  refusals.clear();
  expect([count(5), count(6)]).toEqual([1, 1]);
});
