import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: {
      'tickpeer/multiplayer': fileURLToPath(new URL('./src/multiplayer/index.ts', import.meta.url)),
      'tickpeer/peer': fileURLToPath(new URL('./src/peer/index.ts', import.meta.url)),
      'tickpeer/protocol': fileURLToPath(new URL('./src/protocol/public.ts', import.meta.url)),
      'tickpeer/testing': fileURLToPath(new URL('./src/testing/index.ts', import.meta.url)),
      'tickpeer/variant': fileURLToPath(new URL('./src/variant/index.ts', import.meta.url)),
      tickpeer: fileURLToPath(new URL('./src/index.ts', import.meta.url)),
    },
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // These need programs that npm test does not install, and have a script each.
    exclude: [...configDefaults.exclude, 'test/gateways/**', 'test/godot-engine/**'],
    reporters: ['default', './test/reporter.ts'],
    sequence: { shuffle: true },
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});
