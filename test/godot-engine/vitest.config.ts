import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run interop`: the real engine, whose starts take seconds; one after the other. */
export default defineConfig({
  resolve: {
    alias: {
      'tickpeer/multiplayer': fileURLToPath(new URL('../../src/multiplayer/public.ts', import.meta.url)),
      'tickpeer/rooms': fileURLToPath(new URL('../../src/rooms/public.ts', import.meta.url)),
      'tickpeer/variant': fileURLToPath(new URL('../../src/variant/index.ts', import.meta.url)),
      tickpeer: fileURLToPath(new URL('../../src/index.ts', import.meta.url)),
    },
  },
  test: {
    include: ['test/godot-engine/**/*.test.ts'],
    reporters: ['default', './test/reporter.ts'],
    sequence: { shuffle: true },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 1,
  },
});
