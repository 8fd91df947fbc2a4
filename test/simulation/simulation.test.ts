import { describe, expect, test } from 'vitest';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { describeFailure, describeReport, runWorlds, worldOf } from './run.ts';
import { runWorld } from './world.ts';

/** To run other worlds: SIMULATION_SEED=7 npx vitest run test/simulation */
const SEED = Number(process.env['SIMULATION_SEED'] ?? 1);
/** Seconds of real time: SIMULATION_SECONDS=5 npx vitest run test/simulation */
const SECONDS = Number(process.env['SIMULATION_SECONDS'] ?? 4);
const LEAST_WORLDS = 200;

test('random worlds', { timeout: (SECONDS + 120) * 1000 }, () => {
  const report = runWorlds({ seed: SEED, worlds: LEAST_WORLDS, time: SECONDS * 1000 });
  process.stdout.write(`Simulated from seed ${SEED} on: ${describeReport(report)}\n`);
  if (report.failure !== null) expect.unreachable(describeFailure(report.failure));
  expect(report.packets).toBeGreaterThan(report.worlds);
});

describe('the worlds themselves', () => {
  test('the same seed gives exactly the same world', () => {
    for (const seed of [3, 14, 159]) {
      const outcome = runWorld(worldOf(seed), { isTraced: true });
      expect(outcome.trace.length).toBeGreaterThan(20);
      expect(runWorld(worldOf(seed), { isTraced: true })).toEqual(outcome);
    }
    expect(worldOf(3)).not.toEqual(worldOf(4));
  });

  test.each(Object.entries(PLANTED_BUGS))('find %s', { timeout: 120_000 }, (_, options) => {
    const { failure } = runWorlds({ seed: 1, worlds: 1000, time: 0 }, options, undefined, { shrinks: false });
    expect(failure).not.toBeNull();
  });

  test('a failing world is shrunk', { timeout: 60_000 }, () => {
    const { failure } = runWorlds(
      { seed: 1, worlds: 1000, time: 0 },
      PLANTED_BUGS['a peer that forgets what it accepted']!,
    );
    expect(failure?.shrunk.plan.links).toHaveLength(1);
    expect(failure?.shrunk.plan.actions).toHaveLength(1);
    expect(failure === null ? '' : describeFailure(failure)).toContain('"size":126');
  });
});
