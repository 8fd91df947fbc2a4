import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run test:gateways`: nginx, HAProxy and Caddy, where they are installed, with the configurations of docs/deploying.md. */
export default defineConfig({
  resolve: { alias: { tickpeer: fileURLToPath(new URL('../../src/index.ts', import.meta.url)) } },
  test: {
    include: ['test/gateways/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    sequence: { shuffle: true },
    testTimeout: 30_000,
    maxWorkers: 1,
  },
});
