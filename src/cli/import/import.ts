import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from '../command/command.ts';
import { CommandError, usageError } from '../command/command-error.ts';
import { ExitCode } from '../command/exit-code.ts';
import { type OptionTable, parseWords } from '../command/options.ts';
import { printable } from '../terminal/printable.ts';
import { paintFor } from '../terminal/style.ts';
import { printLine, printNotice, type Terminal } from '../terminal/terminal.ts';
import { declarationsOf } from './declarations/declarations.ts';
import { namesText } from './declarations/names-text.ts';
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
  names: {
    type: 'string',
    value: 'FILE',
    description:
      'writes the names of methods and properties for --rpc of connect and decode; declarations only with --out',
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

--names FILE writes the names that packets do not have, as JSON: tickpeer connect --godot --rpc FILE and tickpeer decode --rpc FILE \
show methods and properties by them.

Ends with 1 when a file is not understood, so that declarations are missing, and when --check finds a difference.`,
  examples: [
    ['tickpeer import game --out src/game.ts', 'declarations of the project in the directory game'],
    ['tickpeer import game --names names.json', 'for tickpeer connect --godot --rpc names.json'],
    ['tickpeer import game --check src/game.ts', 'fails when the game has changed since'],
  ],
  async run(words, terminal) {
    const { options, operands } = parseWords('import', OPTIONS, words, { least: 1, most: 1, usage: 'GAME_DIR' });
    if (options.check !== undefined && (options.out !== undefined || options.names !== undefined)) {
      throw usageError('--out and --names write files, and --check compares one.', 'Use --check alone.');
    }
    const findings = new Findings();
    const files = new ProjectFiles(operands[0] ?? '', findings);
    const project = new Project(files, findings);
    const game = new Game(project);
    const text = declarationsOf(game);
    const errors = report(findings, options.quiet, terminal);
    if (options.check !== undefined) return check(options.check, text, operands[0] ?? '', terminal, errors);
    if (options.out !== undefined) write(options.out, text, '--out');
    else if (options.names === undefined) terminal.stdout.write(text);
    if (options.names !== undefined) write(options.names, namesText(game), '--names');
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

/** `option`: the one that has named the file. */
function write(file: string, text: string, option: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      ExitCode.IO,
      `${printable(file)} cannot be written: ${reason}`,
      `Choose another file with ${option}.`,
    );
  }
}
