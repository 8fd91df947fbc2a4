import { expect, test } from 'vitest';
import { runCutWorlds } from './run.ts';
import { runCuts } from './world.ts';

/** To run others: SIMULATION_SEED=7 SIMULATION_CUTS=1000 npx vitest run test/simulation/cuts */
const SEED = Number(process.env['SIMULATION_SEED'] ?? 1);
const CUTS = Number(process.env['SIMULATION_CUTS'] ?? 12);

test('whatever is cut, and whenever: the same id, the same state, and what was called while a player was away', {
  timeout: 60_000 + CUTS * 1000,
}, () => {
  const { failure, cuts, returns } = runCutWorlds(SEED, CUTS, 0);
  if (failure !== null) expect.unreachable(failure);
  expect(cuts).toBeGreaterThanOrEqual(CUTS);
  expect(returns).toBeGreaterThan(CUTS / 2);
});

test('the same seed gives the same world', { timeout: 60_000 }, () => {
  expect(runCuts(5)).toEqual(runCuts(5));
});
