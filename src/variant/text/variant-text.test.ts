import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseValue } from '../../../test/docs/engine-notation.ts';
import { bytesOf } from '../../../test/support/frames.ts';
import {
  bytesToVar,
  Callable,
  Dictionary,
  Float,
  FullObject,
  NodePath,
  PackedStringArray,
  PackedVector2Array,
  StringName,
  TypedArray,
  type VariantInput,
  VariantType,
  Vector2,
  variantText,
} from '../index.ts';

describe('variantText', () => {
  test.each<[VariantInput, string]>([
    [null, 'null'],
    [true, 'true'],
    [5, '5'],
    [-0, '-0.0'],
    [1.5, '1.5'],
    [new Float(1), '1.0'],
    [1e300, '1e+300'],
    [2 ** 60, '1152921504606847000.0'],
    [Number.NaN, 'nan'],
    [Number.NEGATIVE_INFINITY, '-inf'],
    [9_007_199_254_740_993n, '9007199254740993'],
    ['hi "you"\n', '"hi \\"you\\"\\n"'],
    ['\u001b[2J\u0085\u202e', '"\\u001b[2J\\u0085\\u202e"'],
    [new StringName('n'), '&"n"'],
    [new NodePath('../A:x'), '^"../A:x"'],
    [new Vector2(1, Math.fround(0.1)), 'Vector2(1, 0.1)'],
    [new Callable(), 'Callable()'],
    [[1, 'a', [new Float(2)]], '[1, "a", [2.0]]'],
    [new TypedArray(VariantType.TYPE_INT, [1]), 'Array[int]([1])'],
    [new Dictionary([['k', 1]]), '{"k": 1}'],
    [new Dictionary([[1, 'a']], { key: VariantType.TYPE_INT }), 'Dictionary[int, Variant]({1: "a"})'],
    [{ k: [] }, '{"k": []}'],
    [Uint8Array.of(1, 255), 'PackedByteArray([1, 255])'],
    [Float32Array.of(0.1, 1), 'PackedFloat32Array([0.1, 1])'],
    [BigInt64Array.of(5n), 'PackedInt64Array([5])'],
    [new PackedStringArray(['a']), 'PackedStringArray(["a"])'],
    [new PackedVector2Array([new Vector2(1, 2), new Vector2(3, 4)]), 'PackedVector2Array([1, 2, 3, 4])'],
    [new FullObject('Node', [['name', 'a']]), 'Object(Node, {"name": "a"})'],
  ])('of %o', (value, text) => {
    expect(variantText(value)).toBe(text);
  });

  test('can be read as the value in the notation of the documents', () => {
    const lines = readFileSync(new URL('../../../test/fixtures/variant.jsonl', import.meta.url), 'utf8').trim();
    let count = 0;
    for (const line of lines.split('\n')) {
      const { name, hex }: { name: string; hex: string } = JSON.parse(line);
      const value = bytesToVar(bytesOf(hex)) ?? null;
      const text = variantText(value, 1e6);
      // These have a notation of their own there: their parts are not numbers in a row.
      if (/^(AABB|Basis|Transform|Projection|PackedVector|PackedColor|Signal)/.test(text)) continue;
      expect(variantText(parseValue(text), 1e6), name).toBe(text);
      count++;
    }
    expect(count).toBeGreaterThan(60);
  });

  test('is at most as long as was asked, and shows that it is cut', () => {
    const long = Array.from({ length: 100_000 }, (_, index) => `${index}`);
    for (const longest of [1, 10, 100]) {
      const text = variantText(long, longest);
      expect(text).toHaveLength(longest);
      expect(text.at(-1)).toBe('…');
    }
    expect(variantText('x'.repeat(1e6), 20)).toBe(`"${'x'.repeat(18)}…`);
    expect(variantText('12345678', 10)).toBe('"12345678"');
    expect(variantText('123456789', 10)).toBe('"12345678…');
  });

  test('ends for values within themselves', () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(variantText(endless)).toMatch(/^\[{65}…\]{65}$/);
  });
});
