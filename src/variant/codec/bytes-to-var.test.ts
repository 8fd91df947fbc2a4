import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../error-code.ts';
import {
  bytesToVar,
  type DecodeOptions,
  Dictionary,
  decodeVariant,
  EncodedObjectAsID,
  Float,
  NodePath,
  PackedStringArray,
  StringName,
  TypedArray,
  type Variant,
  type VariantFailure,
  VariantType,
  Vector2,
  varToBytes,
} from '../index.ts';

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

function value(hex: string, options: DecodeOptions = {}): Variant {
  const decoded = decodeVariant(bytesOf(hex), options);
  if ('code' in decoded) throw new Error(decoded.message);
  return decoded.value;
}

function refusal(hex: string | Uint8Array, options: DecodeOptions = {}): VariantFailure {
  const decoded = decodeVariant(typeof hex === 'string' ? bytesOf(hex) : hex, options);
  if (!('code' in decoded)) throw new Error(`it was taken for ${decoded.value}`);
  expect(bytesToVar(typeof hex === 'string' ? bytesOf(hex) : hex, options)).toBe(undefined);
  return decoded;
}

// docs/engine/variant-format.md#what-a-decoder-accepts and #what-a-decoder-refuses.
describe('like the engine', () => {
  test.each<[string, Variant]>([
    ['01 00 00 00 02 00 00 00', true],
    ['1C 00 00 80 00 00 00 00', []],
    ['02 00 02 00 05 00 00 00', 5],
    ['02 00 00 00 05 00 00 00 FF FF', 5],
    ['02 AA 00 00 05 00 00 00', 5],
    ['1D 00 00 00 03 00 00 00 01 02 03', Uint8Array.of(1, 2, 3)],
    ['18 00 01 00 00 00 00 00 00 00 00 00', null],
    ['18 00 01 00 FF FF FF FF FF FF FF FF', new EncodedObjectAsID(-1n)],
    ['22 00 00 00 01 00 00 00 02 00 00 00 61 62 00 00', new PackedStringArray(['ab'])],
    ['1C 00 00 00 00 00 00 80', []],
    ['1B 00 00 00 00 00 00 80', new Dictionary()],
    // INT and FLOAT wider than they need be.
    ['02 00 01 00 05 00 00 00 00 00 00 00', 5],
    ['03 00 01 00 00 00 00 00 00 00 F8 3F', 1.5],
    // Texts stop at a NUL, drop a byte order mark, and their padding is not looked at.
    ['04 00 00 00 03 00 00 00 61 00 62 00', 'a'],
    ['04 00 00 00 02 00 00 00 00 FF 00 00', ''],
    ['04 00 00 00 04 00 00 00 EF BB BF 61', 'a'],
    ['04 00 00 00 01 00 00 00 61 DE AD FF', 'a'],
    ['15 00 00 00 01 00 00 00 61 00 00 00', new StringName('a')],
    // A NodePath of the last days of Godot 3: one more sub-name.
    [
      '16 00 00 00 01 00 00 80 00 00 00 00 02 00 00 00 01 00 00 00 61 00 00 00 01 00 00 00 62 00 00 00',
      new NodePath('a:b'),
    ],
    // The elements of an Array[NIL] are anything.
    ['1C 00 01 00 00 00 00 00 01 00 00 00 00 00 00 00', [null]],
    // What the engine converts.
    ['1C 00 01 00 03 00 00 00 01 00 00 00 02 00 00 00 05 00 00 00', new TypedArray(VariantType.TYPE_FLOAT, [5])],
    [
      '1C 00 01 00 04 00 00 00 01 00 00 00 15 00 00 00 01 00 00 00 61 00 00 00',
      new TypedArray<Variant>(VariantType.TYPE_STRING, ['a']),
    ],
    [
      '1C 00 01 00 15 00 00 00 01 00 00 00 04 00 00 00 01 00 00 00 61 00 00 00',
      new TypedArray<Variant>(VariantType.TYPE_STRING_NAME, [new StringName('a')]),
    ],
    // Without allowObjects every object is known by its id alone.
    ['1C 00 01 00 18 00 00 00 00 00 00 00', new TypedArray({ kind: 'class', name: 'EncodedObjectAsID' })],
    ['1C 00 03 00 02 00 00 00 2E 2E 00 00 00 00 00 00', new TypedArray({ kind: 'class', name: 'EncodedObjectAsID' })],
  ])('%s', (hex, expected) => {
    expect(value(hex)).toStrictEqual(expected);
  });

  test.each<[string, ErrorCode]>([
    ['', ErrorCode.ERR_INVALID_DATA],
    ['00', ErrorCode.ERR_INVALID_DATA],
    ['00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['27 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['FF 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['04 00 00 00 FF FF FF FF', ErrorCode.ERR_FILE_EOF],
    ['04 00 00 00 FF FF FF 7F', ErrorCode.ERR_FILE_EOF],
    ['04 00 00 00 FD FF FF 7F', ErrorCode.ERR_FILE_EOF],
    ['04 00 00 00 03 00 00 00 61 62 63', ErrorCode.ERR_FILE_EOF],
    ['04 00 00 00 03 00 00', ErrorCode.ERR_INVALID_DATA],
    ['04 00 00 00 04 00 00 00 61 62 FF 64', ErrorCode.ERR_INVALID_DATA],
    // UTF-8: overlong, a surrogate, beyond U+10FFFF, cut off.
    ['04 00 00 00 02 00 00 00 C0 80 00 00', ErrorCode.ERR_INVALID_DATA],
    ['04 00 00 00 03 00 00 00 ED A0 80 00', ErrorCode.ERR_INVALID_DATA],
    ['04 00 00 00 04 00 00 00 F4 90 80 80', ErrorCode.ERR_INVALID_DATA],
    ['04 00 00 00 02 00 00 00 E2 82 00 00', ErrorCode.ERR_INVALID_DATA],
    ['04 00 00 00 03 00 00 00 E2 00 61 00', ErrorCode.ERR_INVALID_DATA],
    ['1C 00 00 00 FF FF FF FF', ErrorCode.ERR_INVALID_DATA],
    ['1D 00 00 00 05 00 00 00 01 02 03', ErrorCode.ERR_INVALID_DATA],
    ['1E 00 00 00 FF FF FF 7F', ErrorCode.ERR_INVALID_DATA],
    ['1E 00 00 00 FF FF FF FF', ErrorCode.ERR_INVALID_DATA],
    ['16 00 00 00 05 00 00 00 41 2F 42 00 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['16 00 00 00 FF FF FF FF FF FF FF FF 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['18 00 00 00', ErrorCode.ERR_UNAUTHORIZED],
    ['18 00 00 00 00 00 00 00', ErrorCode.ERR_UNAUTHORIZED],
    ['1C 00 01 00 63 00 00 00 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['1C 00 01 00 FF FF FF FF 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
    // The engine drops these elements; we refuse the whole.
    ['1C 00 01 00 02 00 00 00 01 00 00 00 04 00 00 00 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['1C 00 01 00 02 00 00 00 01 00 00 00 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
    ['1B 00 01 00 02 00 00 00 01 00 00 00 04 00 00 00 00 00 00 00 00 00 00 00', ErrorCode.ERR_INVALID_DATA],
  ])('%s is refused', (hex, error) => {
    const failure = refusal(hex);
    expect(failure).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT', error, path: '' });
    expect(failure.message).toMatch(/\(at byte \d+\)$/);
  });

  test('with objects: an empty class is null, and a script’s path begins with res://', () => {
    const allowed = { allowObjects: true };
    expect(value('18 00 00 00 00 00 00 00', allowed)).toBe(null);
    const script = (path: string): Uint8Array => {
      const head = '18 00 00 00 01 00 00 00 41 00 00 00 01 00 00 00 06 00 00 00 73 63 72 69 70 74 00 00';
      return Uint8Array.of(...bytesOf(head), ...varToBytes(path));
    };
    expect(decodeVariant(script('res://a.gd'), allowed)).toHaveProperty('value');
    expect(refusal(script('user://a.gd'), allowed).error).toBe(ErrorCode.ERR_INVALID_DATA);
    expect(refusal('1C 00 03 00 04 00 00 00 65 76 69 6C 00 00 00 00', allowed).error).toBe(ErrorCode.ERR_INVALID_DATA);
    expect(value('1C 00 01 00 18 00 00 00 00 00 00 00', allowed)).toStrictEqual(
      new TypedArray(VariantType.TYPE_OBJECT),
    );
  });

  test('of two equal keys the last one’s value is used, at the place of the first', () => {
    const hex =
      '1B 00 00 00 03 00 00 00 04 00 00 00 01 00 00 00 61 00 00 00 02 00 00 00 01 00 00 00' +
      '04 00 00 00 01 00 00 00 62 00 00 00 02 00 00 00 02 00 00 00' +
      '15 00 00 00 01 00 00 00 61 00 00 00 02 00 00 00 03 00 00 00';
    expect([...(value(hex) as Dictionary)]).toEqual([
      ['a', 3],
      ['b', 2],
    ]);
  });
});

describe('floats', () => {
  const ONE = '03 00 00 00 00 00 80 3F';
  test('a whole one is a Float, and is encoded as a float again', () => {
    const one = value(ONE);
    expect(one).toStrictEqual(new Float(1));
    expect(varToBytes(one as Float)).toEqual(bytesOf(ONE));
  });

  test('or a number, when asked for', () => {
    expect(value(ONE, { floats: 'number' })).toBe(1);
  });

  test.each([1.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e300, 5e-324])(
    '%d is always a number',
    (number) => {
      const decoded = decodeVariant(varToBytes(number));
      expect(decoded).toMatchObject({ value: number });
      expect(varToBytes((decoded as { value: number }).value)).toEqual(varToBytes(number));
    },
  );

  test('in an Array[float] and a Dictionary[float, float] all are numbers', () => {
    for (const original of [
      new TypedArray<Variant>(VariantType.TYPE_FLOAT, [1, 2.5, -0]),
      new Dictionary<Variant, Variant>(
        [
          [1, 2],
          [2.5, -0],
        ],
        { key: 3, value: 3 },
      ),
    ]) {
      const decoded = decodeVariant(varToBytes(original));
      expect(decoded).toHaveProperty('value', original);
    }
  });
});

describe('limits', () => {
  const u32 = (number: number): string => Buffer.from(Uint32Array.of(number).buffer).toString('hex');

  test.each([
    ['Array', '1C000000', 4],
    ['Dictionary', '1B000000', 8],
    ['PackedByteArray', '1D000000', 1],
    ['PackedInt32Array', '1E000000', 4],
    ['PackedInt64Array', '1F000000', 8],
    ['PackedFloat32Array', '20000000', 4],
    ['PackedFloat64Array', '21000000', 8],
    ['PackedStringArray', '22000000', 4],
    ['PackedVector2Array', '23000000', 8],
    ['PackedVector2Array of doubles', '23000100', 16],
    ['PackedVector3Array', '24000000', 12],
    ['PackedVector3Array of doubles', '24000100', 24],
    ['PackedColorArray', '25000000', 16],
    ['PackedColorArray, which has no doubles', '25000100', 16],
    ['PackedVector4Array', '26000000', 16],
    ['PackedVector4Array of doubles', '26000100', 32],
  ])('elements of a %s', (_, header, size) => {
    for (const count of [1, 2, 3]) {
      // Zeros are sound elements everywhere.
      const elements = '00'.repeat(size * 2);
      const decoded = decodeVariant(bytesOf(header + u32(count) + elements));
      expect('value' in decoded).toBe(count <= 2);
    }
    for (const count of [0x1000_0000, 0x2000_0000, 0x4000_0000, 0x7fff_ffff]) {
      const failure = refusal(header + u32(count) + '00'.repeat(64));
      expect(failure).toMatchObject({ error: ErrorCode.ERR_INVALID_DATA, offset: 4 });
      expect(failure.message).toContain(String(count));
    }
  });

  const arrays = (depth: number, inner: string): string => '1C00000001000000'.repeat(depth) + inner;
  const dictionaries = (depth: number, inner: string): string => `1B0000000100000000000000`.repeat(depth) + inner;
  test.each([
    ['an empty array', '1C00000000000000'],
    ['an int', '0200000005000000'],
    ['null', '00000000'],
  ])('%s lies 1024 deep, not 1025', (_, inner) => {
    for (const nest of [arrays, dictionaries]) {
      expect(decodeVariant(bytesOf(nest(1023, inner)))).toHaveProperty('value');
      expect(decodeVariant(bytesOf(nest(1024, inner)))).toHaveProperty('value');
      expect(refusal(nest(1025, inner))).toMatchObject({ error: ErrorCode.ERR_OUT_OF_MEMORY });
    }
  });

  test('containers can be keys in dictionaries up to 15 deep, and keys of keys', () => {
    // {[]: null}, with its key one deeper than itself.
    const keyed = '1B000000010000001C0000000000000000000000';
    expect(decodeVariant(bytesOf(arrays(14, keyed)))).toHaveProperty('value');
    expect(decodeVariant(bytesOf(arrays(15, keyed)))).toHaveProperty('value');
    expect(refusal(arrays(16, keyed)).error).toBe(ErrorCode.ERR_INVALID_DATA);
    // A key in a key in a key …
    const keys = (depth: number): string => '1B00000001000000'.repeat(depth) + '00000000'.repeat(depth + 1);
    expect(decodeVariant(bytesOf(keys(2)))).toHaveProperty('value');
    expect(decodeVariant(bytesOf(keys(3)))).toHaveProperty('value');
    expect(refusal(keys(4)).error).toBe(ErrorCode.ERR_INVALID_DATA);
  });

  test('deep values are decoded on a stack that is nearly full, or refused', () => {
    const deep = bytesOf(arrays(1024, '00000000'));
    const results = new Set<string>();
    const decodeAt = (level: number): void => {
      if (level > 0) {
        decodeAt(level - 1);
        return;
      }
      const decoded = decodeVariant(deep);
      results.add('code' in decoded ? ErrorCode[decoded.error] : 'decoded');
    };
    for (let level = 0, isFull = false; !isFull; level += 200) {
      try {
        decodeAt(level);
      } catch (error) {
        // Not even the call itself found room.
        expect(error).toBeInstanceOf(RangeError);
        isFull = true;
      }
    }
    expect(results).toContain('decoded');
    results.delete('decoded');
    results.delete('ERR_OUT_OF_MEMORY');
    expect([...results]).toEqual([]);
  });
});

describe('any bytes', () => {
  const header = fc
    .tuple(fc.integer({ min: 0, max: 40 }), fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 5, 15))
    .map(([type, flags]) => [type, 0, flags, 0]);
  const word = fc.oneof(
    header,
    fc.integer({ min: 0, max: 4 }).map((count) => [count, 0, 0, 0]),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 }),
  );
  const words = fc.array(word, { maxLength: 60 }).map((list) => Uint8Array.from(list.flat()));

  test('nothing is thrown, and a decoded value encodes and decodes again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), words), fc.boolean(), (bytes, allowObjects) => {
        const decoded = decodeVariant(bytes, { allowObjects });
        if ('code' in decoded) {
          expect(decoded.offset).toBeLessThanOrEqual(bytes.length);
          return;
        }
        expect(decoded.size).toBeLessThanOrEqual(bytes.length);
        const encoded = varToBytes(decoded.value as object, { fullObjects: allowObjects });
        const again = decodeVariant(encoded, { allowObjects });
        if ('code' in again) throw new Error(again.message);
        expect(varToBytes(again.value as object, { fullObjects: allowObjects })).toEqual(encoded);
      }),
      { numRuns: 5000 },
    );
  });

  test('bytes outside the given range are not read', () => {
    const whole = Uint8Array.of(...varToBytes('secret'), ...varToBytes(['a', 1]));
    const part = whole.subarray(16, whole.length - 4);
    expect(decodeVariant(part)).toHaveProperty('error', ErrorCode.ERR_INVALID_DATA);
    expect(decodeVariant(whole.subarray(16))).toMatchObject({ value: ['a', 1] });
  });
});

test('a decoded value does not share memory with the bytes', () => {
  const bytes = varToBytes([Uint8Array.of(1, 2), Int32Array.of(3), new Vector2(1, 2)]);
  for (const source of [bytes, Buffer.from(bytes)]) {
    const decoded = bytesToVar(source) as Variant[];
    source.fill(255);
    expect(decoded).toEqual([Uint8Array.of(1, 2), Int32Array.of(3), new Vector2(1, 2)]);
    expect(decoded[0]!.constructor).toBe(Uint8Array);
    source.set(varToBytes([Uint8Array.of(1, 2), Int32Array.of(3), new Vector2(1, 2)]));
  }
});

test('a value that is not bytes throws', () => {
  expect(() => bytesToVar('00000000' as unknown as Uint8Array)).toThrow(TypeError);
  expect(() => decodeVariant(new ArrayBuffer(4) as unknown as Uint8Array)).toThrow(TypeError);
});
