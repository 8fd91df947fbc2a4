import {
  AABB,
  Basis,
  Color,
  Dictionary,
  Float,
  NodePath,
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
  Plane,
  Projection,
  Quaternion,
  Rect2,
  Rect2i,
  StringName,
  Transform2D,
  Transform3D,
  type Variant,
  Vector2,
  Vector2i,
  Vector3,
  Vector3i,
  Vector4,
  Vector4i,
} from '../../variant/index.ts';

/** What is wrong with a text, and at which character. */
export class VariantTextError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(`${message} at character ${at + 1}`);
    this.name = 'VariantTextError';
    this.at = at;
  }
}

/**
 * Reads Variants, separated by spaces, as a script writes them: `null`, `true`, `1`, `1.0`, `"text"`, `&"name"`, `^"Node/Path"`,
 * `[1, 2]`, `{"a": 1}`, `Vector2(1, 2)`, `PackedByteArray([1, 2])`: the form of `variantText`. JSON is a part of it. Throws a
 * `VariantTextError`.
 */
export function parseVariants(text: string): Variant[] {
  const parser = new Parser(text);
  const values: Variant[] = [];
  while (!parser.isAtEnd) values.push(parser.value(0));
  return values;
}

/** Reads one Variant; see `parseVariants`. */
export function parseVariant(text: string): Variant {
  const parser = new Parser(text);
  const value = parser.value(0);
  if (!parser.isAtEnd) throw parser.error('something follows the value');
  return value;
}

const DEEPEST = 100;
const NUMBER = /[-+]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|inf\b|nan\b)/y;
const STRING = /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'/y;
const WORD = /[A-Za-z_]\w*/y;
const SPACE = /\s*/y;

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#take(SPACE);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  error(message: string): VariantTextError {
    return new VariantTextError(message, this.#at);
  }

  value(depth: number): Variant {
    if (depth > DEEPEST) throw this.error(`containers are nested deeper than ${DEEPEST}`);
    const next = this.#text.charAt(this.#at);
    if (next === '"' || next === "'") return this.#string();
    if (this.#sign('&')) return new StringName(this.#string());
    if (this.#sign('^')) return new NodePath(this.#string());
    if (this.#sign('[')) return this.#list(']', depth);
    if (this.#sign('{')) return this.#dictionary(depth);
    const number = this.#take(NUMBER);
    if (number !== null) return numberOf(number);
    const start = this.#at;
    const word = this.#take(WORD);
    if (word === null) throw this.error('no value');
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    if (!this.#sign('(')) throw new VariantTextError(`"${word}" is no value; a text needs quotes,`, start);
    return this.#constructed(word, start, depth);
  }

  #constructed(name: string, start: number, depth: number): Variant {
    const parts = this.#list(')', depth);
    const make = Object.hasOwn(CONSTRUCTORS, name) ? CONSTRUCTORS[name] : undefined;
    if (make === undefined) throw new VariantTextError(`"${name}" is no type that can be written here,`, start);
    try {
      return make(name.startsWith('Packed') ? elements(parts) : parts);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new VariantTextError(`${name}: ${reason},`, start);
    }
  }

  #list(end: string, depth: number): Variant[] {
    const values: Variant[] = [];
    while (!this.#sign(end)) {
      values.push(this.value(depth + 1));
      if (!this.#sign(',') && this.#text.charAt(this.#at) !== end) throw this.error(`"," or "${end}" is missing`);
    }
    return values;
  }

  #dictionary(depth: number): Dictionary {
    const dictionary = new Dictionary();
    while (!this.#sign('}')) {
      const key = this.value(depth + 1);
      if (!this.#sign(':')) throw this.error('":" is missing');
      dictionary.set(key, this.value(depth + 1));
      if (!this.#sign(',') && this.#text.charAt(this.#at) !== '}') throw this.error('"," or "}" is missing');
    }
    return dictionary;
  }

  #string(): string {
    const literal = this.#take(STRING);
    if (literal === null) throw this.error('a text in quotes is missing, or its end');
    return literal.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_, code: string) => unescaped(code));
  }

  #sign(sign: string): boolean {
    if (this.#text.charAt(this.#at) !== sign) return false;
    this.#at++;
    // A prefix belongs to the string that follows it at once.
    if (sign !== '&' && sign !== '^') this.#take(SPACE);
    return true;
  }

  /** What `pattern` matches here, and the space behind it. */
  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    if (found === null) return null;
    this.#at += found.length;
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
    return found;
  }
}

