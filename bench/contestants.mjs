// The programs that are measured, and how each is started.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { uwsEnvironment } from './uws-on-old-glibc.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const NODE = [process.execPath, '--expose-gc'];
const WITHOUT_HELPERS = { WS_NO_BUFFER_UTIL: '1', WS_NO_UTF_8_VALIDATE: '1' };

/** `server` and `client` are files in the folders of these names; `settings` are added to the workload's. */
const all = {
  tickpeer: { title: 'tickpeer', server: 'tickpeer.mjs', client: 'tickpeer.mjs' },
  'tickpeer-plain': {
    title: 'tickpeer, packets in memory of their own, Node’s public API alone',
    server: 'tickpeer.mjs',
    client: 'tickpeer.mjs',
    settings: { isPlain: true },
  },
  ws: { title: 'ws', package: 'ws', server: 'ws.mjs', client: 'ws.mjs', env: WITHOUT_HELPERS },
  'ws-native': { title: 'ws with bufferutil and utf-8-validate', package: 'ws', server: 'ws.mjs', client: 'ws.mjs' },
  'ws-cork': {
    title: 'ws, corked by hand',
    package: 'ws',
    server: 'ws.mjs',
    env: WITHOUT_HELPERS,
    settings: { cork: true },
  },
  'websocket-driver': { title: 'websocket-driver', package: 'websocket-driver', server: 'websocket-driver.mjs' },
  uws: { title: 'uWebSockets.js', package: '@btc-vision/uwebsockets.js', server: 'uws.mjs' },
  bun: { title: 'Bun', server: 'bun.mjs', client: 'standard.mjs', binary: '@oven/bun-linux-x64/bin/bun', args: [] },
  deno: {
    title: 'Deno',
    server: 'deno.mjs',
    client: 'standard.mjs',
    binary: '@deno/linux-x64-glibc/deno',
    args: ['run', '-A', '--no-lock', '--v8-flags=--expose-gc'],
  },
  net: { title: 'bare node:net, node:tls', server: 'net.mjs', isRaw: true },
  'tickpeer-schema': { title: 'tickpeer, by a schema' },
  msgpackr: { title: 'msgpackr', package: 'msgpackr' },
  'gd-com': { title: 'gd-com', package: 'gd-com' },
};

/** The contestants that can run here, by name, with `command`, `env` and `version`; and why the others cannot. */
export function findContestants(names) {
  const found = {};
  const missing = {};
  for (const name of names) {
    const one = all[name];
    try {
      found[name] = { ...one, env: one.env ?? {}, ...(one.binary ? runtime(one) : node(name, one)) };
    } catch (error) {
      missing[name] = error.message;
    }
  }
  return { found, missing };
}

function node(name, one) {
  if (name.startsWith('tickpeer')) {
    return { command: NODE, version: JSON.parse(readFileSync(here('../package.json'), 'utf8')).version };
  }
  if (one.package === undefined) return { command: NODE, version: process.version };
  const path = here(`node_modules/${one.package}/package.json`);
  if (!existsSync(path)) throw new Error('not installed: npm ci --prefix bench');
  const { version } = JSON.parse(readFileSync(path, 'utf8'));
  return { command: NODE, version, ...(name === 'uws' ? { env: loadsUws() } : {}) };
}

/** The environment in which uWebSockets.js can be loaded. Throws if there is none. */
function loadsUws() {
  const tries = [{}, uwsEnvironment()];
  let why = '';
  for (const env of tries.filter(Boolean)) {
    const args = ['-e', "require(process.env.TICKPEER_BENCH_UWS ?? '@btc-vision/uwebsockets.js')"];
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: here('.'), env: { ...process.env, ...env } });
    if (status === 0) return env;
    why = /version `[^']*' not found/.exec(String(stderr))?.[0] ?? 'its binary does not load';
  }
  throw new Error(`${why}, so it cannot run on this system`);
}

function runtime({ binary, args }) {
  const path = here(`../test/runtimes/node_modules/${binary}`);
  if (!existsSync(path)) throw new Error('not installed: npm ci --prefix test/runtimes');
  const version = /\d+\.\d+\.\d+/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown';
  return { command: [path, ...args], version };
}
