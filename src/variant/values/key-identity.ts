import { isFloat32Array, isFloat64Array, isMap } from '../../bytes.ts';
import { Float } from './float.ts';
import { StringName } from './string-name.ts';
import { isInt, variantTypeOf } from './variant.ts';
import { VariantType } from './variant-type.ts';
import { VariantValue } from './variant-value.ts';

/**
 * The form in which a `Map` stores a key. By itself, `Map` would change -0 to 0, which is an INT, and distinguish 5n from 5.
 */
export function storedForm(key: unknown): unknown {
  if (typeof key === 'bigint') return isInt(Number(key)) ? Number(key) : key;
  if (Object.is(key, -0)) return new Float(-0);
  return key instanceof Float && !Number.isSafeInteger(key.value) ? key.value : key;
}

/**
 * A text that is the same for equal keys. Null for keys that a `Map` compares correctly: primitives other than strings, and
 * objects that equal only themselves. The time that it takes grows with the key's size: a float is represented by its bits,
 * because its decimal digits can take microseconds.
 */
export function identityOf(key: unknown): string | null {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key !== 'object' || key === null) return null;
  if (key instanceof StringName) return `s${key.text}`;
  const type = variantTypeOf(key);
  if (key instanceof VariantValue) return `${type}(${listOf(key.toArray())}`;
  if (Array.isArray(key)) return `${type}(${key.map(partOf)})`;
  if (ArrayBuffer.isView(key)) return `${type}(${contentOf(key)}`;
  if (type !== VariantType.TYPE_DICTIONARY) return null;
  const entries: unknown[][] = Array.from(isMap(key) ? key : Object.entries(key));
  return `${type}(${entries.map((entry) => `${entry.map(partOf)}`).sort()})`;
}

/**
 * The identity of a part of a key. Unlike `identityOf` it covers every value, and different lists of parts have different
 * texts.
 */
function partOf(part: unknown): string {
  const stored = storedForm(part);
  if (typeof stored === 'number') return isInt(stored) ? `${stored}` : `f${bitsOf(stored)}`;
  if (stored instanceof StringName) return `&${textOf(stored.text)}`;
  return (typeof stored === 'object' && identityOf(stored)) || `${typeof stored} ${textOf(stored)}`;
}

/** The identity of a value's components. Their order and types follow from the type of the value. */
function listOf(parts: readonly (number | bigint | string)[]): string {
  let text = `${parts.length}:`;
  for (const part of parts) text += typeof part === 'number' ? bitsOf(part) : `${textOf(part)},`;
  return text;
}

function textOf(part: unknown): string {
  return typeof part === 'string' ? `${part.length}:${part}` : `${part}`;
}

const double = /* @__PURE__ */ new Float64Array(1);
const quarters = /* @__PURE__ */ new Uint16Array(double.buffer);

/** A number's bits as four characters. 0 and -0 have the same text, and so have all NaN. */
function bitsOf(number: number): string {
  double[0] = number === 0 ? 0 : Number.isNaN(number) ? Number.NaN : number;
  return String.fromCharCode(quarters[0]!, quarters[1]!, quarters[2]!, quarters[3]!);
}

/** How many characters are made by one call. Every JavaScript engine accepts this many arguments. */
const CHUNK = 4096;

/** The identity of an array of numbers: floats by their values, integers by their bytes. */
function contentOf(view: ArrayBufferView): string {
  let text = `${view.byteLength}:`;
  if (isFloat32Array(view) || isFloat64Array(view)) {
    for (const number of view) text += bitsOf(number);
    return text;
  }
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}
