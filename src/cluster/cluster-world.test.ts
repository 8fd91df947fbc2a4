import { test } from 'vitest';
import { runWorlds } from '../../test/support/cluster-world.ts';

/** By hand: `CLUSTER_SEED=1 CLUSTER_WORLDS=5000 npx vitest run src/cluster/cluster-world.test.ts`. `npm run test:cluster` runs 2,000 others. */
const WORLDS = Number(process.env['CLUSTER_WORLDS'] ?? 20);
const FIRST = Number(process.env['CLUSTER_SEED'] ?? 1);

test(`${WORLDS} simulated worlds: a code never has two owners, and no open room is hidden`, {
  timeout: 600_000,
}, async () => {
  await runWorlds(FIRST, WORLDS);
});
