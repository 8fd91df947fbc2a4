import type { Readable, Writable } from 'node:stream';

/** What a command reads from and writes to. Tests replace it. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Results: what a script wants to read. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Messages for people: progress, notices, errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: NodeJS.ProcessEnv;
  /** Aborted by Ctrl-C (SIGINT) or SIGTERM. A command then ends in an orderly way. */
  readonly interrupted: AbortSignal;
}

/** Writes one line of a result. */
export function printLine(terminal: Terminal, line = ''): void {
  terminal.stdout.write(`${line}\n`);
}

/** Writes one line for people. */
export function printNotice(terminal: Terminal, line: string): void {
  terminal.stderr.write(`${line}\n`);
}
