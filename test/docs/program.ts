import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const src = fileURLToPath(new URL('../../src/', import.meta.url));
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Files of a reader's project beside the program, by their names. */
export type Files = Readonly<Record<string, string>>;

/** A program in its own process. */
export interface Program {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): string;
  end(): void;
  /** Its working directory, which is removed when it has ended. */
  readonly folder: string;
}

/** Runs TypeScript that imports tickpeer as a reader's project does. The sources replace the package. */
export async function runProgram(
  source: string,
  environment: Readonly<Record<string, string>>,
  { files = {}, args = [] }: { files?: Files; args?: readonly string[] } = {},
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-docs-'));
  const input = join(folder, 'program.ts');
  const file = join(folder, 'program.mjs');
  writeFileSync(input, source);
  symlinkSync(modules, join(folder, 'node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const alias = {
    'tickpeer/cluster': `${src}cluster/index.ts`,
    'tickpeer/multiplayer': `${src}multiplayer/public.ts`,
    'tickpeer/protocol': `${src}protocol/public.ts`,
    'tickpeer/rooms': `${src}rooms/public.ts`,
    'tickpeer/testing': `${src}testing/index.ts`,
    'tickpeer/variant': `${src}variant/index.ts`,
  };
  const resolve = { alias: { ...alias, tickpeer: `${src}index.ts` } };
  const external = (id: string): boolean => /^[a-z@]/.test(id) && !id.startsWith('tickpeer');
  const bundle = await rolldown({ input, platform: 'node', resolve, external });
  await bundle.write({ dir: folder, entryFileNames: 'program.mjs', format: 'es' });
  await bundle.close();

  const child = spawn(process.execPath, [file, ...args], {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  child.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return { process: child, output: () => output, end: () => child.kill(), folder };
}
