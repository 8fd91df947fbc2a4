import type { Paint } from '../terminal/style.ts';
import type { Command } from './command.ts';
import type { OptionRule } from './options.ts';

const WIDTH = 100;
/** Column where descriptions begin. */
const INDENT = 30;

/** The text of `tickpeer COMMAND --help`. */
export function helpOf(command: Command, paint: Paint): string {
  const { name, operands, summary, options, details, examples } = command;
  const rows = [...Object.entries(options), HELP_ROW].map(([option, rule]) => optionRow(option, rule, paint));
  const usage = `tickpeer ${name}${operands === '' ? '' : ` ${operands}`} [OPTIONS]`;
  return [
    `${paint('bold', usage)}`,
    '',
    ...wrap(summary, WIDTH),
    '',
    ...details.split('\n\n').flatMap((paragraph) => [...wrap(paragraph, WIDTH), '']),
    paint('bold', 'Options'),
    ...rows,
    '',
    paint('bold', 'Examples'),
    ...examples.flatMap(([line, purpose]) => [`  ${paint('dim', `# ${purpose}`)}`, `  ${line}`]),
    '',
  ].join('\n');
}

/** The text of `tickpeer --help`. */
export function helpOfAll(commands: readonly Pick<Command, 'name' | 'operands' | 'summary'>[], paint: Paint): string {
  return [
    paint('bold', 'tickpeer COMMAND [OPTIONS]'),
    '',
    'Tools for WebSocket servers and for games that speak the multiplayer protocol of Godot 4.',
    '',
    ...commands.map(({ name, operands, summary }) => row(`${name} ${operands}`, name.length, summary, paint)),
    '',
    'tickpeer COMMAND --help explains a command. tickpeer --version prints the version.',
    '',
    paint('bold', 'Exit codes'),
    '  0 done   1 ran, and the result is bad   2 wrong command line   3 no connection',
    '  4 the connection ended badly   5 a file or port cannot be used   130 ended by Ctrl-C',
    '',
  ].join('\n');
}

const HELP_ROW = ['help', { type: 'boolean', short: 'h', description: 'prints this text' }] as const;

function optionRow(name: string, rule: OptionRule, paint: Paint): string {
  const value = rule.type === 'string' ? ` ${rule.value ?? 'VALUE'}` : '';
  const flags = `${rule.short === undefined ? '    ' : `-${rule.short}, `}--${name}`;
  const more = rule.shownDefault === undefined ? '' : ` (default: ${rule.shownDefault})`;
  return row(`${flags}${value}`, flags.length, `${rule.description}${more}`, paint);
}

/** A row of two columns. The first `bold` characters of the left one are bold. */
function row(left: string, bold: number, right: string, paint: Paint): string {
  const lines = wrap(right, WIDTH - INDENT);
  const text = `  ${paint('bold', left.slice(0, bold))}${left.slice(bold)}`;
  const gap = INDENT - 2 - left.length;
  const [first = ''] = lines;
  const rest = lines.slice(1).map((line) => ' '.repeat(INDENT) + line);
  // A left column that is too long has its description below it.
  if (gap < 2) return [text, ...lines.map((line) => ' '.repeat(INDENT) + line)].join('\n');
  return [text + ' '.repeat(gap) + first, ...rest].join('\n');
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    let current = '';
    for (const word of line.split(' ')) {
      if (current !== '' && current.length + 1 + word.length > width) {
        lines.push(current);
        current = word;
      } else current = current === '' ? word : `${current} ${word}`;
    }
    lines.push(current);
  }
  return lines;
}
