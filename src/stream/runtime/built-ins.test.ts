import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import * as nodeHttp2 from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { expect, onTestFinished, test } from 'vitest';
import { HTTP2_CODES } from '../carried/http2-codes.ts';

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

test.each(['index', 'multiplayer/public', 'rooms/index', 'peer/index'])(
  'importing %s loads no module that is loaded on use',
  async (entry) => {
    const folder = mkdtempSync(join(tmpdir(), 'tickpeer-import-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'library.mjs');
    const input = fileURLToPath(new URL(`../../${entry}.ts`, import.meta.url));
    const bundle = await rolldown({ input, platform: 'node', external: ['@peculiar/x509', 'reflect-metadata'] });
    await bundle.write({ file, format: 'es', codeSplitting: false });
    await bundle.close();
    const program = `
      const before = new Set(process.moduleLoadList);
      await import(process.argv[1]);
      const loaded = process.moduleLoadList.filter((name) => !before.has(name));
      console.log(JSON.stringify(loaded.map((name) => name.replace('NativeModule ', ''))));
    `;
    const args = ['--input-type=module', '--eval', program, file];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const loaded: unknown = stderr === '' ? JSON.parse(stdout) : stderr;
    expect(loaded).toEqual(expect.arrayContaining(['net']));
    expect(NOT_LOADED.filter((name) => Array.isArray(loaded) && loaded.includes(name))).toEqual([]);
    // Of Node's internal ones, too: what is added here is paid for by every program. ws loads 85.
    expect(Array.isArray(loaded) && loaded.length).toBeLessThanOrEqual(85);
  },
);
