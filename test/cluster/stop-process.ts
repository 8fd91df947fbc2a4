import { readFileSync } from 'node:fs';
import { until } from '../support/until.ts';

/** Stops a process with SIGSTOP; resolves when all of its threads stand still. SIGCONT lets it go on. */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  // The state comes after the name, which is in brackets: T is stopped.
  await until(() => /\) T [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
}
