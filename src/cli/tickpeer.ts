import { readFileSync } from 'node:fs';
import { catalogue } from './catalogue.ts';
import { CommandError, usageError } from './command/command-error.ts';
import { ExitCode } from './command/exit-code.ts';
import { helpOf, helpOfAll } from './command/help.ts';
import { printable } from './terminal/printable.ts';
import { paintFor } from './terminal/style.ts';
import { printLine, printNotice, type Terminal } from './terminal/terminal.ts';

/** Characters of an error that are shown; its parts are cut before. */
const MESSAGE = 10_000;

/**
 * Runs `tickpeer` with the words of its command line and returns its exit code. What the user can do something about is
 * one line on stderr, and one more with the next step; anything else that is thrown is a fault and has its stack.
 */
export async function tickpeer(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    return await run(words, terminal);
  } catch (error) {
    const paint = paintFor(terminal.stderr, terminal.env);
    if (!(error instanceof CommandError)) throw error;
    printNotice(terminal, `${paint('red', 'tickpeer:')} ${printable(error.message, MESSAGE)}`);
    if (error.nextStep !== '') printNotice(terminal, printable(error.nextStep, MESSAGE));
    return error.exitCode;
  }
}

async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const [name, ...rest] = words;
  const paint = paintFor(terminal.stdout, terminal.env);
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    printLine(terminal, helpOfAll(catalogue, paint));
    return name === undefined ? ExitCode.USAGE : ExitCode.OK;
  }
  if (name === '--version' || name === '-V') {
    printLine(terminal, version());
    return ExitCode.OK;
  }
  const wanted = name === 'help' ? rest[0] : name;
  const entry = catalogue.find((command) => command.name === wanted);
  if (entry === undefined) {
    const known = catalogue.map((command) => command.name).join(', ');
    throw usageError(`There is no command '${wanted}'.`, `Commands: ${known}. tickpeer --help explains them.`);
  }
  const command = await entry.load();
  if (name === 'help' || asksForHelp(rest)) {
    printLine(terminal, helpOf(command, paint));
    return ExitCode.OK;
  }
  return await command.run(rest, terminal);
}

/** Words after `--` are operands. */
function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).some((word) => word === '--help' || word === '-h');
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const parsed: { version: string } = JSON.parse(text);
  return parsed.version;
}
