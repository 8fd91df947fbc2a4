import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  bytesToVar,
  Dictionary,
  decodeVariant,
  EncodedObjectAsID,
  Float,
  FullObject,
  NodePath,
  PackedStringArray,
  Signal,
  StringName,
  TypedArray,
  typeName,
  type Variant,
  VariantType,
  VariantValue,
  variantTypeOf,
  varToBytes,
} from '../index.ts';

/** A value as a real engine printed and encoded it (test/fixtures/README.md). */
interface Fixture {
  readonly name: string;
  readonly type: VariantType;
  readonly typeName: string;
  /** `var_to_str`. */
  readonly text: string;
  /** `var_to_bytes`, and `var_to_bytes_with_objects`. */
  readonly hex: string;
  readonly hexFullObjects: string;
}

const FIXTURES: readonly Fixture[] = readFileSync(
  new URL('../../../test/fixtures/variant.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** That engine leaves the padding of NodePath names as it was: zeros instead. */
function withCleanPadding({ name, hex, hexFullObjects }: Fixture): readonly [string, string] {
  if (name === 'NodePath rel')
    return [hex.replace('62560000', '62000000'), hexFullObjects.replace('62560000', '62000000')];
  return name === 'NodePath subnames' ? [hexFullObjects, hexFullObjects] : [hex, hexFullObjects];
}

describe.each(FIXTURES.map((fixture) => [fixture.name, fixture] as const))('%s', (name, fixture) => {
  const [hex, hexFullObjects] = withCleanPadding(fixture);

  test('decodes to the stated value', () => {
    const decoded = decodeVariant(bytesOf(fixture.hex));
    if ('code' in decoded) throw new Error(decoded.message);
    expect(decoded.size).toBe(fixture.hex.length / 2);
    expect(variantTypeOf(decoded.value)).toBe(fixture.type);
    expect(typeName(fixture.type)).toBe(fixture.typeName);
    if (fixture.type === VariantType.TYPE_OBJECT) {
      expect(decoded.value).toBeInstanceOf(EncodedObjectAsID);
    } else if (name === 'Signal') {
      expect(decoded.value).toEqual(new Signal('a_signal', 0x4eb_0004_02n));
    } else {
      expect(sortedLines(toText(decoded.value))).toEqual(sortedLines(fixture.text));
    }
  });

  test('encodes to the same bytes', () => {
    const value = bytesToVar(bytesOf(fixture.hex));
    expect(hexOf(varToBytes(value!))).toBe(hex);
  });

  test('with full objects too', () => {
    const value = bytesToVar(bytesOf(fixture.hexFullObjects), { allowObjects: true });
    expect(hexOf(varToBytes(value!, { fullObjects: true }))).toBe(hexFullObjects);
  });

  test('every truncation is refused', () => {
    const bytes = bytesOf(fixture.hexFullObjects);
    for (let length = 0; length < bytes.length; length++) {
      const decoded = decodeVariant(bytes.slice(0, length), { allowObjects: true });
      // Only the padding of a PackedByteArray may be missing.
      const isWhole = fixture.type === VariantType.TYPE_PACKED_BYTE_ARRAY && length >= 8 + bytes[4]!;
      expect('code' in decoded ? decoded.code : 'whole').toBe(isWhole ? 'whole' : 'TICKPEER_INVALID_VARIANT');
    }
  });
});

test('there are fixtures of every type', () => {
  const types = new Set(FIXTURES.map(({ type }) => type));
  expect([...types].sort((a, b) => a - b)).toEqual(Array.from({ length: 39 }, (_, type) => type));
});

test('an object of a script is its class and properties', () => {
  const fixture = FIXTURES.find(({ name }) => name === 'Object script RefCounted')!;
  const object = bytesToVar(bytesOf(fixture.hexFullObjects), { allowObjects: true });
  expect(object).toBeInstanceOf(FullObject);
  expect((object as FullObject).className).toBe('RefCounted');
  expect([...(object as FullObject).properties]).toEqual([
    ['script', 'res://dump_obj.voy'],
    ['number', 7],
    ['text', 'seven'],
  ]);
});

/** The order of keys in the text is not that of the wire. */
function sortedLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/,$/, ''))
    .sort();
}

/** The engine's `var_to_str`, written from its output. */
function toText(value: Variant): string {
  const list = (values: Iterable<Variant>): string => [...values].map(toText).join(', ');
  if (typeof value === 'string') return `"${value.replace(/["\\]/g, '\\$&')}"`;
  if (typeof value === 'number')
    return variantTypeOf(value) === VariantType.TYPE_INT ? `${value}` : withPoint(real(value));
  if (value instanceof Float) return withPoint(real(value.value));
  if (value instanceof StringName) return `&"${value.text}"`;
  if (value instanceof NodePath) return `NodePath("${value}")`;
  if (value instanceof TypedArray) return `Array[${typeText(value.elementType)}]([${list(value)}])`;
  if (value instanceof PackedStringArray) return `PackedStringArray(${list(value)})`;
  if (Array.isArray(value)) return `[${list(value)}]`;
  if (value instanceof Dictionary) {
    const entries = [...value].map(([key, element]) => `${toText(key)}: ${toText(element)}`);
    const text = entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n}`;
    if (value.keyType === null && value.valueType === null) return text;
    return `Dictionary[${typeText(value.keyType)}, ${typeText(value.valueType)}](${text})`;
  }
  const type = typeName(variantTypeOf(value)!);
  if (type === 'RID') return 'RID()';
  const part = /i$|Int|Byte/.test(type) ? String : real;
  if (ArrayBuffer.isView(value)) return `${type}(${Array.from(value as Float32Array, part).join(', ')})`;
  if (value instanceof VariantValue) return `${type}(${(value.toArray() as number[]).map(part).join(', ')})`;
  return String(value);
}

function typeText(type: TypedArray['elementType'] | null): string {
  if (type === null) return 'Variant';
  // Without full objects the class is not told.
  return typeof type === 'number' ? typeName(type) : 'Node';
}

/** Six digits, as C's `%g`. */
function real(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : 'inf_neg';
  const short = Number(value.toPrecision(6));
  if (Math.abs(short) < 1e6 && (Math.abs(short) >= 1e-4 || short === 0)) return String(short + 0);
  return short.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function withPoint(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
