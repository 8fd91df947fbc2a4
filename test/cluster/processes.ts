import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, onTestFinished } from 'vitest';
import type { Answer, Call } from './commands.ts';
import { stopProcess } from './stop-process.ts';

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** A program of this folder that `serveCommands` in a process of its own. */
export interface NodeProcess<Commands> {
  readonly pid: number;
  /** Whether it runs, or is stopped. */
  readonly isRunning: boolean;
  /** What it has printed. */
  readonly output: string;
  /** Resolves with what the command returns; rejects with its error, and when the process ends before. */
  call<Name extends keyof Commands & string>(
    name: Name,
    ...args: Arguments<Commands[Name]>
  ): Promise<Result<Commands[Name]>>;
  /** Sends SIGSTOP; resolves when the process stands still. */
  stop(): Promise<void>;
  /** Sends SIGCONT. */
  resume(): void;
  /** Sends a signal that ends it; resolves when it has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

type Arguments<Command> = Command extends (...args: infer Args) => unknown ? Args : never;
type Result<Command> = Command extends (...args: never[]) => infer Value ? Awaited<Value> : never;

const bundles = new Map<string, Promise<string>>();
const folders: string[] = [];

/**
 * Starts a program of this folder, such as `member.ts`. `onReport` gets what it reports of its own accord. It ends with the test.
 */
export async function startProcess<Commands>(
  program: string,
  environment: Readonly<Record<string, string>>,
  onReport: (report: unknown) => void = () => {},
): Promise<NodeProcess<Commands>> {
  const file = await bundle(program);
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  onTestFinished(() => endChild(child, 'SIGKILL'));

  let calls = 0;
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  child.on('message', (message: Answer) => {
    if ('report' in message) {
      onReport(message.report);
      return;
    }
    const call = pending.get(message.id);
    pending.delete(message.id);
    if ('error' in message) call?.reject(new Error(`${program}: ${message.error}`));
    else call?.resolve(message.result);
  });
  const fail = (reason: string): void => {
    for (const { reject } of pending.values()) reject(new Error(`${program} (${pid}) ${reason}:\n${output}`));
    pending.clear();
  };
  child.once('close', (code, signal) => fail(`ended with ${code ?? signal}`));
  return {
    pid,
    get isRunning() {
      return isRunning();
    },
    get output() {
      return output;
    },
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        const id = ++calls;
        // The result has the type that the command of the program declares.
        pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
        const call: Call = { id, name, args };
        if (isRunning()) child.send(call);
        else fail('has ended');
      }),
    stop: () => stopProcess(pid),
    resume: () => child.kill('SIGCONT'),
    end: (signal) => endChild(child, signal),
  };
}

async function endChild(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  if (signal === 'SIGTERM') child.kill('SIGCONT');
  await exit;
}

/** One JavaScript file of a program and the sources that it imports. Made once for each test file. */
function bundle(program: string): Promise<string> {
  const known = bundles.get(program);
  if (known !== undefined) return known;
  const made = (async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickpeer-cluster-'));
    folders.push(folder);
    symlinkSync(modules, join(folder, 'node_modules'));
    const built = await rolldown({
      input: fileURLToPath(new URL(program, import.meta.url)),
      platform: 'node',
      external: (id) => /^[a-z@]/.test(id),
    });
    await built.write({ dir: folder, entryFileNames: 'program.mjs', format: 'es', sourcemap: true });
    await built.close();
    return join(folder, 'program.mjs');
  })();
  bundles.set(program, made);
  return made;
}

afterAll(() => {
  bundles.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
