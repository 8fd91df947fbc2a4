import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const src = fileURLToPath(new URL('../../src/', import.meta.url));

/** A program in its own process. */
export interface Program {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  end(): void;
}

/** Runs TypeScript that imports tickpeer as a reader's project does. The sources replace the package. */
export async function runProgram(source: string, environment: Readonly<Record<string, string>>): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-docs-'));
  const input = join(folder, 'program.ts');
  const file = join(folder, 'program.mjs');
  writeFileSync(input, source);
  const alias = {
    'tickpeer/multiplayer': `${src}multiplayer/public.ts`,
    'tickpeer/protocol': `${src}protocol/public.ts`,
    'tickpeer/rooms': `${src}rooms/index.ts`,
    'tickpeer/variant': `${src}variant/index.ts`,
  };
  const resolve = { alias: { ...alias, tickpeer: `${src}index.ts` } };
  const bundle = await rolldown({ input, platform: 'node', resolve });
  await bundle.write({ dir: folder, entryFileNames: 'program.mjs', format: 'es' });
  await bundle.close();

  const child = spawn(process.execPath, [file], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  child.once('exit', () => rmSync(folder, { recursive: true }));
  return { process: child, output: () => output, end: () => child.kill() };
}
