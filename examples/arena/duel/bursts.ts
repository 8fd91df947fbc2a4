import { performance } from 'node:perf_hooks';
import { DOTS, placeOf } from './choreography.js';
import { Scene } from './scene.js';

/** Milliseconds that a lane needs to handle a burst, on any machine. */
const WORK = 130;
/** The least and the most inputs of a burst. */
const RANGE = [2000, 40_000] as const;
const ROUNDS = 12;

/** How many inputs make a burst that takes `WORK` milliseconds to handle on this machine. */
export function measureBurst(): number {
  const scene = new Scene();
  const dots = Array.from({ length: DOTS }, (_, number) => scene.add(number, placeOf(number, 0)));
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (const [number, dot] of dots.entries()) scene.apply(dot, placeOf(number, round / 10));
    costs.push((performance.now() - start) / DOTS);
  }
  return burstOf(costs);
}

/**
 * The same, from the milliseconds that one input took in some rounds: the median of the later half, since the first rounds
 * run before the code is compiled. A multiple of `DOTS`.
 */
export function burstOf(costs: readonly number[]): number {
  const later = costs.slice(Math.floor(costs.length / 2)).sort((one, other) => one - other);
  const cost = later[Math.floor(later.length / 2)] ?? 0;
  const [least, most] = RANGE;
  const wanted = cost > 0 ? WORK / cost : most;
  return Math.round(Math.min(Math.max(wanted, least), most) / DOTS) * DOTS;
}
