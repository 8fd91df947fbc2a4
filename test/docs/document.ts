import { readFileSync } from 'node:fs';

/** A document's blocks of code, so that tests can run what readers copy. */
export class CodeBlocks {
  readonly text: string;

  /** `name`: of a file in docs/. */
  constructor(name: string) {
    this.text = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  }

  /** All blocks of one language, in order. */
  all(language: string): string[] {
    return blocksOf(this.text, language);
  }

  /** The block after a line such as "`server.ts`:", which is a file of the reader's project. */
  file(name: string): string {
    const line = this.text.indexOf(`\n\`${name}\``);
    const [block] = line < 0 ? [] : [...this.text.slice(line).matchAll(FENCED)];
    if (block === undefined) throw new Error(`there is no file "${name}"`);
    return block[2]!;
  }

  /** The lines that begin with `>`, as one. */
  quotation(): string {
    return [...this.text.matchAll(/^> (.*)$/gm)].map((match) => match[1]).join(' ');
  }

  /** The first block of a language under a heading. */
  under(heading: string, language: string): string {
    const start = this.text.indexOf(`\n## ${heading}\n`);
    const end = this.text.indexOf('\n## ', start + 1);
    const [block] = start < 0 ? [] : blocksOf(this.text.slice(start, end < 0 ? undefined : end), language);
    if (block === undefined) throw new Error(`there is no ${language} under "${heading}"`);
    return block;
  }
}

const FENCED = /^```(\w+)\n(.*?)^```$/gms;

function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(FENCED)].filter(([, found]) => found === language).map((match) => match[2]!);
}
