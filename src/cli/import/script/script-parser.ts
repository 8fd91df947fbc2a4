import type { Annotation, Parameter, RemoteFunction, Script, Typed, Variable } from './script.ts';
import { authoritiesIn, remarksIn } from './script-remarks.ts';
import { TokenReader } from './token-reader.ts';
import { type LogicalLine, type Token, tokenize } from './tokens.ts';

/**
 * Reads the declarations of a script. `firstLine`: where it begins in its file. Throws `SyntaxFault` for a string that does
 * not end.
 */
export function parseScript(path: string, text: string, firstLine: number = 1): Script {
  return new ScriptParser(path, tokenize(text, firstLine)).script();
}

class ScriptParser {
  readonly #path: string;
  readonly #lines: readonly LogicalLine[];
  #className: string | null = null;
  #base: Script['base'] = { name: 'RefCounted' };
  #baseLine = 1;
  readonly #remotes: RemoteFunction[] = [];
  readonly #variables = new Map<string, Variable>();
  readonly #constants = new Map<string, Typed>();
  readonly #enums = new Set<string>();
  readonly #inner: { readonly line: number; readonly text: string }[] = [];
  /** Annotations that belong to the next declaration. */
  #pending: Annotation[] = [];

  constructor(path: string, lines: readonly LogicalLine[]) {
    this.#path = path;
    this.#lines = lines;
  }

  script(): Script {
    const lines = this.#lines;
    const { indent = 0 } = lines[0] ?? {};
    for (let at = 0; at < lines.length; ) {
      const line = lines[at]!;
      const end = bodyEnd(lines, at);
      if (line.indent <= indent) this.#statement(line, lines.slice(at + 1, end));
      at = end;
    }
    return {
      path: this.#path,
      className: this.#className,
      base: this.#base,
      baseLine: this.#baseLine,
      remotes: this.#remotes,
      variables: this.#variables,
      constants: this.#constants,
      enums: this.#enums,
      remarks: [...this.#inner, ...remarksIn(lines)],
      authorities: authoritiesIn(lines),
    };
  }

  /** A statement of the class, with the lines that are indented below it. */
  #statement({ tokens }: LogicalLine, body: readonly LogicalLine[]): void {
    const reader = new TokenReader(tokens);
    while (reader.accept('@')) this.#pending.push(readAnnotation(reader));
    while (reader.peek() !== undefined) {
      if (reader.accept('class_name')) this.#className = reader.name();
      else if (reader.accept('extends')) this.#extends(reader);
      else break;
    }
    if (reader.peek() === undefined) return;
    const annotations = this.#pending;
    this.#pending = [];
    const rpc = annotations.find(({ name }) => name === 'rpc');
    reader.accept('static');
    const { line } = reader.peek() ?? tokens[0]!;
    if (reader.accept('func')) {
      const name = reader.name();
      if (name !== null && rpc !== undefined && reader.accept('(')) {
        const parameters = reader.list().map(readParameter);
        this.#remotes.push({ name, parameters, annotation: rpc, line });
      }
    } else if (reader.accept('var')) {
      const isOnReady = annotations.some(({ name }) => name === 'onready');
      const variable = readTyped(reader);
      if (variable !== null) this.#variables.set(variable.name, { ...variable, isOnReady });
    } else if (reader.accept('const')) {
      const constant = readTyped(reader);
      if (constant !== null) this.#constants.set(constant.name, constant);
    } else if (reader.accept('enum')) this.#enum(reader, line);
    else if (reader.accept('class')) this.#innerClass(reader.name(), body);
  }

  #extends(reader: TokenReader): void {
    const token = reader.peek();
    if (token === undefined) return;
    this.#baseLine = token.line;
    if (token.kind === 'string') {
      reader.at++;
      this.#base = { path: token.text };
    } else this.#base = { name: reader.type()?.name ?? '' };
  }

  /** Its members are whole numbers: a constant each when the enum has no name. */
  #enum(reader: TokenReader, line: number): void {
    const name = reader.name();
    if (name !== null) this.#enums.add(name);
    if (!reader.accept('{')) return;
    let next = 0;
    for (const [first, sign, ...value] of reader.list()) {
      if (first === undefined) continue;
      if (sign?.text === '=') next = Number(value.map(({ text }) => text).join(''));
      const text = String(next++);
      const key = name === null ? first.text : `${name}.${first.text}`;
      const isKnown = /^-?\d+$/.test(text);
      const tokens: Token[] | null = isKnown ? numberTokens(text, line) : null;
      this.#constants.set(key, {
        name: key,
        type: { name: 'int', elements: [] },
        isInferred: false,
        value: tokens,
        line,
      });
    }
  }

  /** Its remote methods are not those of the script. */
  #innerClass(name: string | null, body: readonly LogicalLine[]): void {
    for (const { tokens } of body) {
      const at = tokens.findIndex(({ text }, index) => text === 'rpc' && tokens[index - 1]?.text === '@');
      if (at < 0) continue;
      const text = `the inner class ${name} has @rpc functions: declare them for the nodes that it is attached to`;
      this.#inner.push({ line: tokens[at]!.line, text });
      return;
    }
  }
}

/** The first line behind the one at `at` that is not indented below it. */
function bodyEnd(lines: readonly LogicalLine[], at: number): number {
  const { indent } = lines[at]!;
  let end = at + 1;
  while (end < lines.length && lines[end]!.indent > indent) end++;
  return end;
}

function numberTokens(text: string, line: number): Token[] {
  const number: Token = { kind: 'number', text: text.replace('-', ''), line };
  return text.startsWith('-') ? [{ kind: 'sign', text: '-', line }, number] : [number];
}

/** Behind `@`. */
function readAnnotation(reader: TokenReader): Annotation {
  const { line = 1 } = reader.peek() ?? {};
  const name = reader.name() ?? '';
  return { name, parts: reader.accept('(') ? reader.list() : [], line };
}

/** `name: int = 3`, `name := 3`; up to the colon of its accessors. */
function readTyped(reader: TokenReader): Typed | null {
  const { line = 1 } = reader.peek() ?? {};
  const name = reader.name();
  if (name === null) return null;
  const isInferred = reader.accept(':=');
  let type = null;
  // A colon without a type is that of `set` and `get`, or `: = 3`.
  if (!isInferred && reader.accept(':')) {
    if (reader.accept('=')) return { name, type, isInferred: true, value: reader.until(':'), line };
    if (!reader.isNext('set') && !reader.isNext('get')) type = reader.type();
  }
  const hasValue = isInferred || reader.accept('=');
  return { name, type, isInferred, value: hasValue ? reader.until(':') : null, line };
}

function readParameter(tokens: readonly Token[]): Parameter {
  const reader = new TokenReader(tokens);
  const isRest = reader.accept('...');
  const { line = 1 } = tokens[0] ?? {};
  const typed = readTyped(reader) ?? { name: '', type: null, isInferred: false, value: null, line };
  return { ...typed, isRest };
}
