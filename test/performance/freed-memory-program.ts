/**
 * Prints, in MiB, how much address space the process mapped and freed again for a packet of each size; freed-memory.test.ts runs
 * it. Linux only.
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { nodePlatform } from '../../src/websocket/platform/node-platform.ts';

function mebibytes(field: 'VmPeak' | 'VmSize'): number {
  const [, kibibytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return Number(kibibytes) / 1024;
}

await setTimeout(100); // Node's threads have started

/** Maps so much that the peak is the present size. */
const full: Uint8Array[] = [];
while (mebibytes('VmPeak') > mebibytes('VmSize') + 1) full.push(new Uint8Array(256 * 1024));

const freed: number[] = [];
for (const size of [8191, 8192, 8193]) {
  const before = mebibytes('VmPeak');
  nodePlatform.allocate!(size);
  await setTimeout(100); // the memory is freed when a port closes, some turns later
  freed.push(mebibytes('VmPeak') > before + 16 ? Math.round(mebibytes('VmPeak') - mebibytes('VmSize')) : 0);
}
process.stdout.write(JSON.stringify(freed));
