// Random worlds until one fails: npm run simulate -- --worlds N --seed S --minutes M --trace
// Without --minutes and --worlds, one minute. The seed is a number; without it, today's: it is printed.
import { parseArgs } from 'node:util';
import { runCutWorlds } from './cuts/run.ts';
import { runReplications } from './replication/run.ts';
import { describeFailure, describeReport, runWorlds, worldOf } from './run.ts';
import { runWorld } from './world.ts';

const { values } = parseArgs({
  options: {
    worlds: { type: 'string' },
    seed: { type: 'string' },
    minutes: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const seed = numberOf('seed', values.seed, Date.now());
const worlds = numberOf('worlds', values.worlds, 0);
const minutes = numberOf('minutes', values.minutes, worlds > 0 ? 0 : 1);
print(`Worlds from seed ${seed} on`);
if (values.trace) for (const line of runWorld(worldOf(seed), { isTraced: true }).trace) print(line);
const report = runWorlds({ seed, worlds, time: minutes * 60_000 }, {}, (now) => print(describeReport(now)));
if (report.failure !== null) print(describeFailure(report.failure));
print(describeReport(report));
// Replicated worlds, for a quarter of the time.
const replicated = runReplications(seed, worlds, minutes * 15_000);
if (replicated.failure !== null) print(replicated.failure);
print(`${replicated.worlds} replicated worlds`);
// Players whose connections are cut and who come back, for as long again.
const cut = runCutWorlds(seed, 10 * worlds, minutes * 15_000);
if (cut.failure !== null) print(cut.failure);
print(`${cut.worlds} worlds with ${cut.cuts} cuts`);
const failed = [report, replicated, cut].filter(({ failure }) => failure !== null).length;
print(`${report.worlds + replicated.worlds + cut.worlds - failed} passed, ${failed} failed`);
process.exitCode = failed;

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0 && (name === 'minutes' || Number.isSafeInteger(number))) return number;
  process.stderr.write(`--${name} ${text}: not a number that can be used\n`);
  process.exit(2);
}
