import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../docs/', import.meta.url);

/** A table, by the names of its columns. */
export interface Table {
  readonly columns: string;
  readonly rows: readonly (readonly string[])[];
}

/** A fenced block, with its language. */
export interface Block {
  readonly language: string;
  readonly lines: readonly string[];
}

/** One of the documents, parsed: the parts that tests check, and the rest. */
export class EngineDocument {
  /** Relative to docs/: `engine/variant-format.md`. */
  readonly name: string;
  readonly text: string;
  readonly tables: Table[] = [];
  readonly blocks: Block[] = [];
  /** The lines outside of tables and blocks. */
  readonly prose: string[] = [];

  constructor(name: string) {
    this.name = name;
    this.text = readFileSync(new URL(name, folder), 'utf8');
    const lines = this.text.split('\n');
    for (let at = 0; at < lines.length; at++) {
      const line = lines[at]!;
      if (line.startsWith('```')) {
        const end = lines.indexOf('```', at + 1);
        if (end < 0) throw new Error(`${name}: a block has no end: ${line}`);
        this.blocks.push({ language: line.slice(3), lines: lines.slice(at + 1, end) });
        at = end;
      } else if (line.startsWith('|')) {
        const start = at;
        while (lines[at + 1]?.startsWith('|')) at++;
        const [head, , ...rows] = lines.slice(start, at + 1).map(cellsOf);
        this.tables.push({ columns: head!.join(' | '), rows });
      } else {
        this.prose.push(line);
      }
    }
  }

  /** The anchors that a link can name, as GitHub makes them from headings. */
  get anchors(): Set<string> {
    const anchors = new Set<string>();
    for (const line of this.prose) {
      const [, heading] = /^#{1,6} (.*)$/.exec(line) ?? [];
      if (heading === undefined) continue;
      const anchor = anchorOf(heading);
      if (anchors.has(anchor)) throw new Error(`${this.name}: two headings make #${anchor}`);
      anchors.add(anchor);
    }
    return anchors;
  }

  /** The targets of the links to files of this repository. */
  get links(): string[] {
    const text = this.text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]+`/g, '');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!)
      .filter((target) => !/^[a-z]+:/.test(target));
  }
}

/** All documents about the engine. */
export function engineDocuments(): EngineDocument[] {
  const names = readdirSync(new URL('engine/', folder)).filter((name) => name.endsWith('.md'));
  return names.sort().map((name) => new EngineDocument(`engine/${name}`));
}

/** A cell's text without its backquotes, when it is one span of code. */
export function codeOf(cell: string): string {
  const [, code] = /^`([^`]+)`$/.exec(cell) ?? [];
  if (code === undefined) throw new Error(`not a span of code: ${cell}`);
  return code;
}

/** The bytes of a cell such as `05 00 FF`. */
export function bytesOfCell(cell: string): Uint8Array<ArrayBuffer> {
  return bytesOfHex(codeOf(cell));
}

export function bytesOfHex(hex: string): Uint8Array<ArrayBuffer> {
  if (!/^[0-9A-F]{2}( [0-9A-F]{2})*$/.test(hex)) throw new Error(`not bytes: ${hex}`);
  return Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16));
}

export function hexOfBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}

/** Whether a text contains what looks like two bytes or more. */
export function hasBytes(text: string): boolean {
  return /(?<![\w.])[0-9A-F]{2}( [0-9A-F]{2})+(?![\w.])/.test(text);
}

function cellsOf(line: string): string[] {
  return line
    .replace(/^\||\|\s*$/g, '')
    .split('|')
    .map((cell) => cell.trim());
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}
