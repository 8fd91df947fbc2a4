import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import base, { IN_CHROMIUM, QUICK_IN_CHROMIUM } from '../../vitest.config.ts';

/** `npm run test:browser`: what runs in Chromium. `npm test` has only the quick part of it. */
export default mergeConfig(
  defineConfig({ resolve: base.resolve ?? {} }),
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      include: IN_CHROMIUM,
      exclude: QUICK_IN_CHROMIUM,
      reporters: ['default', './test/reporter.ts'],
      sequence: { shuffle: true },
      testTimeout: 60_000,
      maxWorkers: 2,
    },
  }),
);
