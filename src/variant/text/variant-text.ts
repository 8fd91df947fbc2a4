import { isMap } from '../../bytes.ts';
import { escapeControls } from '../../escape-controls.ts';
import { Dictionary } from '../values/dictionary.ts';
import { type ElementType, elementTypeName } from '../values/element-type.ts';
import { Float } from '../values/float.ts';
import { FullObject } from '../values/full-object.ts';
import { EncodedObjectAsID } from '../values/handles.ts';
import { NodePath } from '../values/node-path.ts';
import {
  PackedColorArray,
  PackedStringArray,
  PackedVector2Array,
  PackedVector3Array,
  PackedVector4Array,
} from '../values/packed-arrays.ts';
import { StringName } from '../values/string-name.ts';
import { typeName } from '../values/type-name.ts';
import { TypedArray } from '../values/typed-array.ts';
import { type VariantInput, variantTypeOf } from '../values/variant.ts';
import { VariantType } from '../values/variant-type.ts';
import { VariantValue } from '../values/variant-value.ts';

/** Containers within each other are shown to this depth. */
const DEEPEST = 64;

/**
 * A value as scripts write it: `"hi"`, `1.0`, `Vector2(1, -2)`, `{"k": [1, 2]}`, `Array[int]([1])`. For logs and other output
 * that people read: it is one line without control characters, and `…` replaces what is beyond `longest` characters. The
 * components of vectors and similar types are shown without a decimal point where they are integers.
 */
export function variantText(value: VariantInput, longest = 1000): string {
  const text = new BoundedText(longest);
  write(text, value, 0);
  return text.end();
}

/** `text` in quotation marks, with escapes for everything that moves a cursor or changes the order of characters. */
export function quoted(text: string): string {
  return escapeControls(JSON.stringify(text));
}

/** Text that stops to grow at a length. */
class BoundedText {
  readonly #longest: number;
  #text = '';

  constructor(longest: number) {
    this.#longest = longest;
  }

  get isFull(): boolean {
    return this.#text.length > this.#longest;
  }

  /** How much longer it may become. */
  get room(): number {
    return Math.max(0, this.#longest - this.#text.length);
  }

  add(text: string): void {
    if (!this.isFull) this.#text += text;
  }

  end(): string {
    return this.isFull ? `${this.#text.slice(0, Math.max(0, this.#longest - 1))}…` : this.#text;
  }
}

function write(text: BoundedText, value: unknown, depth: number): void {
  if (text.isFull) return;
  if (depth > DEEPEST) text.add('…');
  else if (typeof value === 'string') writeString(text, value);
  else if (typeof value === 'number') text.add(numberText(value));
  else if (value instanceof VariantValue) writeBuiltIn(text, value);
  else if (value instanceof FullObject) writeObject(text, value, depth);
  else if (isMap(value)) writeMap(text, value, depth);
  else if (Array.isArray(value)) writeArray(text, value, depth);
  else if (ArrayBuffer.isView(value)) writePacked(text, value);
  else if (typeof value === 'object' && value !== null) writeEntries(text, Object.entries(value), depth);
  else text.add(String(value)); // null, a boolean, a bigint
}

function writeString(text: BoundedText, value: string): void {
  // What cannot be shown is not escaped first.
  text.add(quoted(value.length > text.room ? value.slice(0, text.room + 1) : value));
}

/** As in scripts, a float has a decimal point. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  // Integers beyond the safe ones are floats: such an integer of the engine is a bigint.
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? new Float(value).toString() : String(value);
}

function writeBuiltIn(text: BoundedText, value: VariantValue): void {
  if (value instanceof Float) text.add(value.toString());
  else if (value instanceof StringName || value instanceof NodePath) {
    text.add(value instanceof StringName ? '&' : '^');
    writeString(text, value.toString());
  } else {
    const components = packedComponents(value);
    text.add(`${classOf(value)}(${components === null ? '' : '['}`);
    writeAll<number | bigint | string>(text, components ?? value.toArray(), (part) => text.add(componentText(part)));
    text.add(components === null ? ')' : '])');
  }
}

/** The name of an object's id is not that of its type: without full objects there is only the id. */
function classOf(value: VariantValue): string {
  return value instanceof EncodedObjectAsID ? 'EncodedObjectAsID' : typeName(value.variantType);
}

/** The numbers of a packed array of vectors or colours, which `toArray` would copy; null for all else. */
function packedComponents(value: VariantValue): Iterable<number> | null {
  const isPacked =
    value instanceof PackedVector2Array ||
    value instanceof PackedVector3Array ||
    value instanceof PackedVector4Array ||
    value instanceof PackedColorArray;
  return isPacked ? value.data : null;
}

function componentText(part: number | bigint | string): string {
  if (typeof part === 'string') return quoted(part);
  return typeof part === 'bigint' ? String(part) : realText(part);
}

/** A number with as few digits as a 32-bit float needs: 0.1, not 0.10000000149011612. */
function realText(value: number): string {
  if (Number.isSafeInteger(value) || !Number.isFinite(value) || Math.fround(value) !== value) return numberText(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(Number(value.toPrecision(9)));
}

function writeArray(text: BoundedText, value: readonly unknown[], depth: number): void {
  const isWrapped = value instanceof TypedArray || value instanceof PackedStringArray;
  if (value instanceof TypedArray) text.add(`Array[${typeText(value.elementType)}](`);
  else if (isWrapped) text.add('PackedStringArray(');
  text.add('[');
  writeAll(text, value, (item) => write(text, item, depth + 1));
  text.add(isWrapped ? '])' : ']');
}

function writePacked(text: BoundedText, value: ArrayBufferView): void {
  const type = variantTypeOf(value);
  text.add(`${type === null ? 'Variant' : typeName(type)}([`);
  // Of the views only DataView is not iterable, and it is no Variant.
  if (type !== null) {
    const isReal = type === VariantType.TYPE_PACKED_FLOAT32_ARRAY || type === VariantType.TYPE_PACKED_FLOAT64_ARRAY;
    writeAll(text, value as unknown as Iterable<number | bigint>, (item) =>
      text.add(isReal && typeof item === 'number' ? realText(item) : String(item)),
    );
  }
  text.add('])');
}

function writeMap(text: BoundedText, value: ReadonlyMap<unknown, unknown>, depth: number): void {
  const { keyType, valueType } = value instanceof Dictionary ? value : { keyType: null, valueType: null };
  const isTyped = keyType !== null || valueType !== null;
  if (isTyped) text.add(`Dictionary[${typeText(keyType)}, ${typeText(valueType)}](`);
  writeEntries(text, value, depth);
  if (isTyped) text.add(')');
}

function typeText(type: ElementType | null): string {
  return type === null ? 'Variant' : escapeControls(elementTypeName(type));
}

function writeEntries(text: BoundedText, entries: Iterable<readonly [unknown, unknown]>, depth: number): void {
  text.add('{');
  writeAll(text, entries, ([key, value]) => {
    write(text, key, depth + 1);
    text.add(': ');
    write(text, value, depth + 1);
  });
  text.add('}');
}

function writeObject(text: BoundedText, value: FullObject, depth: number): void {
  text.add(`Object(${escapeControls(value.className)}, `);
  writeEntries(text, value.properties, depth);
  text.add(')');
}

/** Writes the items with commas between them, and stops when the text is full. */
function writeAll<T>(text: BoundedText, items: Iterable<T>, writeOne: (item: T) => void): void {
  let isFirst = true;
  for (const item of items) {
    if (text.isFull) return;
    if (!isFirst) text.add(', ');
    isFirst = false;
    writeOne(item);
  }
}
