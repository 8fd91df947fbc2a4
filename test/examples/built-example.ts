import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { onTestFinished } from 'vitest';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The examples' servers as programs, in a folder that looks like the repository after `npm run build:examples`. */
export class BuiltExamples {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tickpeer-examples-'));

  /** `names`: files under examples/ without their `.ts`. */
  static async build(names: readonly string[]): Promise<BuiltExamples> {
    const examples = new BuiltExamples();
    for (const name of names) await examples.#build(name);
    return examples;
  }

  private constructor() {
    for (const name of ['examples', 'node_modules']) symlinkSync(join(root, name), join(this.#folder, name));
    // The arena's page is served here, but not checked.
    this.#write('dist/index.browser.js');
    for (const name of ['wire.js', 'controls.js', 'duel/wire.js', 'page/main.js'])
      this.#write(`build/examples/arena/${name}`);
  }

  async #build(name: string): Promise<void> {
    const bundle = await rolldown({
      input: join(root, 'examples', `${name}.ts`),
      platform: 'node',
      resolve: {
        alias: {
          'tickpeer/multiplayer': join(root, 'src/multiplayer/index.ts'),
          'tickpeer/variant': join(root, 'src/variant/index.ts'),
          tickpeer: join(root, 'src/index.ts'),
        },
        extensionAlias: { '.js': ['.ts', '.js'] },
      },
      external: ['@peculiar/x509', 'reflect-metadata'],
    });
    await bundle.write({ file: this.#fileOf(name), format: 'es' });
    await bundle.close();
  }

  start(name: string, args: readonly string[]): ExampleProcess {
    return new ExampleProcess(this.#fileOf(name), args);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #fileOf(name: string): string {
    return join(this.#folder, 'build/examples', `${name}.js`);
  }

  #write(path: string): void {
    const file = join(this.#folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '// nothing\n');
  }
}

/** A running example. It is killed at the end of the test, if it has not ended before. */
export class ExampleProcess {
  readonly #process: ChildProcess;
  /** What it has printed. */
  output = '';
  exitCode: number | null = null;
  /** The signal that ended it; null if it exited. */
  signal: NodeJS.Signals | null = null;

  constructor(file: string, args: readonly string[]) {
    this.#process = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.#process.on('close', (code, signal) => {
      this.exitCode = code;
      this.signal = signal;
    });
    onTestFinished(() => void this.#process.kill('SIGKILL'));
  }

  /** Sends `signal` to this process, by its id. */
  kill(signal: NodeJS.Signals): void {
    if (this.#process.pid !== undefined) process.kill(this.#process.pid, signal);
  }

  get hasEnded(): boolean {
    return this.exitCode !== null || this.signal !== null;
  }

  /** Waits until `pattern` matches the output, and returns the match. */
  async printed(pattern: RegExp): Promise<string> {
    await until(() => pattern.test(this.output) || this.hasEnded, 15_000);
    const [found] = pattern.exec(this.output) ?? [];
    if (found === undefined) throw new Error(`${pattern} was not printed, but: ${this.output}`);
    return found;
  }
}
