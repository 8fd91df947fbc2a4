import {
  AABB,
  Basis,
  Callable,
  Color,
  Dictionary,
  type ElementType,
  EncodedObjectAsID,
  Float,
  FullObject,
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
  RID,
  Signal,
  StringName,
  Transform2D,
  Transform3D,
  TypedArray,
  typeName,
  type Variant,
  type VariantType,
  Vector2,
  Vector2i,
  Vector3,
  Vector3i,
  Vector4,
  Vector4i,
} from 'tickpeer/variant';

/** `Vector2(1, -2)`, `Array[int]([1])`, `RELAY(7, RAW("hi"))`: a name with arguments, not yet a value or a packet. */
export interface Call {
  readonly name: string;
  /** The text in brackets after the name. */
  readonly types: readonly string[];
  readonly args: readonly Notation[];
}

/** A parsed text in the GDScript notation of docs/engine/. */
export type Notation =
  | { readonly kind: 'value'; readonly value: Variant }
  | { readonly kind: 'list'; readonly items: readonly Notation[] }
  | { readonly kind: 'entries'; readonly entries: readonly (readonly [Notation, Notation])[] }
  | ({ readonly kind: 'call' } & Call)
  | { readonly kind: 'word'; readonly word: string };

const TOKEN =
  /\s*(?:([&^]?)"((?:[^"\\]|\\.)*)"|(-?(?:inf|nan|\d+(?:\.\d+)?(?:e[+-]?\d+)?))(?![\w])|([A-Za-z_]\w*)|([[\](){},:]))/y;

/** Parses a text. Throws if it cannot. */
export function parseNotation(text: string): Notation {
  return new Parser(text).whole();
}

/** The value that a text describes. */
export function parseValue(text: string): Variant {
  return toValue(parseNotation(text));
}

