/**
 * Waits until `condition` holds. Checks it in each turn of the event loop, without a timer. Throws after `timeLimit`
 * milliseconds, with the condition's source in the message.
 */
export async function until(condition: () => boolean, timeLimit = 5000): Promise<void> {
  const latest = performance.now() + timeLimit;
  while (!condition()) {
    if (performance.now() > latest) throw new Error(`did not come true within ${timeLimit} ms: ${condition}`);
    await turn();
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
