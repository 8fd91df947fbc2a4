// A process's CPU time from Linux, exact and for each thread.
import { readdirSync, readFileSync } from 'node:fs';

/** Seconds that all threads of a process have run. A thread that ends while this reads is not counted. */
export function cpuOf(pid) {
  let total = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      total += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0]);
    } catch {}
  }
  return total / 1e9;
}
