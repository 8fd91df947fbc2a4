import process from 'node:process';
import { ExitCode } from './command/exit-code.ts';
import { printable } from './terminal/printable.ts';
import { tickpeer } from './tickpeer.ts';

/** Runs the command of this process, and sets its exit code. */
export async function runProgram(): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `tickpeer … | head` closes the pipe early. Then there is nobody left to write to.
    if (error.code === 'EPIPE') process.exit(ExitCode.OK);
    process.stderr.write(`tickpeer: stdout cannot be written: ${printable(error.message)}\n`);
    process.exit(ExitCode.IO);
  });
  // Nobody reads the notices; the results may still be read.
  process.stderr.on('error', () => {});

  // A command that does not ask for it, such as replay, is ended by the signals at once, also while it computes.
  let interrupted: AbortSignal | null = null;
  const exitCode = await tickpeer(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    get interrupted() {
      interrupted ??= interruption();
      return interrupted;
    },
  });
  // After Ctrl-C nobody waits for output that the pipe has no room for.
  if (exitCode === ExitCode.INTERRUPTED) process.exit(exitCode);
  process.exitCode = exitCode;
}

/** Aborted by Ctrl-C or SIGTERM, which no longer end the process by themselves. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The second time, the command does not end by itself.
      if (controller.signal.aborted) process.exit(ExitCode.INTERRUPTED);
      controller.abort();
    });
  }
  return controller.signal;
}