function numberOf(text: string): Variant {
  if (/^[-+]?\d+$/.test(text)) {
    const integer = BigInt(text.replace('+', ''));
    const number = Number(integer);
    return Number.isSafeInteger(number) ? number : integer;
  }
  const word = text.replace(/^[-+]/, '');
  const size = word === 'inf' ? Number.POSITIVE_INFINITY : word === 'nan' ? Number.NaN : Number(word);
  const value = text.startsWith('-') ? -size : size;
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? new Float(value) : value;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', a: '\u0007', v: '\v' };

function unescaped(code: string): string {
  if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
  return ESCAPES[code] ?? code;
}

/** The elements of a packed array, which may stand in a list. */
function elements(parts: readonly Variant[]): readonly Variant[] {
  const [first] = parts;
  return parts.length === 1 && Array.isArray(first) ? first : parts;
}

/** The numbers of `parts`: `count` of them, or a multiple of it with `isList`. */
function numbers(parts: readonly Variant[], count: number, isList = false): number[] {
  const wanted = isList ? parts.length % count === 0 : parts.length === count;
  if (!wanted)
    throw new RangeError(`${isList ? 'a multiple of ' : ''}${count} numbers were expected, not ${parts.length}`);
  return parts.map((part) => {
    if (typeof part === 'number') return part;
    if (part instanceof Float) return part.value;
    throw new TypeError('a number was expected');
  });
}

function strings(parts: readonly Variant[]): string[] {
  return parts.map((part) => {
    if (typeof part === 'string') return part;
    throw new TypeError('a text was expected');
  });
}

function integers(parts: readonly Variant[], least: number, most: number): number[] {
  const all = numbers(parts, 1, true);
  const wrong = all.find((number) => !Number.isInteger(number) || number < least || number > most);
  if (wrong !== undefined) throw new RangeError(`${wrong} is not a whole number from ${least} to ${most}`);
  return all;
}

function bigints(parts: readonly Variant[]): bigint[] {
  return parts.map((part) => {
    if (typeof part === 'bigint' || (typeof part === 'number' && Number.isInteger(part))) return BigInt(part);
    throw new TypeError('a whole number was expected');
  });
}

/** Splits the numbers of `parts` into groups of `size`. */
function groups(parts: readonly Variant[], count: number, size: number): number[][] {
  const all = numbers(parts, count * size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

const vector3 = (group: readonly number[] = []): Vector3 => new Vector3(...group);
const INT32 = 2 ** 31;

/** What can be written as `Name(…)`. The parts are those of the text form, in the order of the encoding. */
const CONSTRUCTORS: Readonly<Record<string, ((parts: readonly Variant[]) => Variant) | undefined>> = {
  Vector2: (parts) => new Vector2(...numbers(parts, 2)),
  Vector2i: (parts) => new Vector2i(...numbers(parts, 2)),
  Vector3: (parts) => new Vector3(...numbers(parts, 3)),
  Vector3i: (parts) => new Vector3i(...numbers(parts, 3)),
  Vector4: (parts) => new Vector4(...numbers(parts, 4)),
  Vector4i: (parts) => new Vector4i(...numbers(parts, 4)),
  Quaternion: (parts) => new Quaternion(...numbers(parts, 4)),
  Color: (parts) => new Color(...numbers(parts.length === 3 ? [...parts, 1] : parts, 4)),
  Rect2: (parts) => {
    const [position = [], size = []] = groups(parts, 2, 2);
    return new Rect2(new Vector2(...position), new Vector2(...size));
  },
  Rect2i: (parts) => {
    const [position = [], size = []] = groups(parts, 2, 2);
    return new Rect2i(new Vector2i(...position), new Vector2i(...size));
  },
  AABB: (parts) => {
    const [position, size] = groups(parts, 2, 3);
    return new AABB(vector3(position), vector3(size));
  },
  Plane: (parts) => {
    const [x, y, z, d] = numbers(parts, 4);
    return new Plane(new Vector3(x, y, z), d);
  },
  Transform2D: (parts) => {
    const [x = [], y = [], origin = []] = groups(parts, 3, 2);
    return new Transform2D(new Vector2(...x), new Vector2(...y), new Vector2(...origin));
  },
  Basis: (parts) => basisOf(numbers(parts, 9)),
  Transform3D: (parts) => {
    const all = numbers(parts, 12);
    return new Transform3D(basisOf(all.slice(0, 9)), vector3(all.slice(9)));
  },
  Projection: (parts) => {
    const [x = [], y = [], z = [], w = []] = groups(parts, 4, 4);
    return new Projection(new Vector4(...x), new Vector4(...y), new Vector4(...z), new Vector4(...w));
  },
  PackedByteArray: (parts) => Uint8Array.from(integers(parts, 0, 255)),
  PackedInt32Array: (parts) => Int32Array.from(integers(parts, -INT32, INT32 - 1)),
  PackedInt64Array: (parts) => BigInt64Array.from(bigints(parts)),
  PackedFloat32Array: (parts) => Float32Array.from(numbers(parts, 1, true)),
  PackedFloat64Array: (parts) => Float64Array.from(numbers(parts, 1, true)),
  PackedStringArray: (parts) => new PackedStringArray(strings(parts)),
  PackedVector2Array: (parts) => new PackedVector2Array(Float32Array.from(numbers(parts, 2, true))),
  PackedVector3Array: (parts) => new PackedVector3Array(Float32Array.from(numbers(parts, 3, true))),
  PackedVector4Array: (parts) => new PackedVector4Array(Float32Array.from(numbers(parts, 4, true))),
  PackedColorArray: (parts) => new PackedColorArray(Float32Array.from(numbers(parts, 4, true))),
};

/** A basis is encoded by rows, and its fields are its columns. */
function basisOf(all: readonly number[]): Basis {
  const column = (index: number): Vector3 => new Vector3(all[index], all[index + 3], all[index + 6]);
  return new Basis(column(0), column(1), column(2));
}
