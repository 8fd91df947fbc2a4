import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** Tests that change their user, which a thread cannot. */
const NEEDS_A_PROCESS = ['src/stream/**/*.test.ts'];

/** The cases of `npm run conformance`. */
const CONFORMANCE = ['compression', 'frames', 'handshake'].map((name) => `test/conformance/${name}.test.ts`);

/** Tests that run in Chromium, which takes long to start: `npm run test:browser`. */
export const IN_CHROMIUM: string[] = [
  'test/browser/*.test.ts',
  'test/arena/page.test.ts',
  'test/godot-server/page.test.ts',
];

/** Those that are quick enough for `npm test`. */
export const QUICK_IN_CHROMIUM: string[] = ['test/browser/pages.test.ts'];

/** Programs that stand in documents, each run in processes of its own: `npm run test:docs`. */
export const PROGRAMS_OF_DOCUMENTS: string[] = [
  'docker-and-systemd',
  'godot-server',
  'moving',
  'recipes',
  'replication',
  'rooms',
  'start',
].map((name) => `test/docs/${name}.test.ts`);

export default defineConfig({
  resolve: {
    alias: {
      'tickpeer/cluster': fileURLToPath(new URL('./src/cluster/index.ts', import.meta.url)),
      'tickpeer/inspector': fileURLToPath(new URL('./src/inspector/index.ts', import.meta.url)),
      'tickpeer/multiplayer': fileURLToPath(new URL('./src/multiplayer/public.ts', import.meta.url)),
      'tickpeer/peer': fileURLToPath(new URL('./src/peer/index.ts', import.meta.url)),
      'tickpeer/protocol': fileURLToPath(new URL('./src/protocol/public.ts', import.meta.url)),
      'tickpeer/rooms': fileURLToPath(new URL('./src/rooms/public.ts', import.meta.url)),
      'tickpeer/testing': fileURLToPath(new URL('./src/testing/index.ts', import.meta.url)),
      'tickpeer/variant': fileURLToPath(new URL('./src/variant/index.ts', import.meta.url)),
      tickpeer: fileURLToPath(new URL('./src/index.ts', import.meta.url)),
    },
  },
  test: {
    reporters: ['default', './test/reporter.ts'],
    sequence: { shuffle: true },
    testTimeout: 20_000,
    maxWorkers: 2,
    projects: [
      {
        // One thread runs many of these files: a room is imported once and not once for each file.
        extends: true,
        test: {
          name: 'rooms',
          include: ['src/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...NEEDS_A_PROCESS],
          pool: 'threads',
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: [...NEEDS_A_PROCESS, 'test/**/*.test.ts'],
          // These need programs that npm test does not install, or take long, and have a script each.
          exclude: [
            ...configDefaults.exclude,
            'test/cluster/**',
            'test/gateways/**',
            'test/godot-engine/**',
            'test/site/**',
            ...CONFORMANCE,
            ...IN_CHROMIUM,
            ...PROGRAMS_OF_DOCUMENTS,
          ],
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: QUICK_IN_CHROMIUM },
      },
    ],
  },
});
