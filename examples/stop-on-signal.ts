import type { StopResult } from 'tickpeer';

/**
 * Stops the program when the system asks it to: `SIGTERM` from systemd, Docker and the like, `SIGINT` from Ctrl+C. `stop` sees
 * everybody off and resolves to how that went, which is printed. The process then ends by itself, with 0, for nothing keeps
 * it alive any more. A second signal ends it at once.
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
