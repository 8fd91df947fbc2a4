import { SyntaxFault } from './syntax-fault.ts';
import type { TextValue } from './text-value.ts';

/** Values within values. Godot's own files have a handful of levels. */
const DEEPEST = 100;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
]);

/** Reads the values of Godot's text format, from the beginning of a text to its end. Throws `SyntaxFault`. */
export class TextScanner {
  readonly #text: string;
  #at = 0;
  /** The line of the next character. */
  line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text[this.#at] ?? '';
  }

  take(): string {
    const character = this.peek();
    if (character === '\n') this.line++;
    this.#at++;
    return character;
  }

  /** Skips spaces and line ends, and comments, which begin with `;`. */
  skipSpace(): void {
    for (;;) {
      const character = this.peek();
      if (character === ';') this.skipLine();
      else if (character !== '' && character <= ' ') this.take();
      else return;
    }
  }

  /** Up to the line's end. */
  skipLine(): void {
    while (!this.isAtEnd() && this.peek() !== '\n') this.take();
  }

  /** Takes `character`, after spaces. `what`: where it is missing. */
  expect(character: string, what: string): void {
    this.skipSpace();
    if (this.peek() !== character) throw this.fault(`"${character}" is expected ${what}`);
    this.take();
  }

  /** Takes what `pattern`, which is sticky and matches no line end, matches here. */
  word(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  /** Describes what is found instead. */
  fault(message: string): SyntaxFault {
    const found = this.isAtEnd() ? 'the end of the file' : JSON.stringify(this.peek());
    return new SyntaxFault(this.line, `${message}, not ${found}`);
  }

  value(depth = 0): TextValue {
    if (depth > DEEPEST) throw new SyntaxFault(this.line, `values are nested deeper than ${DEEPEST} levels`);
    this.skipSpace();
    const character = this.peek();
    if (character === '"') return { kind: 'string', text: this.string() };
    if (character === '&' || character === '^' || character === '@') {
      this.take();
      if (this.peek() !== '"') throw this.fault(`a string is expected behind ${character}`);
      return { kind: character === '^' ? 'path' : 'name', text: this.string() };
    }
    if (character === '[') return { kind: 'array', items: this.#items(']', depth, true) };
    if (character === '{') return { kind: 'dictionary', size: this.#dictionary(depth) };
    if (character === '#') return this.#htmlColor();
    if (/[-+.0-9]/.test(character)) return this.#number();
    if (/[A-Za-z_]/.test(character)) return this.#named(depth);
    throw this.fault('a value is expected');
  }

  /** A string in double quotes. It may have line ends in it. */
  string(): string {
    const { line } = this;
    this.take();
    let text = '';
    for (;;) {
      const start = this.#at;
      while (!this.isAtEnd() && this.peek() !== '"' && this.peek() !== '\\') this.take();
      text += this.#text.slice(start, this.#at);
      if (this.isAtEnd()) throw new SyntaxFault(line, 'a string begins here and does not end');
      if (this.take() === '"') return text.replaceAll('\r\n', '\n');
      text += this.#escape(line);
    }
  }

  #escape(line: number): string {
    const character = this.take();
    if (character === '') throw new SyntaxFault(line, 'a string begins here and does not end');
    const digits = character === 'u' ? 4 : character === 'U' ? 6 : 0;
    if (digits === 0) return ESCAPES.get(character) ?? character;
    const code = this.#text.slice(this.#at, this.#at + digits);
    if (code.length < digits || !/^[0-9a-fA-F]+$/.test(code) || Number.parseInt(code, 16) > 0x10ffff) {
      throw new SyntaxFault(this.line, `\\${character} is followed by ${digits} hexadecimal digits`);
    }
    this.#at += digits;
    return String.fromCodePoint(Number.parseInt(code, 16));
  }

  #number(): TextValue {
    const text = this.word(/[-+.0-9eExXa-fA-F_]*/y);
    if (text === '-' && this.peek() === 'i') {
      if (this.word(/[a-z]*/y) === 'inf') return { kind: 'float', value: Number.NEGATIVE_INFINITY };
    }
    const value = Number(text);
    if (text === '' || Number.isNaN(value)) throw new SyntaxFault(this.line, `${JSON.stringify(text)} is no number`);
    return { kind: /^[-+]?(\d+|0x[0-9a-fA-F]+)$/.test(text) ? 'int' : 'float', value };
  }

  #htmlColor(): TextValue {
    this.take();
    return { kind: 'call', name: 'Color', parts: [{ kind: 'string', text: this.word(/[0-9a-fA-F]*/y) }] };
  }

