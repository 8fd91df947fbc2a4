import { printable } from '../../terminal/printable.ts';

/** Words that a constant of a module cannot be named. */
const RESERVED: ReadonlySet<string> = new Set(['arguments', 'await', 'eval', 'yield']);

/** Names for what the declarations export: derived from paths, and each used once. */
export class Names {
  readonly #taken = new Set<string>(RESERVED);

  /** `suffix` keeps the name from being a keyword, or an import. */
  next(path: string, suffix: string): string {
    const words = path
      .replace(/^res:\/\//, '')
      .replace(/\.(tscn|gd)\b/g, '')
      .split('/')
      .map((part) => part.split(/[^\p{ID_Continue}]+|_+/u).filter((word) => word !== ''));
    // The file's name; with the folders above it where that is taken.
    for (let from = words.length - 1; from >= 0; from--) {
      const name = camelCase(words.slice(from).flat()) + suffix;
      if (this.#take(name)) return name;
    }
    const base = camelCase(words.flat()) + suffix;
    for (let number = 2; ; number++) {
      if (this.#take(`${base}${number}`)) return `${base}${number}`;
    }
  }

  #take(name: string): boolean {
    if (this.#taken.has(name)) return false;
    this.#taken.add(name);
    return true;
  }
}

function camelCase(words: readonly string[]): string {
  const joined = words.map((word, at) => (at === 0 ? lowerFirst(word) : upperFirst(word))).join('');
  return /^[\p{ID_Start}]/u.test(joined) ? joined : `n${upperFirst(joined)}`;
}

function lowerFirst(word: string): string {
  return word === word.toUpperCase() ? word.toLowerCase() : word.charAt(0).toLowerCase() + word.slice(1);
}

export function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A string literal. Whatever the text has, it stays one string on one line. */
export function quoted(text: string): string {
  const escaped = Array.from(text, (character) => {
    if (character === "'" || character === '\\') return `\\${character}`;
    if (character === '\n') return '\\n';
    const code = character.codePointAt(0)!;
    // Letters, digits, signs and blanks can be read. Control characters, half a surrogate pair and marks of direction cannot.
    if (code < 0x7f ? code >= 0x20 : /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
    return `\\u{${code.toString(16)}}`;
  });
  return `'${escaped.join('')}'`;
}

/** The key of an object literal. */
export function keyOf(name: string): string {
  // As a plain key it would set the prototype.
  if (name === '__proto__') return "['__proto__']";
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** The member of an object. */
export function memberOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quoted(name)}]`;
}

/** Text for a comment: one line, which does not end the comment. */
export function commented(text: string): string {
  return printable(text, 400).replaceAll('*/', '*\\/').replaceAll('/*', '/\\*');
}
