import { test } from 'vitest';
import { runWorlds } from '../support/cluster-world.ts';

/** Others than those of `npm test`. Always the same: a failure comes from a change. */
const FIRST = 1001;
const WORLDS = 2000;

test(`${WORLDS} simulated worlds: a code never has two owners, and no open room is hidden`, {
  timeout: 600_000,
}, async () => {
  await runWorlds(FIRST, WORLDS);
});
