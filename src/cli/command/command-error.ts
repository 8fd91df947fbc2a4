import { ExitCode } from './exit-code.ts';

/** Ends a command with a message of one line. Everything else that a command throws is a fault of the command. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  /** What to do next, in one line. */
  readonly nextStep: string;

  constructor(exitCode: ExitCode, message: string, nextStep: string = '') {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.nextStep = nextStep;
  }
}

/** A command line that cannot be understood. */
export function usageError(message: string, nextStep: string): CommandError {
  return new CommandError(ExitCode.USAGE, message, nextStep);
}
