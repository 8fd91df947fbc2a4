import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** The memory in use after a garbage collection, in bytes. */
export interface MemoryUse {
  readonly rss: number;
  readonly arrayBuffers: number;
}

export function memoryUse(): MemoryUse {
  // Twice: memory of buffers that the first collection found unused is freed, at the latest, when the next one begins.
  collectGarbage();
  collectGarbage();
  const { rss, arrayBuffers } = process.memoryUsage();
  return { rss, arrayBuffers };
}
