import { afterAll, test } from 'vitest';
import { Chance } from './fuzz.ts';

/**
 * `npm run fuzz` sets the number of inputs for each parser, and the first one. An input is a seed. One that has failed is kept
 * in FAILED, and is tried first in every run.
 */
export const INPUTS: number = Number(process.env['TICKPEER_FUZZ_INPUTS'] ?? 2000);
/** Whether this is `npm run fuzz`, which may take long. */
export const IS_LONG: boolean = process.env['TICKPEER_FUZZ_INPUTS'] !== undefined;
const FIRST_SEED = Number(process.env['TICKPEER_FUZZ_SEED'] ?? 1);
const FAILED: Readonly<Record<string, readonly number[]>> = {
  // A body behind CONNECT, larger than the buffers of a socket that is not read, and a reset.
  'HTTP conversations beside a WebSocket server': [991],
};

const tried = new Map<string, number>();

/** Tries a parser with every seed. An error names the seed. */
export function fuzz(name: string, attempt: (chance: Chance) => void | Promise<void>, inputs: number = INPUTS): void {
  test(`${name}: nothing throws, hangs or grows`, async () => {
    const seeds = [...(FAILED[name] ?? []), ...Array.from({ length: inputs }, (_, index) => FIRST_SEED + index)];
    for (const seed of seeds) {
      try {
        await attempt(new Chance(seed));
      } catch (error) {
        throw new Error(`${name}: seed ${seed}`, { cause: error });
      }
    }
    tried.set(name, seeds.length);
  }, 600_000);
}

afterAll(() => {
  if (!IS_LONG) return;
  let all = 0;
  for (const [name, count] of tried) {
    all += count;
    process.stdout.write(`${name.padEnd(40)} ${count} inputs\n`);
  }
  process.stdout.write(`${'all together'.padEnd(40)} ${all} inputs, from seed ${FIRST_SEED}\n`);
});
