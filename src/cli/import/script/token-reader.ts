import type { TypeReference } from './script.ts';
import type { Token } from './tokens.ts';

/** Reads the tokens of a statement one after the other. */
export class TokenReader {
  readonly tokens: readonly Token[];
  at = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.at + ahead];
  }

  /** Whether the next token is this word or sign. */
  isNext(text: string): boolean {
    const token = this.peek();
    return token !== undefined && token.text === text && (token.kind === 'word' || token.kind === 'sign');
  }

  /** Takes the next token if it is this word or sign. */
  accept(text: string): boolean {
    const isNext = this.isNext(text);
    if (isNext) this.at++;
    return isNext;
  }

  /** Takes a name; null when none is next. */
  name(): string | null {
    const token = this.peek();
    if (token?.kind !== 'word') return null;
    this.at++;
    return token.text;
  }

  /** Takes tokens up to one of `ends` that is outside of all brackets. */
  until(...ends: readonly string[]): Token[] {
    const start = this.at;
    let depth = 0;
    for (; this.at < this.tokens.length; this.at++) {
      const { kind, text } = this.tokens[this.at]!;
      if (kind !== 'sign') continue;
      if (depth === 0 && ends.includes(text)) break;
      if ('([{'.includes(text)) depth++;
      if (')]}'.includes(text)) depth--;
      if (depth < 0) break;
    }
    return this.tokens.slice(start, this.at);
  }

  /** Behind an opening bracket: takes what commas separate, and the closing bracket. */
  list(): Token[][] {
    const parts: Token[][] = [];
    while (this.peek() !== undefined) {
      const part = this.until(',');
      if (part.length > 0) parts.push(part);
      if (!this.accept(',')) break;
    }
    this.at++;
    return parts;
  }

  /** `Array[A.B]`; null when no type is next. */
  type(depth = 0): TypeReference | null {
    const first = this.name();
    if (first === null || depth > 4) return null;
    let name = first;
    while (this.accept('.')) name += `.${this.name() ?? ''}`;
    const elements: TypeReference[] = [];
    if (this.accept('[')) {
      do {
        const element = this.type(depth + 1);
        if (element === null) break;
        elements.push(element);
      } while (this.accept(','));
      this.accept(']');
    }
    return { name, elements };
  }
}
