import { SyntaxFault } from '../text/syntax-fault.ts';

/** A word of a script. */
export interface Token {
  /** `string`, `name` (&"…") and `path` (^"…") have the text between their quotes. */
  readonly kind: 'word' | 'number' | 'string' | 'name' | 'path' | 'node' | 'sign';
  readonly text: string;
  readonly line: number;
}

/** A statement on one line, or on several within brackets or after `\`. */
export interface LogicalLine {
  /** In columns; a tab has four. */
  readonly indent: number;
  readonly tokens: readonly Token[];
}

const TAB = 4;
const WORD_START = /[\p{ID_Start}_]/u;
const WORD = /[\p{ID_Continue}]*/uy;
const NUMBER = /0[xX][0-9a-fA-F_]+|0[bB][01_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?[\d_]+)?/y;
const SIGN =
  /\.\.\.|->|:=|\*\*=|<<=|>>=|\*\*|<<|>>|==|!=|<=|>=|&&|\|\||\+=|-=|\*=|\/=|%=|&=|\|=|\^=|\.\.|[-+*/%=<>!&|^~()[\]{},.:;@$?]/y;
/** `$Path/To`, `%Name` where a value can stand. */
const NODE = /[$%](?:[\p{ID_Continue}%/.]|\.\.)*/uy;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };
const OPENING = '([{';
const CLOSING = ')]}';

/**
 * Splits a script into statements. Comments are left out. `firstLine`: where it begins in its file. Throws `SyntaxFault` for
 * a string that does not end.
 */
export function tokenize(text: string, firstLine: number = 1): LogicalLine[] {
  return new Tokenizer(text.startsWith('\uFEFF') ? text.slice(1) : text, firstLine).lines();
}

class Tokenizer {
  readonly #text: string;
  #at = 0;
  #line: number;
  #depth = 0;
  #indent = 0;
  #tokens: Token[] = [];
  readonly #lines: LogicalLine[] = [];

  constructor(text: string, firstLine: number) {
    this.#text = text;
    this.#line = firstLine;
  }

  lines(): LogicalLine[] {
    const text = this.#text;
    this.#readIndent();
    while (this.#at < text.length) {
      const character = text[this.#at]!;
      if (character === '\n') this.#endLine();
      else if (character === '#') this.#skipComment();
      else if (character === '\\' && /^\\[ \t]*\r?\n/.test(text.slice(this.#at, this.#at + 80))) {
        this.#at = text.indexOf('\n', this.#at) + 1;
        this.#line++;
      } else if (character <= ' ') this.#at++;
      else if (character === ';' && this.#depth === 0) {
        this.#at++;
        this.#flush();
      } else this.#token(character);
    }
    this.#flush();
    return this.#lines;
  }

  #endLine(): void {
    this.#at++;
    this.#line++;
    if (this.#depth > 0) return;
    this.#flush();
    this.#readIndent();
  }

  #flush(): void {
    if (this.#tokens.length > 0) this.#lines.push({ indent: this.#indent, tokens: this.#tokens });
    this.#tokens = [];
  }

  #readIndent(): void {
    this.#indent = 0;
    for (; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === '\t') this.#indent += TAB;
      else if (character === ' ') this.#indent++;
      else return;
    }
  }

  #skipComment(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #token(character: string): void {
    const text = this.#text;
    const next = text[this.#at + 1];
    if (character === '"' || character === "'") this.#string('string', this.#at, false);
    else if ((character === '&' || character === '^') && (next === '"' || next === "'")) {
      this.#string(character === '&' ? 'name' : 'path', this.#at + 1, false);
    } else if (character === 'r' && (next === '"' || next === "'")) this.#string('string', this.#at + 1, true);
    else if ((character === '$' || character === '%') && this.#isValueNext()) this.#node();
    else if (WORD_START.test(String.fromCodePoint(text.codePointAt(this.#at)!))) this.#match(WORD, 'word');
    else if (/[0-9]/.test(character) || (character === '.' && /[0-9]/.test(next ?? ''))) this.#match(NUMBER, 'number');
    else if (!this.#match(SIGN, 'sign')) this.#at++; // nothing that a declaration has
  }

  #match(pattern: RegExp, kind: Token['kind']): boolean {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    if (found === '') return false;
    this.#at += found.length;
    if (kind === 'sign' && OPENING.includes(found)) this.#depth++;
    if (kind === 'sign' && CLOSING.includes(found)) this.#depth = Math.max(0, this.#depth - 1);
    this.#tokens.push({ kind, text: found, line: this.#line });
    return true;
  }

  /** Whether `%` is not the operator here: behind a value it is. */
  #isValueNext(): boolean {
    const last = this.#tokens.at(-1);
    if (last === undefined) return true;
    if (last.kind === 'sign') return !CLOSING.includes(last.text);
    return (
      last.kind === 'word' &&
      ['return', 'in', 'and', 'or', 'not', 'if', 'else', 'await', 'is', 'as'].includes(last.text)
    );
  }

  /** `$A/B`, `$"A/B"`, `%Name`. The text begins with `$` or `%`. */
  #node(): void {
    const quote = this.#text[this.#at + 1];
    if (quote !== '"' && quote !== "'") {
      this.#match(NODE, 'node');
      // A path does not end with a dot: that is the access to a member.
      const token = this.#tokens.at(-1)!;
      const path = token.text.replace(/(?<=[^./])\.[^/]*$/, '');
      this.#at -= token.text.length - path.length;
      this.#tokens[this.#tokens.length - 1] = { ...token, text: path };
      return;
    }
    const sign = this.#text[this.#at]!;
    this.#string('string', this.#at + 1, false);
    const token = this.#tokens.pop()!;
    this.#tokens.push({ kind: 'node', text: sign + token.text, line: token.line });
  }

  /** A string whose quote, one or three, is at `start`. */
  #string(kind: Token['kind'], start: number, isRaw: boolean): void {
    const text = this.#text;
    const { [start]: quote = '' } = text;
    const first = this.#line;
    const mark = text.startsWith(quote.repeat(3), start) ? quote.repeat(3) : quote;
    let value = '';
    let at = start + mark.length;
    for (;;) {
      const character = text[at];
      if (character === undefined || (character === '\n' && mark.length === 1)) {
        throw new SyntaxFault(first, 'a string begins here and does not end');
      }
      if (text.startsWith(mark, at)) break;
      if (character === '\n') this.#line++;
      if (character !== '\\') {
        value += character;
        at++;
        continue;
      }
      const escaped = text[at + 1] ?? '';
      if (escaped === '\n') this.#line++;
      const digits = escaped === 'u' ? 4 : escaped === 'U' ? 6 : 0;
      const code = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
      if (isRaw) value += `\\${escaped}`;
      else if (digits > 0 && code <= 0x10ffff) value += String.fromCodePoint(code);
      else if (escaped !== '\n') value += ESCAPES[escaped] ?? escaped;
      at += 2 + (isRaw ? 0 : digits);
    }
    this.#at = at + mark.length;
    this.#tokens.push({ kind, text: value, line: first });
  }
}
