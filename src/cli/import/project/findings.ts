import { printable } from '../../terminal/printable.ts';

/** Something that the declarations cannot say, or a file that cannot be read. */
export interface Finding {
  /** `res://player.gd` */
  readonly file: string;
  /** From 1; 0 for the whole file. */
  readonly line: number;
  readonly text: string;
  /** Whether a file is not understood, so that declarations are missing. */
  readonly isError: boolean;
}

/** What is reported beside the declarations, each thing once. */
export class Findings {
  readonly #all = new Map<string, Finding>();

  note(file: string, line: number, text: string): void {
    this.#add({ file, line, text, isError: false });
  }

  error(file: string, line: number, text: string): void {
    this.#add({ file, line, text, isError: true });
  }

  #add(finding: Finding): void {
    this.#all.set(`${finding.file}\n${finding.line}\n${finding.text}`, finding);
  }

  /** By file and line. */
  all(): Finding[] {
    return [...this.#all.values()].sort(
      (one, other) => compare(one.file, other.file) || one.line - other.line || compare(one.text, other.text),
    );
  }
}

/** `player.gd:12: …`, for a terminal. */
export function lineOf({ file, line, text }: Finding): string {
  const place = `${file.replace(/^res:\/\//, '')}${line === 0 ? '' : `:${line}`}`;
  return `${printable(place, 300)}: ${printable(text, 1000)}`;
}

/** The same order on every machine, whatever its language. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