class Parser {
  readonly #text: string;
  readonly #tokens: RegExpExecArray[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const token = TOKEN.exec(text);
      if (token === null) throw new Error(`not understood: ${text}`);
      this.#tokens.push(token);
    }
  }

  whole(): Notation {
    const notation = this.#next();
    if (this.#at !== this.#tokens.length) this.#fail();
    return notation;
  }

  #next(): Notation {
    const token = this.#tokens[this.#at++] ?? this.#fail();
    const [, mark, string, number, word, sign] = token;
    if (string !== undefined) {
      const plain: unknown = JSON.parse(`"${string}"`);
      const chars = String(plain);
      return value(mark === '&' ? new StringName(chars) : mark === '^' ? new NodePath(chars) : chars);
    }
    if (number !== undefined) return value(toNumber(number));
    if (word !== undefined) return this.#named(word);
    if (sign === '[') return { kind: 'list', items: this.#list(']') };
    if (sign === '{') return this.#entries();
    return this.#fail();
  }

  #named(word: string): Notation {
    if (word === 'null') return value(null);
    if (word === 'true' || word === 'false') return value(word === 'true');
    const types: string[] = [];
    if (this.#takes('[')) {
      do types.push(this.#tokens[this.#at++]?.[4] ?? this.#fail());
      while (this.#takes(','));
      if (!this.#takes(']')) this.#fail();
    }
    if (!this.#takes('(')) return types.length === 0 ? { kind: 'word', word } : this.#fail();
    return { kind: 'call', name: word, types, args: this.#list(')') };
  }

  #list(end: string): Notation[] {
    const items: Notation[] = [];
    if (this.#takes(end)) return items;
    do items.push(this.#next());
    while (this.#takes(','));
    if (!this.#takes(end)) this.#fail();
    return items;
  }

  #entries(): Notation {
    const entries: [Notation, Notation][] = [];
    if (this.#takes('}')) return { kind: 'entries', entries };
    do {
      const key = this.#next();
      if (!this.#takes(':')) this.#fail();
      entries.push([key, this.#next()]);
    } while (this.#takes(','));
    if (!this.#takes('}')) this.#fail();
    return { kind: 'entries', entries };
  }

  #takes(sign: string): boolean {
    const is = this.#tokens[this.#at]?.[5] === sign;
    if (is) this.#at++;
    return is;
  }

  #fail(): never {
    throw new Error(`not understood: ${this.#text}`);
  }
}

function value(found: Variant): Notation {
  return { kind: 'value', value: found };
}

/** As in GDScript: with a decimal point it is a float. */
function toNumber(text: string): Variant {
  if (text.endsWith('inf')) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (text === 'nan') return Number.NaN;
  const number = Number(text);
  if (!/[.e]/.test(text)) return Number.isSafeInteger(number) ? number : BigInt(text);
  return Number.isSafeInteger(number) && !Object.is(number, -0) ? new Float(number) : number;
}

/** A value. Throws if the notation is not that of a value. */
export function toValue(notation: Notation): Variant {
  switch (notation.kind) {
    case 'value':
      return notation.value;
    case 'list':
      return notation.items.map(toValue);
    case 'entries':
      return new Dictionary(toEntries(notation));
    case 'call':
      return construct(notation);
    case 'word':
      throw new Error(`${notation.word} is no value`);
  }
}

function toEntries(notation: Notation): [Variant, Variant][] {
  if (notation.kind !== 'entries') throw new Error('a dictionary was expected');
  return notation.entries.map(([key, entry]) => [toValue(key), toValue(entry)]);
}

function toItems(notation: Notation | undefined): Variant[] {
  if (notation === undefined) return [];
  if (notation.kind !== 'list') throw new Error('an array was expected');
  return notation.items.map(toValue);
}

function numberOf(notation: Notation): number {
  const found = toValue(notation);
  if (found instanceof Float) return found.value;
  if (typeof found === 'number') return found;
  throw new Error('a number was expected');
}

/** A type as in scripts. One that is not built in is a class. */
function elementType(name: string): ElementType | null {
  if (name === 'Variant') return null;
  for (let type = 1; type < 39; type++) if (typeName(type) === name) return type as VariantType;
  return { kind: 'class', name };
}

/** Values whose constructor takes a list of numbers, in the order of the encoding or in another one. */
const FROM_NUMBERS: Readonly<Record<string, (n: number[]) => Variant>> = {
  Vector2: (n) => new Vector2(...n),
  Vector2i: (n) => new Vector2i(...n),
  Vector3: (n) => new Vector3(...n),
  Vector3i: (n) => new Vector3i(...n),
  Vector4: (n) => new Vector4(...n),
  Vector4i: (n) => new Vector4i(...n),
  Color: (n) => new Color(...n),
  Quaternion: (n) => new Quaternion(...n),
  Rect2: ([x, y, w, h]) => new Rect2(new Vector2(x, y), new Vector2(w, h)),
  Rect2i: ([x, y, w, h]) => new Rect2i(new Vector2i(x, y), new Vector2i(w, h)),
  Plane: ([a, b, c, d]) => new Plane(new Vector3(a, b, c), d),
};

/** Values made of other values. */
const FROM_VALUES: Readonly<Record<string, (parts: Variant[]) => Variant>> = {
  AABB: (parts) => new AABB(...(parts as Vector3[])),
  Basis: (parts) => new Basis(...(parts as Vector3[])),
  Transform2D: (parts) => new Transform2D(...(parts as Vector2[])),
  Transform3D: (parts) => new Transform3D(...(parts as [Basis, Vector3])),
  Projection: (parts) => new Projection(...(parts as Vector4[])),
  Callable: () => new Callable(),
  RID: ([id]) => new RID(BigInt((id ?? 0) as number)),
  Signal: ([name, id]) => new Signal((name ?? '') as string, BigInt((id ?? 0) as number)),
  EncodedObjectAsID: ([id]) => new EncodedObjectAsID(BigInt(id as number)),
};

const FROM_LIST: Readonly<Record<string, (items: Variant[]) => Variant>> = {
  PackedByteArray: (items) => Uint8Array.from(items as number[]),
  PackedInt32Array: (items) => Int32Array.from(items as number[]),
  PackedInt64Array: (items) => BigInt64Array.from(items.map((item) => BigInt(item as number))),
  PackedFloat32Array: (items) => Float32Array.from(items.map(Number)),
  PackedFloat64Array: (items) => Float64Array.from(items.map(Number)),
  PackedStringArray: (items) => new PackedStringArray(items as string[]),
  PackedVector2Array: (items) => new PackedVector2Array(items as Vector2[]),
  PackedVector3Array: (items) => new PackedVector3Array(items as Vector3[]),
  PackedVector4Array: (items) => new PackedVector4Array(items as Vector4[]),
  PackedColorArray: (items) => new PackedColorArray(items as Color[]),
};

function construct({ name, types, args }: Call): Variant {
  const [first, second] = args;
  if (name === 'Array' && types.length === 1) return new TypedArray<Variant>(elementType(types[0]!)!, toItems(first));
  if (name === 'Dictionary' && types.length === 2 && first !== undefined) {
    return new Dictionary(toEntries(first), { key: elementType(types[0]!), value: elementType(types[1]!) });
  }
  if (name === 'Object' && first?.kind === 'word' && second !== undefined) {
    return new FullObject(first.word, toEntries(second) as [string, Variant][]);
  }
  const fromNumbers = FROM_NUMBERS[name];
  if (fromNumbers !== undefined) return fromNumbers(args.map(numberOf));
  const fromList = FROM_LIST[name];
  if (fromList !== undefined) return fromList(toItems(first));
  const fromValues = FROM_VALUES[name];
  if (fromValues !== undefined) return fromValues(args.map(toValue));
  throw new Error(`${name} is no type`);
}
