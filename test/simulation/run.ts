import { Random } from '../../src/testing/index.ts';
import { planWorld, type WorldPlan } from './plan.ts';
import { type Shrunk, shrink } from './shrink.ts';
import { type Outcome, runWorld, type WorldOptions } from './world.ts';

export interface RunLimits {
  readonly seed: number;
  /** The least number of worlds. The run ends when that and the time are reached. */
  readonly worlds: number;
  /** Milliseconds of real time. */
  readonly time: number;
}

export interface Report {
  worlds: number;
  steps: number;
  packets: number;
  simulatedSeconds: number;
  wallSeconds: number;
  failure: FailedWorld | null;
}

export interface FailedWorld {
  readonly seed: number;
  readonly outcome: Outcome;
  readonly shrunk: Shrunk;
}

/** The plan of the world with `seed`. */
export function worldOf(seed: number): WorldPlan {
  return planWorld(new Random(seed), seed);
}

/** Runs the worlds of the seeds `seed`, `seed + 1`, …, until one fails. */
export function runWorlds(
  limits: RunLimits,
  options: WorldOptions = {},
  onProgress?: (report: Report) => void,
  { shrinks = true }: { shrinks?: boolean } = {},
): Report {
  const report: Report = { worlds: 0, steps: 0, packets: 0, simulatedSeconds: 0, wallSeconds: 0, failure: null };
  const start = performance.now();
  let shownAt = start;
  while (report.failure === null) {
    const now = performance.now();
    report.wallSeconds = (now - start) / 1000;
    if (report.worlds >= limits.worlds && now - start >= limits.time) break;
    const seed = limits.seed + report.worlds;
    const plan = worldOf(seed);
    const outcome = runWorld(plan, options);
    report.worlds++;
    report.steps += outcome.steps;
    report.packets += outcome.packets;
    report.simulatedSeconds += outcome.milliseconds / 1000;
    if (outcome.rule !== null) {
      const shrunk = shrinks ? shrink(plan, outcome, options) : { plan, outcome, runs: 0 };
      report.failure = { seed, outcome, shrunk };
    }
    if (onProgress !== undefined && now - shownAt > 10_000) {
      shownAt = now;
      onProgress(report);
    }
  }
  return report;
}

export function describeReport({ worlds, steps, packets, simulatedSeconds, wallSeconds }: Report): string {
  const rate = Math.round(worlds / Math.max(wallSeconds, 0.001));
  return (
    `${worlds} worlds, ${Math.round(simulatedSeconds)} simulated seconds, ${steps} steps, ${packets} packets, ` +
    `${wallSeconds.toFixed(1)} s (${rate} worlds a second)`
  );
}

const LONGEST_TRACE = 150;

/** The report of a failure. */
export function describeFailure({ seed, outcome, shrunk }: FailedWorld): string {
  const trace = withoutIdlePolls(shrunk.outcome.trace);
  const shown = trace.length <= LONGEST_TRACE ? trace : ['…', ...trace.slice(-LONGEST_TRACE)];
  return [
    `World ${seed} failed at step ${outcome.steps}, ${outcome.milliseconds} ms: ${outcome.rule}: ${outcome.message}`,
    `Again: npm run simulate -- --worlds 1 --seed ${seed}`,
    '',
    `Shrunk in ${shrunk.runs} runs: ${shrunk.outcome.rule}: ${shrunk.outcome.message}`,
    ...shrunk.plan.links.map((link) => JSON.stringify(link, showInfinity)),
    ...shrunk.plan.actions.map((action) => JSON.stringify(action, showInfinity)),
    '',
    `The trace of the shrunk world, ${shrunk.outcome.trace.length} lines:`,
    ...shown,
  ].join('\n');
}

/** Writes consecutive polls as one line. */
function withoutIdlePolls(trace: readonly string[]): string[] {
  const lines: string[] = [];
  let polls = 0;
  trace.forEach((line, index) => {
    const isIdle = line.endsWith(' polls') && trace[index + 1]?.endsWith(' polls') === true;
    if (isIdle) {
      polls++;
      return;
    }
    if (polls > 0) lines.push(`  (${polls} polls)`);
    polls = 0;
    lines.push(line);
  });
  return lines;
}

function showInfinity(_key: string, value: unknown): unknown {
  return value === Number.POSITIVE_INFINITY ? 'Infinity' : value;
}
