import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run conformance`: only the cases, and a table of their results. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  resolve: { alias: { tickpeer: fileURLToPath(new URL('../../src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/conformance/*.test.ts'],
    exclude: ['test/conformance/document.test.ts'],
    reporters: ['./test/conformance/reporter.ts', './test/reporter.ts'],
    maxWorkers: 2,
  },
});
