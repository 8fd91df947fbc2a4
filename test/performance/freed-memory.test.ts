import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundleProgram } from './bundle-program.ts';

test.runIf(process.platform === 'linux')(
  'the first packet of 8192 bytes or more, and no later one, maps and frees the block that makes glibc keep freed memory',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickpeer-freed-memory-'));
    try {
      const program = await bundleProgram(fileURLToPath(new URL('./freed-memory-program.ts', import.meta.url)), folder);
      // Further arenas of threads would be mapped meanwhile, 64 MiB each.
      const env = { ...process.env, MALLOC_ARENA_MAX: '1' };
      const [below, on, above] = JSON.parse(execFileSync(process.execPath, [program], { encoding: 'utf8', env }));
      expect([below, above]).toEqual([0, 0]);
      expect(on).toBeGreaterThanOrEqual(30);
      expect(on).toBeLessThanOrEqual(33);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);
