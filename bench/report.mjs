// A run as tables: on the terminal, and as docs/performance.md with its chart. `node bench/report.mjs FILE` writes those from
// the JSON of a run, by default again from docs/performance.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawChart } from './chart.mjs';

const docs = (path) => fileURLToPath(new URL(`../docs/${path}`, import.meta.url));

const GROUPS = {
  echo: 'Echo server',
  snapshots: 'Snapshots to every client',
  client: 'Client',
  tls: 'TLS',
  deflate: 'Compression',
  connections: 'Many connections',
  multiplayer: 'Multiplayer and Variants',
};
const UNITS = { cpu: 'µs', share: '%', p50: 'µs', kib: 'KiB', handshake: 'µs' };

/** With `isBest`, the best rounds are compared instead of medians: less exact, but more stable on a busy machine. */
export function printTables(measured, isBest) {
  const report = isBest ? withBest(measured) : measured;
  console.log(quietness(report.machine).replaceAll('**', ''));
  for (const [group, title] of Object.entries(GROUPS)) {
    const table = tableOf(report, group);
    if (table === null) continue;
    console.log(`\n${title}`);
    const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
    for (const cells of table) {
      console.log(
        cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '),
      );
    }
  }
  for (const [name, why] of Object.entries(report.missing)) console.log(`\nNot measured: ${name}: ${why}`);
  for (const { workload, name, round, message } of report.errors) {
    console.log(`\nFailed: ${workload}, ${name}, round ${round + 1}: ${message}`);
  }
  const { reached, all, missed } = goalsOf(report);
  console.log(`\n${reached} of ${all} goals reached${missed.length > 0 ? '; not:' : ''}`);
  for (const line of missed) console.log(`  ${line}`);
}

function withBest(report) {
  const best = ({ low, ...figure }, ours) => ({ ...figure, low, median: low, ratio: ours ? low / ours.low : null });
  const rows = report.rows.map((row) => {
    const entries = Object.entries(row.figures).map(([name, figure]) => [name, best(figure, row.figures['tickpeer'])]);
    return { ...row, figures: Object.fromEntries(entries) };
  });
  return { ...report, rows };
}

/** tickpeer's figure in its unit; for the others the ratio to it, and the goal. */
function tableOf({ rows, contestants }, group) {
  const own = rows.filter((row) => row.group === group && Object.keys(row.figures).length > 0);
  if (own.length === 0) return null;
  const names = Object.keys(contestants).filter((name) => own.some(({ figures }) => name in figures));
  const others = names.filter((name) => name !== 'tickpeer');
  const head = ['', 'tickpeer', 'messages/s', ...others];
  return [
    head,
    ...own.map((row) => {
      const ours = row.figures['tickpeer'];
      const rate = ours && ours.perSecond > 0 ? Math.round(ours.perSecond).toLocaleString('en') : '';
      return [row.title, ours ? ownCell(row, ours) : '–', rate, ...others.map((name) => ratioCell(row, name))];
    }),
  ];
}

function ownCell({ metric, limit }, { median }) {
  const scale = metric === 'share' ? 100 : 1;
  const text = `${number(median * scale)} ${UNITS[metric]}`;
  return limit === undefined ? text : `${text} ${mark(median <= limit)} ≤ ${number(limit * scale)}`;
}

function ratioCell({ figures, goals, metric }, name) {
  const figure = figures[name];
  if (figure === undefined) return '';
  if (metric === 'share') return `${number(figure.median * 100)} %`;
  if (figure.ratio === null || !Number.isFinite(figure.ratio)) return `${number(figure.median)} ${UNITS[metric]}`;
  const goal = goals[name];
  const text = `${number(figure.ratio)} ×`;
  return goal === undefined ? text : `${text} ${mark(isReached(figure.ratio, goal))} ${number(goal)}`;
}

function isReached(ratio, goal) {
  return Number(ratio.toFixed(2)) >= Number(goal.toFixed(2));
}

