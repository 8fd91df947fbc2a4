import { expect, test } from 'vitest';
import { runWorld } from '../../test/support/cluster-world.ts';

/** `CLUSTER_WORLDS=5000 npx vitest run src/cluster/cluster-world.test.ts` is the long form; CI runs 2,000. */
const WORLDS = Number(process.env['CLUSTER_WORLDS'] ?? 20);
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
