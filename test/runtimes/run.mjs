// The journey (test/journey/) on other runtimes, against the built package: npm run test:runtimes
// Each runtime is a process that plays client and servers. Ends with the line `N passed, N failed`.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { EXPECTED } from './expected.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const output = join(root, 'build', 'runtimes');
const program = join(output, 'journey.mjs');
const identities = join(output, 'identities.json');

/** Milliseconds for all steps of a runtime; ten times what the slowest needs. */
const TIME_LIMIT = 180_000;

const installed = (...path) => join(here, 'node_modules', ...path);
const RUNTIMES = [
  { name: 'Node 20', command: process.execPath, args: [] },
  { name: 'Node 24', command: installed('node-24-linux-x64', 'bin', 'node'), args: [] },
  { name: 'Node 26', command: installed('node-26-linux-x64', 'bin', 'node'), args: [] },
  { name: 'Bun', command: installed('@oven', 'bun-linux-x64', 'bin', 'bun'), args: [] },
  { name: 'Deno', command: installed('@deno', 'linux-x64-glibc', 'deno'), args: ['run', '--allow-all', '--no-prompt'] },
];

const only = process.argv.slice(2);
const count = { passed: 0, failed: 0 };
await bundle();
await makeIdentities();
for (const runtime of RUNTIMES) if (only.length === 0 || only.includes(runtime.name)) await runJourney(runtime);
print(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;

/** One JavaScript file with the journey and both servers. `tickpeer` is not bundled, and is resolved by its exports. */
async function bundle() {
  rmSync(output, { recursive: true, force: true });
  const bundled = await rolldown({
    input: join(root, 'test', 'journey', 'main.ts'),
    external: ['tickpeer', /^node:/],
    platform: 'node',
    logLevel: 'warn',
  });
  await bundled.write({ file: program, format: 'esm' });
  await bundled.close();
}

/** Keys and certificates for this run. */
async function makeIdentities() {
  const { Crypto } = await import('../../dist/index.js');
  const make = async (name) => {
    const key = new Crypto().generateEc();
    const names = { subjectAltNames: ['127.0.0.1', 'localhost'] };
    const certificate = await new Crypto().generateSelfSignedCertificate(
      key,
      `CN=${name}`,
      '20200101000000',
      '20490101000000',
      names,
    );
    return { key: key.saveToString(), certificate: certificate.saveToString() };
  };
  mkdirSync(output, { recursive: true });
  const both = { trusted: await make('trusted'), untrusted: await make('untrusted') };
  writeFileSync(identities, JSON.stringify(both), { mode: 0o600 });
}

async function runJourney({ name, command, args }) {
  const expected = new Map(Object.entries(EXPECTED[name] ?? {}));
  const start = performance.now();
  let version;
  try {
    version = (await run(command, ['--version'], 10_000)).stdout.split('\n')[0];
  } catch (error) {
    return fail(`${name}: cannot be started: ${error.message}`);
  }
  print(`\n== ${name}: ${version}`);
  const { stdout, stderr, error } = await run(command, [...args, program, identities], TIME_LIMIT).then(
    (outputs) => ({ ...outputs, error: null }),
    (thrown) => ({ stdout: thrown.stdout ?? '', stderr: thrown.stderr ?? '', error: thrown }),
  );
  const results = stdout.split('\n').filter((line) => line.startsWith('{'));
  for (const line of results) compare(JSON.parse(line), expected);
  for (const step of expected.keys()) fail(`${step}: is expected to differ, but there is no such step`);
  if (error !== null) {
    const outcome = error.killed ? `killed after ${TIME_LIMIT} ms` : `ended with ${error.signal ?? error.code}`;
    fail(`${name}: ${outcome} after ${results.length} steps\n${stderr.trim()}`);
  } else if (results.length === 0) {
    fail(`${name}: not one step ran`);
  }
  print(`== ${name}: ${results.length} steps in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function compare({ name, milliseconds, error }, expected) {
  const difference = expected.get(name);
  expected.delete(name);
  if (difference === undefined) {
    if (error === null) pass(`${name} (${milliseconds} ms)`);
    else fail(`${name} (${milliseconds} ms)\n${error.replace(/^/gm, '     ')}`);
  } else if (error === null) {
    fail(`${name}: passes now, and stands in expected.mjs: ${difference.reason}`);
  } else if (!error.includes(difference.error)) {
    fail(`${name}: differs otherwise than expected.mjs has it\n${error.replace(/^/gm, '     ')}`);
  } else {
    pass(`${name}: differs as expected: ${difference.reason}`);
  }
}

function pass(text) {
  count.passed++;
  print(`ok   ${text}`);
}

function fail(text) {
  count.failed++;
  print(`FAIL ${text}`);
}

function run(command, args, timeout) {
  const running = promisify(execFile)(command, args, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  running.child.stdin.end();
  return running;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
