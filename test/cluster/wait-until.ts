/** Milliseconds. */
const INTERVAL = 10;

/**
 * Waits until `condition` holds, as `until` of test/support, but looks at intervals: in each turn of the event loop, it would take the processor from the
 * other processes.
 */
export async function waitUntil(condition: () => boolean, timeLimit: number): Promise<void> {
  const latest = performance.now() + timeLimit;
  while (!condition()) {
    if (performance.now() > latest) throw new Error(`did not come true within ${timeLimit} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}
