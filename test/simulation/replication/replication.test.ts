import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/testing/index.ts';
import { planReplication } from './plan.ts';
import { PLANTED_REPLICATION_BUGS } from './planted-bugs.ts';
import { runReplications } from './run.ts';

/** To run other worlds: SIMULATION_SEED=7 npx vitest run test/simulation/replication */
const SEED = Number(process.env['SIMULATION_SEED'] ?? 1);
/** Seconds of real time. */
const SECONDS = Number(process.env['SIMULATION_SECONDS'] ?? 4);

test('after any faults, every peer that is connected has the state of the authority for what it sees', {
  timeout: (SECONDS + 120) * 1000,
}, () => {
  const { failure, worlds } = runReplications(SEED, 20, SECONDS * 1000);
  if (failure !== null) expect.unreachable(failure);
  expect(worlds).toBeGreaterThanOrEqual(20);
});

test('the same seed gives the same world', () => {
  expect(planReplication(new Random(5), 5)).toEqual(planReplication(new Random(5), 5));
  expect(planReplication(new Random(5), 5)).not.toEqual(planReplication(new Random(6), 6));
});

test.each([
  [
    1795916958769,
    'a node is hidden from a client and shown again, after its authority, another client, has changed it',
  ],
])('worlds that failed once: %d, %s', { timeout: 60_000 }, (seed) => {
  expect(runReplications(seed, 1, 0).failure).toBeNull();
});

describe('the worlds detect', () => {
  test.each(Object.entries(PLANTED_REPLICATION_BUGS))('%s', { timeout: 120_000 }, (_, Peer) => {
    expect(runReplications(1, 100, 0, Peer, false).failure).not.toBeNull();
  });
});
