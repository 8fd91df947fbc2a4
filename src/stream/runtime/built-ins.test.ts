import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import * as nodeHttp2 from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, onTestFinished, test } from 'vitest';
import { HTTP2_CODES } from '../carried/http2-codes.ts';

const ENTRIES = ['index', 'multiplayer/public', 'rooms/index', 'peer/index'];

/** Modules of Node's that a program does not pay for before it uses them. */
const NOT_LOADED = [
  'http',
  'https',
  'http2',
  'zlib',
  'cluster',
  'child_process',
  'dgram',
  'perf_hooks',
  'worker_threads',
];

test('the codes of HTTP/2 are Node’s', () => {
  expect(nodeHttp2.constants).toMatchObject(HTTP2_CODES);
});

test.each(ENTRIES)('importing %s loads no module that is loaded on use', async (entry) => {
  const file = await bundled(entry);
  const program = `
      const before = new Set(process.moduleLoadList);
      await import(process.argv[1]);
      const loaded = process.moduleLoadList.filter((name) => !before.has(name));
      console.log(JSON.stringify(loaded.map((name) => name.replace('NativeModule ', ''))));
    `;
  const { stdout, stderr } = run(program, file);
  const loaded: unknown = stderr === '' ? JSON.parse(stdout) : stderr;
  expect(loaded).toEqual(expect.arrayContaining(['net']));
  expect(NOT_LOADED.filter((name) => Array.isArray(loaded) && loaded.includes(name))).toEqual([]);
  // Of Node's internal ones, too: what is added here is paid for by every program. ws loads 85.
  expect(Array.isArray(loaded) && loaded.length).toBeLessThanOrEqual(85);
});

test.each(ENTRIES)('importing %s in a Node that is too old: which one is needed', async (entry) => {
  const manifest: { engines: { node: string } } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const [, oldest] = /^>=(\d+\.\d+)\.0$/.exec(manifest.engines.node) ?? [];
  const program = `
    delete process.getBuiltinModule;
    Object.defineProperty(process.versions, 'node', { value: '18.20.4' });
    await import(process.argv[1]);
  `;
  const { status, stderr } = run(program, await bundled(entry));
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining(`Error: tickpeer needs Node ${oldest} or newer, and this is Node 18.20.4\n`),
  ]);
});

/** One file of an entry of the package. */
async function bundled(entry: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-import-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'library.mjs');
  const input = fileURLToPath(new URL(`../../${entry}.ts`, import.meta.url));
  const bundle = await rolldown({ input, platform: 'node', external: ['@peculiar/x509', 'reflect-metadata'] });
  await bundle.write({ file, format: 'es', codeSplitting: false });
  await bundle.close();
  return file;
}

/** Runs a program that imports the file that is its argument. */
function run(program: string, file: string) {
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program, file], { encoding: 'utf8' });
}
