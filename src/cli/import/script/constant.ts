import type { TextValue } from '../text/text-value.ts';
import type { TypeReference } from './script.ts';
import { TokenReader } from './token-reader.ts';
import type { Token } from './tokens.ts';

/** What can be told of an expression without running it. */
export interface Constant {
  readonly type: TypeReference | null;
  readonly value: TextValue | null;
}

/** Looks up a constant by its name, such as `MAX_SPEED` or `State.IDLE`. */
export type ConstantLookup = (name: string) => Constant | null;

const UNKNOWN: Constant = { type: null, value: null };
/** Types whose constructors have numbers, and how many. */
const SIZES: ReadonlyMap<string, number> = new Map([
  ['Vector2', 2],
  ['Vector2i', 2],
  ['Vector3', 3],
  ['Vector3i', 3],
  ['Vector4', 4],
  ['Vector4i', 4],
  ['Color', 4],
  ['Quaternion', 4],
  ['Rect2', 4],
  ['Rect2i', 4],
]);
const CONSTRUCTED =
  /^(?:Packed\w+Array|Plane|AABB|Basis|Transform[23]D|Projection|NodePath|StringName|Array|Dictionary)$/;
/** Functions by the type that they return. */
const RETURNS: ReadonlyMap<string, string> = new Map([
  ['str', 'String'],
  ['String', 'String'],
  ['int', 'int'],
  ['float', 'float'],
  ['bool', 'bool'],
]);
const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['PI', Math.PI],
  ['TAU', Math.PI * 2],
  ['INF', Number.POSITIVE_INFINITY],
  ['NAN', Number.NaN],
]);
const DIRECTIONS: ReadonlyMap<string, readonly number[]> = new Map([
  ['ZERO', [0, 0, 0, 0]],
  ['ONE', [1, 1, 1, 1]],
  ['LEFT', [-1, 0, 0, 0]],
  ['RIGHT', [1, 0, 0, 0]],
  ['INF', [Infinity, Infinity, Infinity, Infinity]],
]);
const COLORS: ReadonlyMap<string, readonly number[]> = new Map([
  ['WHITE', [1, 1, 1, 1]],
  ['BLACK', [0, 0, 0, 1]],
  ['RED', [1, 0, 0, 1]],
  ['GREEN', [0, 1, 0, 1]],
  ['BLUE', [0, 0, 1, 1]],
  ['TRANSPARENT', [1, 1, 1, 0]],
]);

export function typeNamed(name: string): TypeReference {
  return { name, elements: [] };
}

/** The type and the value of an expression, as far as they can be told. */
export function constantOf(tokens: readonly Token[], lookUp: ConstantLookup): Constant {
  const reader = new TokenReader(tokens);
  const constant = read(reader, lookUp);
  if (reader.peek() === undefined) return constant;
  // `"%d" % 3` is a String, whatever follows.
  const isText = constant.type?.name === 'String' && (reader.isNext('%') || reader.isNext('+'));
  return { type: isText ? constant.type : arithmetic(tokens), value: null };
}

/** The type of an expression of numbers alone. */
function arithmetic(tokens: readonly Token[]): TypeReference | null {
  const isPlain = tokens.every(
    ({ kind, text }) => kind === 'number' || (kind === 'sign' && '+-*/%**()<<>>&|^'.includes(text)),
  );
  if (!isPlain || !tokens.some(({ kind }) => kind === 'number')) return null;
  return typeNamed(tokens.some(({ kind, text }) => kind === 'number' && isFloat(text)) ? 'float' : 'int');
}

function isFloat(text: string): boolean {
  return !/^0[xb]/i.test(text) && /[.eE]/.test(text);
}

function read(reader: TokenReader, lookUp: ConstantLookup): Constant {
  const token = reader.peek();
  if (token === undefined) return UNKNOWN;
  if (reader.accept('-')) return negative(read(reader, lookUp));
  if (reader.accept('+')) return read(reader, lookUp);
  reader.at++;
  switch (token.kind) {
    case 'number':
      return number(token.text);
    case 'string':
      return { type: typeNamed('String'), value: { kind: 'string', text: token.text } };
    case 'name':
      return { type: typeNamed('StringName'), value: { kind: 'name', text: token.text } };
    case 'path':
      return { type: typeNamed('NodePath'), value: { kind: 'path', text: token.text } };
    case 'sign':
      return container(token.text, reader);
    case 'word':
      return named(token.text, reader, lookUp);
    default:
      return UNKNOWN;
  }
}

