import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:site`: the built site in Chromium. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/site/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    sequence: { shuffle: true },
    testTimeout: 60_000,
    maxWorkers: 1,
  },
});
