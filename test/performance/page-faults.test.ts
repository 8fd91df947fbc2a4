import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleProgram } from './bundle-program.ts';

/** Page faults belong to the C library: only glibc has this behaviour (bench/NOTES.md). */
const header: unknown = Reflect.get(process.report.getReport(), 'header');
const isGlibc = typeof header === 'object' && header !== null && 'glibcVersionRuntime' in header;

test.runIf(isGlibc)(
  'the memory of large packets is used again, without a page fault for each page',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickpeer-page-faults-'));
    try {
      const program = await bundleProgram(fileURLToPath(new URL('./page-fault-program.ts', import.meta.url)), folder);
      const faults = (env: NodeJS.ProcessEnv): number =>
        Number(execFileSync(process.execPath, [program], { encoding: 'utf8', env: { ...process.env, ...env } }));
      // With a limit of its own, glibc keeps to that, as it would without our doing: its default.
      const usual = faults({ MALLOC_TRIM_THRESHOLD_: '131072' });
      const ours = faults({});
      expect(usual).toBeGreaterThan(4);
      expect(ours).toBeLessThan(usual / 4);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
