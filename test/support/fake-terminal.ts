import { PassThrough, Writable } from 'node:stream';
import type { ExitCode } from '../../src/cli/command/exit-code.ts';
import { tickpeer } from '../../src/cli/tickpeer.ts';
import { until } from './until.ts';

/** What a stream of a fake terminal has got. */
class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns: number = 100;
  text: string = '';

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

/** A `tickpeer` command that runs in this process. */
export interface RunningCommand {
  readonly exitCode: Promise<ExitCode>;
  readonly stdin: PassThrough;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves to the match as soon as stdout has one. */
  prints(pattern: RegExp): Promise<RegExpExecArray>;
  /** As Ctrl-C. */
  interrupt(): void;
}

/** Runs `tickpeer WORDS`. */
export function runCommand(words: readonly string[], { isTTY = false, env = {} }: FakeOptions = {}): RunningCommand {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stdout = new Screen(isTTY);
  const stderr = new Screen(isTTY);
  const interruption = new AbortController();
  const terminal = { stdin, stdout, stderr, env, interrupted: interruption.signal };
  return {
    exitCode: tickpeer(words, terminal),
    stdin,
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    interrupt: () => interruption.abort(),
    prints: async (pattern) => {
      await until(() => pattern.test(stdout.text));
      const match = pattern.exec(stdout.text);
      if (match === null) throw new Error(`${pattern} was there and is not: the pattern must not be global`);
      return match;
    },
  };
}

export interface FakeOptions {
  readonly isTTY?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}
