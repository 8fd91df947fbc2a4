import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** A module that has not done it yet. */
async function load(): Promise<() => void> {
  vi.resetModules();
  return (await import('./freed-memory.ts')).keepFreedMemory;
}

test('without a global MessageChannel, as under jsdom, it does nothing', async () => {
  const keepFreedMemory = await load();
  vi.stubGlobal('MessageChannel', undefined);
  expect(keepFreedMemory).not.toThrow();
});

test('where the block cannot be allocated, nothing is thrown into the packet that arrives', async () => {
  const keepFreedMemory = await load();
  vi.stubGlobal(
    'ArrayBuffer',
    class {
      constructor() {
        throw new RangeError('Array buffer allocation failed');
      }
    },
  );
  expect(keepFreedMemory).not.toThrow();
});
