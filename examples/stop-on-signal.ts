import type { StopResult } from 'tickpeer';

/**
 * Stops the program when the system asks it to: `SIGTERM` from systemd, Docker and others, `SIGINT` from Ctrl+C. `stop` closes
 * all peers and resolves to the results, which are printed. The process then ends with 0, since nothing keeps
 * it alive. A second signal ends it at once.
 */
export function stopOnSignal(stop: () => Promise<readonly StopResult[]>): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      const results = await stop();
      const sum = (count: keyof StopResult): number => results.reduce((total, result) => total + result[count], 0);
      console.log(`Stopped: ${sum('closed')} closed, ${sum('lost')} lost, ${sum('dropped')} dropped.`);
    });
  }
}
