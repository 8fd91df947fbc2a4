// What all measured processes share: their settings, the rate of their ticks, and commands on stdin. Runs on Node, Bun and Deno.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setImmediate } from 'node:timers';
import { snapshots } from '../payloads.mjs';

/** The workload, see workloads.mjs, with `identity` (paths of a key and a certificate) for TLS. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

export const isTick = settings.kind === 'tick';
/** The program handles text as strings. */
export const wantsStrings = settings.strings === true;
export const key = settings.identity ? readFileSync(settings.identity.key, 'utf8') : null;
export const certificate = settings.identity ? readFileSync(settings.identity.certificate, 'utf8') : null;
/** Limits for messages and waiting bytes, high enough that no peer reaches them. */
export const LIMIT = 64 * 1024 * 1024;

const ticks = isTick ? snapshots(settings.perTick, settings.size) : [];
let tick = 0;

/** The messages of the next tick. */
export function nextSnapshots() {
  return ticks[tick++ % ticks.length];
}

let isRunning = false;

/**
 * A client requested a tick. Without a rate there is one tick; with a rate, ticks follow by a clock that catches up.
 * Not during another client's message: uWebSockets.js gathers writes only outside of message handlers.
 */
export function askForTick(runTick) {
  if (settings.hz === undefined) {
    setImmediate(runTick);
  } else if (!isRunning) {
    isRunning = true;
    let due = performance.now();
    const next = () => {
      runTick();
      due = Math.max(due + 1000 / settings.hz, performance.now() - 1000 / settings.hz);
      setTimeout(next, Math.max(0, due - performance.now()));
    };
    next();
  }
}

const collect = globalThis.Bun ? () => globalThis.Bun.gc(true) : (globalThis.gc ?? (() => {}));

/** Prints the port (0: none), then reads commands: `gc` collects garbage. The process is killed when it is no longer needed. */
export function ready(port) {
  console.log(JSON.stringify({ port }));
  process.stdin.on('data', async (line) => {
    if (!String(line).startsWith('gc')) return;
    for (let n = 0; n < 4; n++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    console.log(JSON.stringify({ collected: true }));
  });
}
