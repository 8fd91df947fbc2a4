import {
  Dictionary,
  Float,
  FullObject,
  NodePath,
  PackedStringArray,
  StringName,
  TypedArray,
  typeName,
  type Variant,
  VariantType,
  VariantValue,
  variantTypeOf,
} from '../../variant/index.ts';
import { escapedForJson } from '../terminal/json-escape.ts';

/** A Variant as a script writes it, in one line: `{ "at": Vector2(1, 2), "name": &"hero" }`. Control characters are escaped. */
export function variantText(value: Variant): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return numberText(value, variantTypeOf(value) === VariantType.TYPE_FLOAT);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Float) return numberText(value.value, true);
  if (value instanceof StringName) return `&${quoted(value.text)}`;
  if (value instanceof NodePath) return `^${quoted(value.toString())}`;
  if (value instanceof Dictionary) return braces([...value].map(([key, part]) => entryText(variantText(key), part)));
  if (value instanceof FullObject) {
    return `${value.className} ${braces([...value.properties].map(([name, part]) => entryText(quoted(name), part)))}`;
  }
  if (value instanceof PackedStringArray) return `PackedStringArray(${Array.from(value, quoted).join(', ')})`;
  if (value instanceof TypedArray) return `Array[${elementName(value)}]([${listText(value)}])`;
  if (Array.isArray(value)) return `[${listText(value)}]`;
  const name = typeName(variantTypeOf(value) ?? VariantType.TYPE_OBJECT);
  if (value instanceof VariantValue) return `${name}(${value.toArray().map(partText).join(', ')})`;
  return `${name}(${Array.from<number | bigint, string>(value, String).join(', ')})`;
}

function listText(list: readonly Variant[]): string {
  return Array.from(list, variantText).join(', ');
}

function entryText(key: string, value: Variant): string {
  return `${key}: ${variantText(value)}`;
}

function braces(entries: readonly string[]): string {
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** Floats with an integer value have a fraction, so that they are read back as floats. */
function numberText(value: number, isFloat: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return isFloat && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

function partText(part: number | bigint | string): string {
  return typeof part === 'string' ? quoted(part) : String(part);
}

function elementName({ elementType }: TypedArray): string {
  const name = typeof elementType === 'number' ? typeName(elementType) : elementType.name;
  return quoted(name).slice(1, -1);
}

function quoted(text: string): string {
  return escapedForJson(JSON.stringify(text));
}
