import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from '../command/command.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { type OptionTable, parseWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printLine, printNotice, type Terminal } from '../terminal/terminal.ts';
import { declarationsOf } from './declarations/declarations.ts';
import { lineDifference } from './line-difference.ts';
import { Findings, lineOf } from './project/findings.ts';
import { Game } from './project/game.ts';
import { Project } from './project/project.ts';
import { ProjectFiles } from './project/project-files.ts';

const OPTIONS = {
  out: {
    type: 'string',
    short: 'o',
    value: 'FILE',
    description: 'where the declarations are written',
    shownDefault: 'stdout',
  },
  check: { type: 'string', value: 'FILE', description: 'compares them with a file, and writes nothing: for CI' },
  quiet: { type: 'boolean', short: 'q', description: 'prints no notes, only files that cannot be read' },
} as const satisfies OptionTable;

/** `tickpeer import`. */
export const importGame: Command = {
  name: 'import',
  summary: 'writes the TypeScript declarations of a Godot project: its @rpc functions, spawners and synchronizers',
  operands: 'GAME_DIR',
  options: OPTIONS,
  details: `Reads project.godot and the text of all scenes (.tscn), resources (.tres) and scripts (.gd) of a Godot 4 project. The \
declarations are a module that imports tickpeer/multiplayer and tickpeer/variant. The same project gives the same file: it has \
no dates and no absolute paths.

What cannot be told from the text is reported on stderr, with the file and the line: parameters without a type, rpc_config() \
and other calls in code, properties whose type is not known, and binary files, which are not read.

Ends with 1 when a file is not understood, so that declarations are missing, and when --check finds a difference.`,
  examples: [
    ['tickpeer import game --out src/game.ts', 'declarations of the project in the directory game'],
    ['tickpeer import game --check src/game.ts', 'fails when the game has changed since'],
  ],
  async run(words, terminal) {
    const { options, operands } = parseWords('import', OPTIONS, words, { least: 1, most: 1, usage: 'GAME_DIR' });
    if (options.out !== undefined && options.check !== undefined) {
      throw usageError('--out writes a file, and --check compares one.', 'Use one of them.');
    }
    const findings = new Findings();
    const files = new ProjectFiles(operands[0] ?? '', findings);
    const project = new Project(files, findings);
    const text = declarationsOf(new Game(project));
    const errors = report(findings, options.quiet, terminal);
    if (options.check !== undefined) return check(options.check, text, operands[0] ?? '', terminal, errors);
    if (options.out === undefined) terminal.stdout.write(text);
    else write(options.out, text);
    return errors === 0 ? ExitCode.OK : ExitCode.FAILED;
  },
};

/** Prints what was found, and returns the number of errors. */
function report(findings: Findings, isQuiet: boolean, terminal: Terminal): number {
  const paint = paintFor(terminal.stderr, terminal.env);
  const all = findings.all();
  const errors = all.filter(({ isError }) => isError).length;
  for (const finding of all) {
    if (finding.isError) printNotice(terminal, `${paint('red', 'error')} ${lineOf(finding)}`);
    else if (!isQuiet) printNotice(terminal, `${paint('yellow', 'note')}  ${lineOf(finding)}`);
  }
  if (errors > 0) printNotice(terminal, 'Declarations are missing, or wrong, because of the errors.');
  return errors;
}

function check(file: string, text: string, game: string, terminal: Terminal, errors: number): ExitCode {
  let old: string;
  try {
    old = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(file)} cannot be read: ${reason}`,
      `tickpeer import ${printable(game)} --out ${printable(file)} makes it.`,
    );
  }
  const plain = old.replaceAll('\r\n', '\n');
  if (plain === text) return errors === 0 ? ExitCode.OK : ExitCode.FAILED;
  const paint = paintFor(terminal.stdout, terminal.env);
  printLine(terminal, `${printable(file)} is not what the game has now:`);
  for (const line of lineDifference(plain, text)) {
    printLine(terminal, paint(line.startsWith('-') ? 'red' : line.startsWith('+') ? 'green' : 'dim', printable(line)));
  }
  printNotice(terminal, `tickpeer import ${printable(game)} --out ${printable(file)} writes it anew.`);
  return ExitCode.FAILED;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(file)} cannot be written: ${reason}`,
      'Choose another file with --out.',
    );
  }
}
