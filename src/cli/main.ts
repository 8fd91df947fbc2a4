#!/usr/bin/env node
import process from 'node:process';
import { ExitCode } from './command/exit-code.ts';
import { tickpeer } from './tickpeer.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second time, the command does not end by itself.
    if (interruption.signal.aborted) process.exit(130);
    interruption.abort();
  });
}
// `tickpeer … | head` closes the pipe early. Then there is nobody left to write to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const exitCode = await tickpeer(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interrupted: interruption.signal,
});
// After Ctrl-C nobody waits for output that the pipe has no room for.
if (exitCode === ExitCode.INTERRUPTED) process.exit(exitCode);
process.exitCode = exitCode;
