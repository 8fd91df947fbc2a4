// npm run bench [-- names …] [--quick] [--rounds N] [--best] [--against ws,net] [--node-load] [--json FILE]
//
//   npm run bench                     everything: about an hour (--rounds 3: 38 minutes); writes docs/performance.md, .json
//                                     and the chart
//   npm run bench -- echo --quick     one group, or workloads whose names begin so, in two short rounds
//   npm run bench -- replication      a server with replicated nodes: replication.mjs
//   npm run bench -- rooms            a server with rooms: rooms.mjs
//   npm run bench -- tunnel           a client that arrives at another node of the cluster: tunnel.mjs
//   npm run bench -- cluster          what a cluster's broker and its processes have to do: cluster.mjs
//   npm run bench -- cluster-relay    calls that one, two and four processes of a cluster pass on: cluster-relay.mjs
//
// Rounds are interleaved: in each round every contestant is measured with every workload, in a rotating order, in its
// own process. The result is the median of the ratios within a round.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findContestants } from './contestants.mjs';
import { makeIdentity } from './identity.mjs';
import { findLoad } from './load.mjs';
import { measure } from './measure.mjs';
import { printTables, writeDocuments } from './report.mjs';
import { contentionOf, summarise } from './summary.mjs';
import { chooseWorkloads } from './workloads.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// Not a comparison with other libraries: a program of its own, with its own options.
const [program = '', ...others] = process.argv.slice(2);
if (['replication', 'rooms', 'tunnel', 'cluster', 'cluster-relay'].includes(program)) {
  const execArgv = program === 'cluster' ? ['--expose-gc'] : [];
  const { status } = spawnSync(process.execPath, [...execArgv, here(`${program}.mjs`), ...others], {
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    best: { type: 'boolean', default: false },
    against: { type: 'string' },
    'node-load': { type: 'boolean', default: false },
    json: { type: 'string', default: here('build/last.json') },
  },
});

if (process.platform !== 'linux') {
  console.log('The CPU time of a process is read from /proc, so this runs on Linux alone.');
  process.exit(1);
}

const chosen = chooseWorkloads(positionals);
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const timing = values.quick ? { warmup: 300, measured: 500 } : { warmup: 2000, measured: 1000 };
const { found, missing } = findContestants(contestantsOf(chosen));
const load = findLoad(values['node-load']);
const folder = here('build');
const isPinned = cpus().length > 1 && spawnSync('taskset', ['--version']).status === 0;
const bench = {
  timing,
  load: load.command,
  cpus: isPinned ? [0, 1] : null,
  folder,
  identity: await makeIdentity(folder),
};

const samples = [];
const errors = [];
try {
  for (let round = 0; round < rounds; round++) {
    for (const workload of chosen) await measureAll(workload, round);
  }
} finally {
  rmSync(bench.identity.key);
  rmSync(bench.identity.certificate);
}
progress('');

const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: {
    processor: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: spawnSync('uname', ['-sr'], { encoding: 'utf8' }).stdout.trim(),
    node: process.version,
    contention: contentionOf(samples),
  },
  rounds,
  timing,
  isPinned,
  load: load.name,
  contestants: Object.fromEntries(
    Object.entries(found).map(([name, { title, version, env }]) => [
      name,
      { title, version, ...('LD_PRELOAD' in env ? { note: 'a copy made to load on an older glibc' } : {}) },
    ]),
  ),
  missing,
  rows: summarise(chosen, samples),
  errors,
};
mkdirSync(folder, { recursive: true });
writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
printTables(report, values.best);
console.log(`\nAll figures: ${values.json}`);
if (positionals.length === 0 && !values.quick && values.against === undefined) writeDocuments(report);
if (errors.length > 0) process.exitCode = 1;

async function measureAll(workload, round) {
  const names = workload.contestants.filter((name) => name in found);
  for (let n = 0; n < names.length; n++) {
    const name = names[(n + round) % names.length];
    const row = workload.rows[0].name;
    progress(`${round + 1}/${rounds} ${row} ${name}`);
    try {
      if (workload.tls && !load.canTls) throw new Error('the load was built without TLS');
      samples.push({ workload, name, round, figures: await measure(workload, name, found[name], bench) });
    } catch (error) {
      errors.push({ workload: row, name, round, message: error.message });
    }
  }
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function contestantsOf(workloads) {
  const names = [...new Set(workloads.flatMap(({ contestants }) => contestants))];
  if (values.against === undefined) return names;
  const wanted = ['tickpeer', ...values.against.split(',')];
  return names.filter((name) => wanted.includes(name));
}
