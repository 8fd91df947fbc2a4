import { describe, expect, test } from 'vitest';
import { bytesToVar, type Variant, variantText, varToBytes } from '../../variant/index.ts';
import { parseVariant, parseVariants } from './variant-parser.ts';

describe('parseVariant', () => {
  test.each([
    'null',
    'true',
    '1',
    '-7',
    '1.0',
    '-0.5',
    '9223372036854775807',
    'inf',
    '-inf',
    'nan',
    '"text \\"in\\" quotes\\n"',
    '&"name"',
    '^"/root/Main:position:x"',
    '[]',
    '[1, [2.0, "three"]]',
    '{}',
    '{"a": 1, 2: [3], &"n": null}',
    'Vector2(1, 0.5)',
    'Vector2i(1, -2)',
    'Vector3(1, 2, 3)',
    'Vector3i(1, 2, 3)',
    'Vector4(1, 2, 3, 4)',
    'Vector4i(1, 2, 3, 4)',
    'Rect2(1, 2, 3, 4)',
    'Rect2i(1, 2, 3, 4)',
    'AABB(1, 2, 3, 4, 5, 6)',
    'Plane(1, 2, 3, 4)',
    'Quaternion(0, 0, 0, 1)',
    'Color(1, 0.5, 0, 1)',
    'Transform2D(1, 2, 3, 4, 5, 6)',
    'Basis(1, 2, 3, 4, 5, 6, 7, 8, 9)',
    'Transform3D(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)',
    'Projection(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)',
    'PackedByteArray([0, 255])',
    'PackedInt32Array([-1, 2147483647])',
    'PackedInt64Array([-1, 9223372036854775807])',
    'PackedFloat32Array([0.5, 1])',
    'PackedFloat64Array([0.1, 1])',
    'PackedStringArray(["a", "b"])',
    'PackedVector2Array([1, 2, 3, 4])',
    'PackedVector3Array([1, 2, 3])',
    'PackedVector4Array([1, 2, 3, 4])',
    'PackedColorArray([1, 0, 0, 1])',
  ])('%s is read, encoded, decoded and written as the same', (text) => {
    const decoded = bytesToVar(varToBytes(parseVariant(text) as Variant & object)) as Variant; // it was encoded
    expect(variantText(decoded)).toBe(text);
  });

  test('JSON, other quotes, spaces and commas at the end', () => {
    expect(variantText(parseVariant(' { "a" : [ 1 , 2.5e3, ] , } '))).toBe('{"a": [1, 2500.0]}');
    expect(parseVariant("'it\\u0021'")).toBe('it!');
    expect(parseVariants('1 "two" Vector2(3, 4)').map((value) => variantText(value as object))).toEqual([
      '1',
      '"two"',
      'Vector2(3, 4)',
    ]);
    expect(parseVariants('  ')).toEqual([]);
  });

  test.each([
    ['', /no value at character 1/],
    ['hello', /"hello" is no value; a text needs quotes, at character 1/],
    ['[1 2]', /"," or "\]" is missing at character 4/],
    ['{"a" 1}', /":" is missing at character 6/],
    ['"open', /a text in quotes is missing, or its end at character 1/],
    ['1 2', /something follows/],
    ['Vector2(1)', /Vector2: 2 numbers were expected, not 1/],
    ['Vector2i(1.5, 2)', /Vector2i: 1.5 is not an integer/],
    ['PackedByteArray([256])', /256 is not a whole number from 0 to 255/],
    ['constructor(1)', /"constructor" is no type/],
    ['[1,,2]', /no value at character 4/],
    ['['.repeat(200), /nested deeper than 100/],
  ])('%j is refused', (text, message) => {
    expect(() => parseVariant(text)).toThrow(message);
  });
});
