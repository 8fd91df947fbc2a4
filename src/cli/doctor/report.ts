import { escapedForJson } from '../terminal/json-escape.ts';
import { printable } from '../terminal/printable.ts';
import { type Paint, paintFor } from '../terminal/style.ts';
import { printLine, type Terminal } from '../terminal/terminal.ts';

/** `note` is a fact that is neither good nor bad. */
export type Verdict = 'ok' | 'note' | 'warning' | 'failed';

/** What one check has found. */
export interface Finding {
  /** The check's name: `tcp`. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly text: string;
  /** What to do about it; empty for nothing. */
  readonly advice: string;
}

const COLOURS = { ok: 'green', note: 'dim', warning: 'yellow', failed: 'red' } as const;
const INDENT = ' '.repeat(23);

/** Prints each finding at once, and counts them. */
export class Report {
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  readonly #paint: Paint;
  readonly #counts: Record<Verdict, number> = { ok: 0, note: 0, warning: 0, failed: 0 };

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal;
    this.#isJson = isJson;
    this.#paint = paintFor(terminal.stdout, terminal.env);
  }

  get hasFailed(): boolean {
    return this.#counts.failed > 0;
  }

  add(check: string, verdict: Verdict, text: string, advice: string = ''): void {
    // Texts have parts of what a server sent.
    const finding: Finding = { check, verdict, text: printable(text, 1000), advice: printable(advice, 1000) };
    this.#counts[verdict]++;
    if (this.#isJson) {
      printLine(this.#terminal, escapedForJson(JSON.stringify(finding)));
      return;
    }
    const mark = this.#paint(COLOURS[verdict], verdict.padEnd(8));
    printLine(this.#terminal, `${mark}  ${check.padEnd(13)}${finding.text}`);
    if (finding.advice !== '') printLine(this.#terminal, `${INDENT}${finding.advice}`);
  }

  /** The last line, for people. */
  summary(): string {
    const { ok, warning, failed } = this.#counts;
    return `${ok} ok, ${warning} ${warning === 1 ? 'warning' : 'warnings'}, ${failed} failed`;
  }
}
