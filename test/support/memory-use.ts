import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What the process holds after a garbage collection, in bytes. */
export interface MemoryUse {
  readonly rss: number;
  readonly arrayBuffers: number;
}

export function memoryUse(): MemoryUse {
  // Twice: the memory of buffers that the first one found dead is given back, at the latest, when the next one begins.
  collectGarbage();
  collectGarbage();
  const { rss, arrayBuffers } = process.memoryUsage();
  return { rss, arrayBuffers };
}
