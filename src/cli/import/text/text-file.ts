import { SyntaxFault } from './syntax-fault.ts';
import { TextScanner } from './text-scanner.ts';
import type { TextValue } from './text-value.ts';

/** `[node name="Main" type="Node"]` and the properties below it. */
export interface Section {
  /** `node`, `ext_resource`; empty for what comes before the first section. */
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, TextValue>;
  readonly properties: ReadonlyMap<string, TextValue>;
  readonly line: number;
  /** The lines of the properties, by their names. */
  readonly lines: ReadonlyMap<string, number>;
}

/** Reads the text format of scenes (`.tscn`), resources (`.tres`) and `project.godot`. Throws `SyntaxFault`. */
export function parseTextFile(text: string): Section[] {
  const scanner = new TextScanner(text.startsWith('\uFEFF') ? text.slice(1) : text);
  const sections: Section[] = [];
  let [properties, lines] = [new Map<string, TextValue>(), new Map<string, number>()];
  const begin = (tag: string, attributes: ReadonlyMap<string, TextValue>, line: number): void => {
    [properties, lines] = [new Map(), new Map()];
    sections.push({ tag, attributes, properties, line, lines });
  };
  begin('', new Map(), 1);
  for (;;) {
    scanner.skipSpace();
    if (scanner.isAtEnd()) return sections;
    const { line } = scanner;
    if (scanner.peek() === '[') begin(...readTag(scanner), line);
    else {
      const name = scanner.peek() === '"' ? scanner.string() : scanner.word(/[^\s="[\]]*/y);
      if (name === '') throw scanner.fault('a property or a section is expected');
      scanner.expect('=', `behind ${JSON.stringify(name.slice(0, 80))}`);
      properties.set(name, scanner.value());
      lines.set(name, line);
    }
  }
}

function readTag(scanner: TextScanner): [tag: string, attributes: Map<string, TextValue>] {
  const { line } = scanner;
  scanner.take();
  scanner.skipSpace();
  // The sections of project.godot have no attributes, and names such as `input_devices` or `some addon`.
  const tag = scanner.word(/[^\s=\]"]*/y);
  if (tag === '') throw scanner.fault('the name of a section is expected');
  const attributes = new Map<string, TextValue>();
  for (;;) {
    scanner.skipSpace();
    if (scanner.isAtEnd()) throw new SyntaxFault(line, 'a section begins here and lacks its "]"');
    if (scanner.peek() === ']') break;
    const name = scanner.word(/[^\s=\]"]*/y);
    if (name === '') throw scanner.fault('the name of an attribute is expected');
    scanner.skipSpace();
    if (scanner.peek() === ']') break; // the last word of a name with spaces
    scanner.expect('=', `behind ${JSON.stringify(name.slice(0, 80))}`);
    attributes.set(name, scanner.value());
  }
  scanner.take();
  return [tag, attributes];
}
