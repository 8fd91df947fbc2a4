import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vitest/config';
import base, { PROGRAMS_OF_DOCUMENTS } from '../../vitest.config.ts';

/** `npm run test:docs`: the recipes and tutorials, run as they stand in the text. */
export default mergeConfig(
  defineConfig({ resolve: base.resolve ?? {} }),
  defineConfig({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    test: {
      include: PROGRAMS_OF_DOCUMENTS,
      reporters: ['default', './test/reporter.ts'],
      sequence: { shuffle: true },
      testTimeout: 60_000,
      maxWorkers: 2,
    },
  }),
);
