import { setTimeout as tick } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { hubs } from './hub.ts';
import { sides } from './side.ts';

/** Milliseconds. Short, so that the engine does not wait; more than 0, since it needs the processor, too. */
const TICK = 4;

/** tickpeer's game loop, until `condition` holds. Throws after `timeLimit` milliseconds. */
export async function until(condition: () => boolean, timeLimit = 10_000): Promise<void> {
  if (!(await comes(condition, timeLimit))) throw new Error(`did not come true within ${timeLimit} ms: ${condition}`);
}

/** Waits for as many lines as are expected, and takes them: of an engine's `lines` or `errors`, or of a side's `told`. */
export async function expectNext<T>(lines: T[], expected: readonly unknown[], timeLimit = 10_000): Promise<void> {
  await comes(() => lines.length >= expected.length, timeLimit);
  expect(lines.splice(0, expected.length)).toEqual(expected);
}

async function comes(condition: () => boolean, timeLimit: number): Promise<boolean> {
  const latest = performance.now() + timeLimit;
  for (;;) {
    for (const hub of hubs) hub.poll();
    for (const { multiplayer } of sides) multiplayer.poll();
    if (condition()) return true;
    if (performance.now() > latest) return false;
    await tick(TICK);
  }
}

/** Waits until `read` returns `expected`. */
export async function expectSoon(read: () => unknown, expected: unknown, timeLimit = 10_000): Promise<void> {
  const latest = performance.now() + timeLimit;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (performance.now() > latest) expect(value).toEqual(expected);
    await comes(() => true, timeLimit);
    await tick(TICK);
  }
}
