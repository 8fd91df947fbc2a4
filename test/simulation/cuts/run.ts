import { runCuts } from './world.ts';

export interface CutsReport {
  worlds: number;
  cuts: number;
  returns: number;
  /** What was wrong in the last world, with its seed; null when nothing was. */
  failure: string | null;
}

/** Runs worlds of the seeds from `seed` on until there were `cuts` cuts, and for `time` milliseconds, until one fails. */
export function runCutWorlds(seed: number, cuts: number, time: number): CutsReport {
  const start = performance.now();
  const report: CutsReport = { worlds: 0, cuts: 0, returns: 0, failure: null };
  while (report.failure === null && (report.cuts < cuts || performance.now() - start < time)) {
    const result = runCuts(seed + report.worlds);
    if (result.fault !== null) report.failure = `world of cuts ${seed + report.worlds}: ${result.fault}`;
    report.worlds++;
    report.cuts += result.cuts;
    report.returns += result.returns;
  }
  return report;
}