  /** A keyword, or a name with arguments: `Vector2(1, 2)`, `Array[int]([1])`. */
  #named(depth: number): TextValue {
    const { line } = this;
    const name = this.word(/[A-Za-z0-9_]*/y);
    if (name === 'null' || name === 'nil') return { kind: 'null' };
    if (name === 'true' || name === 'false') return { kind: 'bool', value: name === 'true' };
    if (name === 'inf') return { kind: 'float', value: Number.POSITIVE_INFINITY };
    if (name === 'inf_neg') return { kind: 'float', value: Number.NEGATIVE_INFINITY };
    if (name === 'nan') return { kind: 'float', value: Number.NaN };
    this.skipSpace();
    if (this.peek() === '[') this.#elementTypes(depth);
    this.skipSpace();
    if (this.peek() !== '(') throw new SyntaxFault(line, `${name} is no value`);
    // Vertices and images: only their length in the file is large.
    const keeps = !name.startsWith('Packed') || name === 'PackedStringArray';
    const parts = this.#items(')', depth, keeps);
    const [first] = parts;
    if (name === 'Array' && first?.kind === 'array') return first;
    if (name === 'Dictionary' && first?.kind === 'dictionary') return first;
    if (name === 'NodePath') return { kind: 'path', text: first !== undefined && 'text' in first ? first.text : '' };
    if (name === 'StringName') return { kind: 'name', text: first !== undefined && 'text' in first ? first.text : '' };
    return { kind: 'call', name, parts };
  }

  /** `[int]`, `[StringName, ExtResource("1")]`: of no use here. */
  #elementTypes(depth: number): void {
    this.take();
    for (;;) {
      this.skipSpace();
      if (this.peek() === ']') break;
      const name = this.word(/[A-Za-z0-9_.]*/y);
      this.skipSpace();
      if (this.peek() === '(') this.#items(')', depth, false);
      else if (name === '') throw this.fault('an element type is expected');
      this.skipSpace();
      if (this.peek() === ',') this.take();
    }
    this.take();
  }

  /** What follows an opening bracket, to the closing one. Within `Object(…)` an item may be `"key": value`. */
  #items(end: string, depth: number, keeps: boolean): TextValue[] {
    const { line } = this;
    const items: TextValue[] = [];
    this.take();
    for (;;) {
      this.skipSpace();
      if (this.isAtEnd()) throw new SyntaxFault(line, `a value begins here and lacks its "${end}"`);
      if (this.peek() === end) break;
      const item = end === ')' && /[A-Z]/.test(this.peek()) ? this.#className(depth) : this.value(depth + 1);
      if (keeps && item !== null) items.push(item);
      this.skipSpace();
      if (this.peek() === ':') {
        this.take();
        this.value(depth + 1);
        this.skipSpace();
      }
      if (this.peek() === ',') this.take();
      else if (this.peek() !== end) throw this.fault(`"," or "${end}" is expected`);
    }
    this.take();
    return items;
  }

  /** The first part of `Object(InputEventKey, …)` is a bare name; others are values. */
  #className(depth: number): TextValue | null {
    const { line } = this;
    const start = this.#at;
    this.word(/[A-Za-z0-9_]*/y);
    this.skipSpace();
    if (this.peek() === ',' || this.peek() === ')') return null;
    this.#at = start;
    this.line = line;
    return this.value(depth + 1);
  }

  #dictionary(depth: number): number {
    const { line } = this;
    let size = 0;
    this.take();
    for (;;) {
      this.skipSpace();
      if (this.isAtEnd()) throw new SyntaxFault(line, 'a dictionary begins here and lacks its "}"');
      if (this.peek() === '}') break;
      this.value(depth + 1);
      this.expect(':', 'behind the key of a dictionary');
      this.value(depth + 1);
      size++;
      this.skipSpace();
      if (this.peek() === ',') this.take();
      else if (this.peek() !== '}') throw this.fault('"," or "}" is expected');
    }
    this.take();
    return size;
  }
}
