import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as multiplayerRoom from 'tickpeer/multiplayer';
import * as variantRoom from 'tickpeer/variant';
import ts from 'typescript';
import { runCommand } from './fake-terminal.ts';

/** What `tickpeer import` has made of a project. */
export interface Imported {
  readonly text: string;
  readonly report: string;
  readonly exitCode: number;
}

/** A directory with these files, which is removed by the returned function. */
export function projectFolder(files: Readonly<Record<string, string>>): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'tickpeer-import-'));
  for (const [name, text] of Object.entries({ 'project.godot': 'config_version=5\n', ...files })) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** Runs `tickpeer import` for a project of these files. */
export async function importProject(files: Readonly<Record<string, string>>): Promise<Imported> {
  const { folder, remove } = projectFolder(files);
  try {
    const run = runCommand(['import', folder]);
    const exitCode = await run.exitCode;
    return { text: run.stdout(), report: run.stderr(), exitCode };
  } finally {
    remove();
  }
}

/** Runs declarations, with tickpeer as this process has it. The result has what they export. */
// biome-ignore lint/suspicious/noExplicitAny: the exports are those of a text that a test has made
export function evaluate(text: string): any {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const rooms: Readonly<Record<string, unknown>> = {
    'tickpeer/multiplayer': multiplayerRoom,
    'tickpeer/variant': variantRoom,
  };
  const exported = {};
  new Function('exports', 'require', outputText)(exported, (name: string) => rooms[name]);
  return exported;
}
