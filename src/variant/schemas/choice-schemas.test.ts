import { describe, expect, test } from 'vitest';
import { hex } from '../../../test/support/frames.ts';
import { isFailure } from '../../failure.ts';
import type { Decoder } from '../codec/decoder.ts';
import {
  array,
  Float,
  float,
  int,
  literal,
  nullable,
  oneOf,
  StringName,
  string,
  type Variant,
  type VariantFailure,
  Vector2,
  variant,
  varToBytes,
  where,
} from '../index.ts';
import { Schema } from './schema.ts';

/** The value, or the failure. */
function decoded<T>(schema: Schema<T>, bytes: Uint8Array): T | VariantFailure {
  const result = schema.decode(bytes);
  return isFailure(result) ? result : result.value;
}

/** What is expected of sound bytes that are not those of the schema. */
const unexpected = (message: string): unknown =>
  expect.objectContaining({ code: 'TICKPEER_UNEXPECTED_VARIANT', message: `${message} (at byte 0)`, offset: 0 });

/** Takes everything, and counts how often it is tried. */
class CountedSchema extends Schema<Variant> {
  reads = 0;

  constructor() {
    super('counted', null);
  }

  override read(from: Decoder, depth: number): Variant {
    this.reads++;
    return from.variant(depth);
  }

  override write(): void {}

  override problem(): null {
    return null;
  }
}

const UNSOUND = expect.objectContaining({ code: 'TICKPEER_INVALID_VARIANT' });

describe('variant', () => {
  test('accepts any Variant', () => {
    for (const value of [null, true, 1, 1.5, 'a', new Vector2(1, 2)]) {
      expect(variant.check(value)).toBe(null);
      expect(decoded(variant, variant.encode(value))).toEqual(value);
    }
    expect(variant.check(undefined)?.message).toBe('expected Variant, got undefined');
    expect(variant.check(() => 1)?.message).toBe('expected Variant, got function');
  });
});

describe('nullable', () => {
  const schema = nullable(int);

  test('accepts null and what its schema accepts', () => {
    expect([schema.check(null), schema.check(5)]).toEqual([null, null]);
    expect(hex(schema.encode(null))).toBe('00000000');
    expect(hex(schema.encode(5))).toBe(hex(varToBytes(5)));
    expect([null, 5].map((value) => decoded(schema, varToBytes(value)))).toEqual([null, 5]);
  });

  test('refuses other values with its schema’s message', () => {
    expect(schema.check('a')?.message).toBe('expected int, got String');
    expect(decoded(schema, varToBytes('a'))).toEqual(unexpected('expected int, got String'));
    expect(() => schema.encode('a' as unknown as number)).toThrow(TypeError);
  });
});

describe('literal', () => {
  test('its name has every value, also null', () => {
    expect(literal('red', 2n, false, null).name).toBe('literal("red", 2, false, null)');
  });

  const schema = literal('red', 1, true);

  test('accepts its values and no others', () => {
    for (const value of ['red', 1, true] as const) {
      expect(schema.check(value)).toBe(null);
      expect(decoded(schema, schema.encode(value))).toBe(value);
    }
    expect(schema.check('blue')?.message).toBe('expected literal("red", 1, true), got String');
    expect(decoded(schema, varToBytes(2))).toEqual(unexpected('expected literal("red", 1, true), got int 2'));
    expect(() => schema.encode('blue' as 'red')).toThrow('expected literal("red", 1, true), got String');
  });

  test('one of its values can be null', () => {
    const choice = literal('red', null);
    expect(decoded(choice, choice.encode(null))).toBe(null);
    expect(isFailure(decoded(schema, choice.encode(null)))).toBe(true);
  });

  test('accepts a float and a StringName that arrive for the number and the string', () => {
    expect(decoded(schema, varToBytes(new Float(1)))).toBe(1);
    expect(decoded(schema, varToBytes(new StringName('red')))).toBe('red');
    expect(hex(schema.encode(1))).toBe(hex(varToBytes(1)));
  });

  test('distinguishes 1 from true and from its text', () => {
    expect([true, '1'].map((value) => isFailure(decoded(literal(1), varToBytes(value))))).toEqual([true, true]);
  });
});

describe('oneOf', () => {
  test('the first schema that matches is used, in both directions', () => {
    expect(hex(oneOf(float, int).encode(5))).toBe(hex(float.encode(5)));
    expect(hex(oneOf(int, float).encode(5))).toBe(hex(int.encode(5)));
    expect(hex(oneOf(int, float).encode(1.5))).toBe(hex(float.encode(1.5)));
    expect(decoded(oneOf(literal('a'), string), varToBytes('b'))).toBe('b');
    expect(decoded(oneOf(array(int), array(string)), varToBytes([1, 2]))).toEqual([1, 2]);
  });

  test('each is tried from the beginning of the value', () => {
    const schema = oneOf(array(int), array(oneOf(int, string)));
    expect(decoded(schema, varToBytes([1, 2, 'a']))).toEqual([1, 2, 'a']);
  });

  test('a value that no schema matches is refused', () => {
    const schema = oneOf(int, string);
    const message = 'expected oneOf(int, String), got Vector2';
    expect(schema.check(new Vector2(1, 2))?.message).toBe(message);
    expect(decoded(schema, varToBytes(new Vector2(1, 2)))).toEqual(unexpected(message));
    expect(() => schema.encode(new Vector2(1, 2) as unknown as number)).toThrow(message);
  });

  test('invalid bytes are not tried with the other schemas', () => {
    const counted = new CountedSchema();
    expect(decoded(oneOf(string, counted), varToBytes('text').subarray(0, 10))).toEqual(UNSOUND);
    expect(counted.reads).toBe(0);
    expect(decoded(oneOf(int, counted), varToBytes('text'))).toBe('text');
    expect(counted.reads).toBe(1);
  });
});

describe('where', () => {
  const schema = where(int, (hp) => hp >= 0 && hp <= 100, 'hit points');

  test.each([
    [-1, false],
    [0, true],
    [100, true],
    [101, false],
  ])('%i from 0 to 100: %s', (value, fits) => {
    const message = `expected hit points, got int ${value}`;
    if (fits) {
      expect(schema.check(value)).toBe(null);
      expect(decoded(schema, schema.encode(value))).toBe(value);
    } else {
      expect(schema.check(value)?.message).toBe(message);
      expect(decoded(schema, varToBytes(value))).toEqual(unexpected(message));
      expect(() => schema.encode(value)).toThrow(message);
    }
  });

  test('the test is not called for values that its schema refuses', () => {
    expect(schema.check('a')?.message).toBe('expected int, got String');
    expect(decoded(schema, varToBytes('a'))).toEqual(unexpected('expected int, got String'));
  });

  test('an exception of the test is not caught', () => {
    const throwing = where(
      int,
      () => {
        throw new Error('by the test');
      },
      'never',
    );
    expect(() => throwing.check(1)).toThrow('by the test');
    expect(() => throwing.encode(1)).toThrow('by the test');
    expect(() => throwing.decode(varToBytes(1))).toThrow('by the test');
    expect(() => oneOf(throwing, int).decode(varToBytes(1))).toThrow('by the test');
  });

  test('has the type of its schema', () => {
    expect([schema.elementType, schema.name]).toEqual([int.elementType, 'hit points']);
  });
});
