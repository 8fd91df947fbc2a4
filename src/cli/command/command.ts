import type { Terminal } from '../terminal/terminal.ts';
import type { ExitCode } from './exit-code.ts';
import type { OptionTable } from './options.ts';

/** One of the commands behind `tickpeer`. */
export interface Command {
  /** The word after `tickpeer`. */
  readonly name: string;
  /** One line, for `tickpeer --help`. */
  readonly summary: string;
  /** What follows the name: `URL`, `[DIR]`. */
  readonly operands: string;
  readonly options: OptionTable;
  /** What the summary does not say: behaviour, exit codes that mean something special here. Paragraphs of plain text. */
  readonly details: string;
  /** Command lines that work, each with what it does. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** Runs with the words after the name. Throws a `CommandError` for what the user can do something about. */
  run(words: readonly string[], terminal: Terminal): Promise<ExitCode>;
}
