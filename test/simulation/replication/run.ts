import { Random } from '../../../src/testing/index.ts';
import { planReplication, type ReplicationPlan } from './plan.ts';
import type { PeerClass } from './side.ts';
import { runReplication } from './world.ts';

/** The most runs to make a plan smaller. */
const MOST_RUNS = 60;

export interface ReplicationReport {
  worlds: number;
  /** What was wrong in the last world; null when nothing was. */
  failure: string | null;
}

/** Runs replicated worlds of the seeds from `seed` on, at least `worlds` of them and for `time` milliseconds, until one fails. */
export function runReplications(
  seed: number,
  worlds: number,
  time: number,
  Peer?: PeerClass,
  shrinks = true,
): ReplicationReport {
  const start = performance.now();
  const report: ReplicationReport = { worlds: 0, failure: null };
  while (report.failure === null && (report.worlds < worlds || performance.now() - start < time)) {
    const plan = planReplication(new Random(seed + report.worlds), seed + report.worlds);
    report.worlds++;
    const fault = runReplication(plan, Peer);
    if (fault !== null) report.failure = shrinks ? describe(plan, fault, Peer) : fault;
  }
  return report;
}

function describe(plan: ReplicationPlan, fault: string, Peer?: PeerClass): string {
  const small = shrink(plan, Peer);
  const { actions, ...settings } = small;
  return [
    `replicated world ${plan.seed}: ${fault}`,
    `with fewer actions: ${runReplication(small, Peer)}`,
    JSON.stringify(settings),
    ...actions.map((action) => JSON.stringify(action)),
  ].join('\n');
}

/** The plan without actions that are not needed for a failure. */
function shrink(plan: ReplicationPlan, Peer?: PeerClass): ReplicationPlan {
  let small = plan;
  let runs = 0;
  for (let size = plan.actions.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < small.actions.length && runs < MOST_RUNS; ) {
      const fewer = { ...small, actions: small.actions.filter((_, index) => index < at || index >= at + size) };
      runs++;
      if (runReplication(fewer, Peer) !== null) small = fewer;
      else at += size;
    }
  }
  return small;
}
