import { expect, test } from 'vitest';
import { runWorld } from '../../test/support/cluster-world.ts';

/** The long form is `npm run test:cluster`. */
const WORLDS = Number(process.env['CLUSTER_WORLDS'] ?? 30);
const FIRST = Number(process.env['CLUSTER_SEED'] ?? 1);

test(`${WORLDS} random worlds from seed ${FIRST} on: a code never has two owners, and no open room is hidden`, {
  timeout: 600_000,
}, async () => {
  for (let seed = FIRST; seed < FIRST + WORLDS; seed++) {
    try {
      await runWorld(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  expect(WORLDS).toBeGreaterThan(0);
});
