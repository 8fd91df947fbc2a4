import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:cluster`: rooms in several processes, on a real NATS server. */
export default defineConfig({
  resolve: { alias: { tickpeer: fileURLToPath(new URL('../../src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/cluster/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    sequence: { shuffle: true },
    testTimeout: 60_000,
    maxWorkers: 1,
  },
});
