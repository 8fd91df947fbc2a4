import { outputMemory, SHARED_SLAB_SIZE } from '../../src/protocol/writing/output-memory.ts';

/**
 * Makes the next shared output begin in a slab without users. The slab before it may have some for ever: test files share the
 * process, and not every test sends what it wrote.
 */
export function beginEmptySlab(): void {
  const slab = outputMemory.share(SHARED_SLAB_SIZE);
  slab.used = SHARED_SLAB_SIZE;
  outputMemory.release(slab);
}
