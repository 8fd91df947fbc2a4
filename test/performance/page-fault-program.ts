/**
 * Prints how many page faults a packet of 64 KiB costs that is received, read and dropped; page-faults.test.ts runs it. `packets` of
 * them are alive at a time.
 */
import { setTimeout } from 'node:timers/promises';
import { nodePlatform } from '../../src/websocket/platform/node-platform.ts';

const SIZE = 65_536;
const ALIVE = 16;
const COUNT = 10_000;

const alive: Uint8Array[] = [];

function receive(count: number): void {
  for (let index = 0; index < count; index++) alive[index % ALIVE] = nodePlatform.allocate!(SIZE).fill(1);
}

receive(1);
await setTimeout(50); // the first packet has effects of its own, which take a few turns
receive(COUNT);
const before = process.resourceUsage().minorPageFault;
receive(COUNT);
process.stdout.write(`${(process.resourceUsage().minorPageFault - before) / COUNT}\n`);
