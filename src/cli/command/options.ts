import { parseArgs } from 'node:util';
import { usageError } from './command-error.ts';

/** One option of a command. */
export interface OptionRule {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly multiple?: boolean;
  /** The value's name in the help: `SECONDS`. */
  readonly value?: string;
  readonly description: string;
  /** The default, as the help shows it. */
  readonly shownDefault?: string;
}

/** The options of a command by their long names. */
export type OptionTable = Readonly<Record<string, OptionRule>>;

type ValueOf<R extends OptionRule> = R['type'] extends 'boolean'
  ? boolean
  : R extends { readonly multiple: true }
    ? readonly string[]
    : string | undefined;

/** What the words of a command line say. Flags that are not there are false, repeated options empty lists. */
export interface ParsedWords<T extends OptionTable> {
  readonly options: { readonly [K in keyof T]: ValueOf<T[K]> };
  readonly operands: readonly string[];
}

/**
 * Reads the words after a command's name. Throws a usage error for an unknown option, a missing value, or a number of
 * operands outside of `operands`.
 */
export function parseWords<const T extends OptionTable>(
  command: string,
  table: T,
  words: readonly string[],
  operands: { readonly least: number; readonly most: number; readonly usage: string },
): ParsedWords<T> {
  const rules = Object.entries(table);
  const config = Object.fromEntries(
    rules.map(([name, { type, short, multiple = false }]) => [
      name,
      short === undefined ? { type, multiple } : { type, multiple, short },
    ]),
  );
  const help = `tickpeer ${command} --help lists the options.`;
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...words], options: config, allowPositionals: true, strict: true });
  } catch (error) {
    throw usageError(firstSentence(error), help);
  }
  const { values, positionals } = parsed;
  if (positionals.length < operands.least || positionals.length > operands.most) {
    const problem = positionals.length < operands.least ? 'Something is missing' : 'There is one word too many';
    throw usageError(`${problem}: tickpeer ${command} ${operands.usage}`, help);
  }
  const options = Object.fromEntries(
    rules.map(([name, { type, multiple }]) => [
      name,
      values[name] ?? (type === 'boolean' ? false : multiple === true ? [] : undefined),
    ]),
  );
  // parseArgs checked each value against the table, from which the type is derived.
  return { options: options as ParsedWords<T>['options'], operands: positionals };
}

/** The option's value as a number from `least` to `most`. Throws a usage error for anything else. */
export function numberOption(
  name: string,
  text: string | undefined,
  { fallback, least = 0, most = Number.MAX_SAFE_INTEGER, isInteger = false }: NumberRule,
): number {
  if (text === undefined) return fallback;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most) || (isInteger && !Number.isInteger(value))) {
    const kind = isInteger ? 'a whole number' : 'a number';
    const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
    const example = fallback >= least && fallback <= most ? fallback : Math.ceil(least);
    throw usageError(`--${name} ${text}: it must be ${kind} ${range}.`, `For example: --${name} ${example}`);
  }
  return value;
}

export interface NumberRule {
  readonly fallback: number;
  readonly least?: number;
  readonly most?: number;
  readonly isInteger?: boolean;
}

/** Node's messages have advice of several sentences; the first names the fault. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = message] = message.split(/(?<=[.!])\s/, 1);
  return first.endsWith('.') ? first : `${first}.`;
}
