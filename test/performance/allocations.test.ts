import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { bundleProgram } from './bundle-program.ts';

/** No garbage collection and no background compilation while it is measured, so that every run gives the same. */
const FLAGS = ['--expose-gc', '--single-threaded', '--min-semi-space-size=256', '--max-semi-space-size=256'];

/**
 * Bytes per message: about 1.5 times the value when the bound was last set (in brackets). Lower them when the value falls.
 * `TICKPEER_FIGURES=1 npx vitest run test/performance` prints the present values. A packet that the caller keeps counts, too.
 */
const BOUNDS: Readonly<Record<string, number>> = {
  echo: 600, // (429)
  snapshots: 15, // (9)
  broadcast: 105, // (70)
  clientSends: 150, // (103)
  rpcs: 1400, // (922), the two packets and a path not yet confirmed included
};

let figures: Readonly<Record<string, number>> = {};

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-allocations-'));
  try {
    const input = fileURLToPath(new URL('./allocation-program.ts', import.meta.url));
    const program = await bundleProgram(input, folder);
    const output = execFileSync(process.execPath, [...FLAGS, program], { encoding: 'utf8' });
    figures = JSON.parse(output);
    if (process.env['TICKPEER_FIGURES'] !== undefined) process.stdout.write(output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);

test.each(Object.entries(BOUNDS))('%s: at most %i bytes of memory per message', (name, bound) => {
  expect(figures[name]).toBeLessThanOrEqual(bound);
});

test('every path has a bound', () => {
  expect(Object.keys(figures).sort()).toEqual(Object.keys(BOUNDS).sort());
});