const mark = (isGood) => (isGood ? '✓' : '✗');

function number(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function goalsOf({ rows }) {
  const missed = [];
  let all = 0;
  for (const { title, metric, goals, limit, figures } of rows) {
    const ours = figures['tickpeer'];
    if (ours === undefined) continue;
    if (limit !== undefined) {
      all++;
      if (ours.median > limit) missed.push(`${title}: ${ownCell({ metric, limit }, ours)}`);
    }
    for (const [name, goal] of Object.entries(goals)) {
      const ratio = figures[name]?.ratio;
      if (ratio === undefined || ratio === null) continue;
      all++;
      if (!isReached(ratio, goal)) missed.push(`${title}: ${number(ratio)} × ${name}, the goal is ${number(goal)}`);
    }
  }
  return { all, reached: all - missed.length, missed };
}

// ---------------------------------------------------------------- the document

export function writeDocuments(report) {
  writeFileSync(docs('performance.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(docs('images/performance.svg'), drawChart(report));
  writeFileSync(docs('performance.md'), documentOf(report));
  const readme = readFileSync(docs('../README.md'), 'utf8');
  writeFileSync(
    docs('../README.md'),
    readme.replace(SUMMARY, () => `<!-- bench -->\n${summaryOf(report)}<!-- /bench -->`),
  );
  const { missed } = goalsOf(report);
  const list = missed.map((line) => `- ${line}\n`).join('');
  const notes = readFileSync(NOTES, 'utf8');
  writeFileSync(
    NOTES,
    notes.replace(MISSED, () => `<!-- missed, ${report.date} -->\n\n${list}\n<!-- /missed -->`),
  );
}

const NOTES = fileURLToPath(new URL('NOTES.md', import.meta.url));
/** The part of the notes that lists the goals of the last run that were missed. */
const MISSED = /<!-- missed.*?-->.*<!-- \/missed -->/s;

/** The part of the README that shows the last run, and its rows. */
const SUMMARY = /<!-- bench -->.*<!-- \/bench -->/s;
const SHOWN = ['echo-small', 'echo-64-x32', 'echo-64k', 'snapshots-2000', 'tls-1k-x16', 'idle-memory'];

function summaryOf({ date, machine, contestants, rows }) {
  const names = ['ws', 'uws'].filter((name) => name in contestants);
  const titles = names.map((name) => `${contestants[name].title} ${contestants[name].version}`);
  const lines = rows
    .filter(({ name, figures }) => SHOWN.includes(name) && figures['tickpeer'] !== undefined)
    .map(({ title, figures, metric }) => {
      const ours = figures['tickpeer'];
      const others = names.map((name) => (figures[name] === undefined ? '' : `${number(figures[name].ratio)} ×`));
      return `| ${title} | ${number(ours.median)} ${UNITS[metric]} | ${others.join(' | ')} |`;
    });
  return `CPU time per message, memory of an idle connection, and the ratio of the others: 2.0 × is twice tickpeer's (with \`packetsShareMemory\` on; ${date}; ${machine.processor}, Node ${machine.node.slice(1)}):

| | tickpeer | ${titles.join(' | ')} |
|---|--:|${names.map(() => '--:|').join('')}
${lines.join('\n')}

[docs/performance.md](docs/performance.md) has the whole run, and what the figures mean for a game.
`;
}

function documentOf(report) {
  const { date, machine, rounds, timing, contestants, missing, load, isPinned } = report;
  const versions = Object.values(contestants)
    .filter(({ title }) => !title.startsWith('tickpeer, '))
    .map(({ title, version, note }) => `${title} ${version}${note === undefined ? '' : ` (${note})`}`);
  const { reached, all } = goalsOf(report);
  return `# Performance

Written by \`npm run bench\` (\`bench/report.mjs\`), last on ${date}. ${machine.processor}, ${machine.memory}, ${machine.system},
Node ${machine.node.slice(1)}, loopback. ${versions.join('; ')}. ${quietness(machine)}
${Object.entries(missing)
  .map(([name, why]) => `Not measured: ${name}: ${why}.\n`)
  .join('')}
![How many times less CPU time than ws](images/performance.svg)

## How to read the tables

The main figure is the **server's CPU time per message**, of all threads together. Column "tickpeer" has tickpeer's; the others have
their ratio to it: 2.0 × is twice the CPU time of tickpeer. A mark and a number after it are the goal for that ratio, and whether it was
reached. "node:net" and "node:tls" are bare sockets that echo bytes, without WebSocket: the practical limit of Node.

Each contestant runs in its own process${isPinned ? ' on one CPU, and the load on another one' : ''}. The load (${load}) sends prepared frames and compares every byte of the
answers. It counts the frames of compressed answers; the first of them are inflated and compared. ${rounds} rounds of ${timing.measured / 1000} s each after
${timing.warmup / 1000} s of warm-up, interleaved in rotating order; ratios are medians of those within a round. "n in flight": n messages are sent in one
write, and their answers awaited. There are 64 connections, 32 from 16 KiB on, 8 of 1 MiB. tickpeer's server polls in \`onWake\`, with the
public API and with [\`packetsShareMemory\`](limits.md) on, which is off by default. The column "packets in memory of their own, Node’s public
API alone" has it off, and uses no private parts of Node.

${Object.entries(GROUPS)
  .map(([group, title]) => section(report, group, title))
  .join('')}
## Goals

${reached} of ${all} reached. [bench/NOTES.md](../bench/NOTES.md#goals-that-were-missed) lists the others, with what was tried.

${readFileSync(fileURLToPath(new URL('where-the-time-goes.md', import.meta.url)), 'utf8')}
## Latency and spread

| workload | p50 | p90 | p99 | lowest and highest CPU time | load's share of its core |
|---|--:|--:|--:|--:|--:|
${latencies(report)}

Latency is the time from the write of a turn to the last byte of its answer, with all connections busy; for snapshots, from the request
for a tick to its last byte at the last client. Regressions are detected by counts, which noise does not affect: \`test/performance/\`, part of
\`npm test\`.
`;
}

/** Whether other processes used the CPU of the measured ones. */
function quietness({ contention }) {
  const share = contention === undefined || contention === null ? '' : `${number(contention * 100)} %`;
  if (share !== '' && contention < 0.1)
    return `No other load: servers waited for their CPU ${share} of the time they ran.`;
  const much = share === '' ? 'an unknown part' : share;
  return `**The machine had other load** (servers waited for their CPU ${much} of the time they ran): the figures are approximate.`;
}

function section(report, group, title) {
  const table = tableOf(report, group);
  if (table === null) return '';
  const [head, ...body] = table;
  const titles = head.map((name) => report.contestants[name]?.title ?? name);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return `## ${title}\n\n${[line(titles), line(head.map((_, n) => (n === 0 ? '---' : '--:'))), ...body.map(line)].join('\n')}\n\n`;
}

function latencies({ rows }) {
  const lines = rows.map(({ title, metric, figures }) => {
    const ours = figures['tickpeer'];
    if (ours === undefined || metric !== 'cpu' || ours.p50 === 0) return '';
    const times = [ours.p50, ours.p90, ours.p99].map((us) =>
      us >= 1000 ? `${number(us / 1000)} ms` : `${number(us)} µs`,
    );
    const spread = `${number(ours.low)} – ${number(ours.high)} µs`;
    return `| ${title} | ${times.join(' | ')} | ${spread} | ${number(ours.loadShare * 100)} % |`;
  });
  return lines.filter(Boolean).join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeDocuments(JSON.parse(readFileSync(process.argv[2] ?? docs('performance.json'), 'utf8')));
}