function number(text: string): Constant {
  const value = Number(text.replaceAll('_', ''));
  const kind = isFloat(text) ? 'float' : 'int';
  return { type: typeNamed(kind), value: { kind, value } };
}

function negative({ type, value }: Constant): Constant {
  const isNumber = value?.kind === 'int' || value?.kind === 'float';
  return { type, value: isNumber ? { kind: value.kind, value: 0 - value.value } : null };
}

function container(sign: string, reader: TokenReader): Constant {
  if (sign !== '[' && sign !== '{') return UNKNOWN;
  const parts = reader.list();
  if (sign === '{') return { type: typeNamed('Dictionary'), value: { kind: 'dictionary', size: parts.length } };
  const items = parts.map((): TextValue => ({ kind: 'null' }));
  return { type: typeNamed('Array'), value: { kind: 'array', items } };
}

function named(name: string, reader: TokenReader, lookUp: ConstantLookup): Constant {
  if (name === 'true' || name === 'false')
    return { type: typeNamed('bool'), value: { kind: 'bool', value: name === 'true' } };
  if (name === 'null') return { type: null, value: { kind: 'null' } };
  if (name === 'func') {
    reader.at = reader.tokens.length;
    return { type: typeNamed('Callable'), value: null };
  }
  const value = NUMBERS.get(name);
  if (value !== undefined) return { type: typeNamed('float'), value: { kind: 'float', value } };
  if (reader.accept('(')) return constructed(name, reader.list(), lookUp);
  if (!reader.isNext('.')) return lookUp(name) ?? UNKNOWN;
  reader.at++;
  const member = reader.name() ?? '';
  if (reader.isNext('(')) {
    reader.at = reader.tokens.length; // a call: Color.from_hsv(…), Player.new()
    return UNKNOWN;
  }
  return memberOf(name, member) ?? lookUp(`${name}.${member}`) ?? UNKNOWN;
}

/** `Vector2.ZERO` */
function memberOf(name: string, member: string): Constant | null {
  const size = SIZES.get(name);
  if (size === undefined || !/^[A-Z][A-Z0-9_]*$/.test(member)) return null;
  const numbers = name === 'Color' ? COLORS.get(member) : directionOf(name, member);
  return { type: typeNamed(name), value: numbers === undefined ? null : made(name, numbers.slice(0, size)) };
}

function directionOf(name: string, member: string): readonly number[] | undefined {
  if (!name.startsWith('Vector')) return undefined;
  const up = name.startsWith('Vector3') ? 1 : -1; // y points down on the screen, and up in space
  if (member === 'UP') return [0, up, 0, 0];
  if (member === 'DOWN') return [0, -up, 0, 0];
  if (member === 'FORWARD') return [0, 0, -1, 0];
  return member === 'BACK' ? [0, 0, 1, 0] : DIRECTIONS.get(member);
}

function constructed(name: string, parts: readonly Token[][], lookUp: ConstantLookup): Constant {
  const returned = RETURNS.get(name);
  if (returned !== undefined) return { type: typeNamed(returned), value: null };
  if (!SIZES.has(name)) {
    const isEmpty = parts.length === 0;
    return {
      type: CONSTRUCTED.test(name) ? typeNamed(name) : null,
      value: isEmpty ? { kind: 'call', name, parts: [] } : null,
    };
  }
  const values = parts.map((part) => constantOf(part, lookUp).value);
  const isKnown = values.every((value) => value !== null);
  return { type: typeNamed(name), value: isKnown ? { kind: 'call', name, parts: values } : null };
}

function made(name: string, numbers: readonly number[]): TextValue {
  return { kind: 'call', name, parts: numbers.map((value) => ({ kind: 'float', value })) };
}
