import { numberOf, type TextValue } from '../text/text-value.ts';
import { quoted } from './names.ts';

/** A first value in TypeScript. */
export interface ValueCode {
  /** Null for the one that the schema has by itself. */
  readonly code: string | null;
  readonly names: readonly string[];
}

/** Values made of numbers, and the numbers that are their first value. */
const ZEROS: ReadonlyMap<string, string> = new Map([
  ['Vector2', '0,0'],
  ['Vector2i', '0,0'],
  ['Vector3', '0,0,0'],
  ['Vector3i', '0,0,0'],
  ['Vector4', '0,0,0,0'],
  ['Vector4i', '0,0,0,0'],
  ['Color', '0,0,0,1'],
  ['Quaternion', '0,0,0,1'],
  ['Rect2', '0,0,0,0'],
  ['Rect2i', '0,0,0,0'],
]);

/** A value as the first one of a property with this schema. Null when it cannot be written down. */
export function valueCode(value: TextValue, schema: string): ValueCode | null {
  const plain = (code: string | null, ...names: readonly string[]): ValueCode => ({ code, names });
  switch (value.kind) {
    case 'null':
      return plain(null);
    case 'bool':
      if (schema === 'bool') return plain(value.value ? 'true' : null);
      return schema === 'variant' ? plain(String(value.value)) : null;
    case 'int':
    case 'float':
      return numberCode(value.value, value.kind, schema);
    case 'string':
    case 'name':
      if (schema === 'variant') return value.kind === 'string' ? plain(quoted(value.text)) : null;
      return schema === 'string' || schema === 'stringName'
        ? plain(value.text === '' ? null : quoted(value.text))
        : null;
    case 'path':
      if (value.text === '' && schema === 'nodePath') return plain(null);
      return schema === 'nodePath' ? plain(`new NodePath(${quoted(value.text)})`, 'NodePath') : null;
    case 'array':
      return value.items.length === 0 && /rray/.test(schema) ? plain(null) : null;
    case 'dictionary':
      return value.size === 0 && /ictionary/.test(schema) ? plain(null) : null;
    case 'call':
      return callCode(value.name, value.parts, schema);
  }
}

function numberCode(value: number, kind: 'int' | 'float', schema: string): ValueCode | null {
  const isFloat = schema === 'float' || (schema === 'variant' && kind === 'float');
  if (!isFloat && !Number.isSafeInteger(value)) return null;
  if (schema === 'variant') {
    const code = isFloat ? `new Float(${numberText(value)})` : numberText(value);
    return { code, names: isFloat ? ['Float'] : [] };
  }
  if (schema !== 'int' && schema !== 'float') return null;
  return { code: value === 0 ? null : numberText(value), names: [] };
}

function callCode(name: string, parts: readonly TextValue[], schema: string): ValueCode | null {
  if (schema !== 'variant' && schema.toLowerCase() !== name.toLowerCase()) return null;
  const zero = ZEROS.get(name);
  if (zero === undefined) return parts.length === 0 && schema !== 'variant' ? { code: null, names: [] } : null;
  const count = zero.split(',').length;
  const numbers = parts.length === 0 ? zero.split(',').map(Number) : parts.map(numberOf);
  if (name === 'Color' && numbers.length === 3) numbers.push(1);
  if (numbers.length !== count || numbers.some((number) => number === null)) return null;
  const all = numbers.map((number) => number ?? 0);
  if (name.endsWith('i') && !all.every(Number.isSafeInteger)) return null;
  if (schema !== 'variant' && all.join(',') === zero) return { code: null, names: [] };
  const texts = all.map(numberText);
  if (!name.startsWith('Rect2')) return { code: `new ${name}(${texts.join(', ')})`, names: [name] };
  const vector = name === 'Rect2' ? 'Vector2' : 'Vector2i';
  const corner = (at: number): string => `new ${vector}(${texts[at]}, ${texts[at + 1]})`;
  return { code: `new ${name}(${corner(0)}, ${corner(2)})`, names: [name, vector] };
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'Number.NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Number.POSITIVE_INFINITY' : 'Number.NEGATIVE_INFINITY';
  return String(value);
}
