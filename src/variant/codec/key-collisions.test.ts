import { describe, expect, test } from 'vitest';
import {
  Dictionary,
  decodeVariant,
  dictionaryOf,
  Float,
  float,
  int,
  string,
  type Variant,
  variant,
  varToBytes,
} from '../index.ts';
import { FEWEST_KEYS } from './key-collisions.ts';

const COUNT = 8000;
const M32 = 2n ** 32n - 1n;
const M64 = 2n ** 64n - 1n;

/** The inverse of an odd factor modulo 2^64. */
function inverse(factor: bigint): bigint {
  let found = 1n;
  for (let n = 0; n < 7; n++) found = (found * (2n - factor * found)) & M64;
  return found;
}

/** Undoes `value ^= value >> shift`. */
function unshift(value: bigint, shift: bigint): bigint {
  let found = value;
  for (let n = 0n; n < 64n; n += shift) found = value ^ (found >> shift);
  return found & M64;
}

/** The 32 bits whose hash by V8 is `hash`, before V8 drops bits of it. */
function wordOf(hash: bigint): bigint {
  let value = unshift(hash, 16n);
  value = (value * inverse(2057n)) & M32;
  value = unshift(value, 4n);
  value = (value * inverse(5n)) & M32;
  value = unshift(value, 12n);
  return ((value + 1n) * inverse((1n << 15n) - 1n)) & M32;
}

/** 64 bits whose hash by V8 is `hash`. */
function longOf(hash: bigint): bigint {
  let value = unshift(hash, 22n);
  value = (value * inverse(65n)) & M64;
  value = unshift(value, 11n);
  value = (value * inverse(21n)) & M64;
  value = unshift(value, 31n);
  return ((value + 1n) * inverse((1n << 18n) - 1n)) & M64;
}

/** Whole words that all hash to the same low 16 bits. */
function* longs(): Generator<bigint> {
  for (let n = 1n; ; n++) yield longOf(((n * 0x9e37_79b9_7f4a_7c15n) & M64 & ~0xffffn) | 5n);
}

function take<T>(from: Iterable<T>, count = COUNT): T[] {
  const taken: T[] = [];
  for (const value of from) if (taken.push(value) === count) break;
  return taken;
}

function* ints(sign: number): Generator<number> {
  // The low 16 bits of all hashes are 5.
  for (let high = 0n; ; high++) {
    const key = Number(BigInt.asIntN(32, wordOf((high << 16n) | 5n)));
    if (Math.sign(key) === sign) yield key;
  }
}

function* doubles(accepts: (value: number) => boolean): Generator<number> {
  const view = new DataView(new ArrayBuffer(8));
  for (const bits of longs()) {
    view.setBigUint64(0, bits);
    const value = view.getFloat64(0);
    if (Number.isFinite(value) && accepts(value)) yield value;
  }
}

function* wholes(): Generator<number> {
  // Integers beyond 32 bits are hashed as doubles.
  for (let n = 1; ; n++) {
    const value = 2 ** 33 + n;
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    if (hashOfLong(view.getBigUint64(0)) === 5) yield value;
  }
}

function hashOfLong(key: bigint): number {
  let hash = ((~key & M64) + (key << 18n)) & M64;
  hash ^= hash >> 31n;
  hash = (hash * 21n) & M64;
  hash ^= hash >> 11n;
  hash = (hash + (hash << 6n)) & M64;
  hash ^= hash >> 22n;
  return Number(hash & 0x3ffn);
}

function* bigints(sign: bigint): Generator<bigint> {
  for (const bits of longs()) if (bits < 2n ** 63n && bits > 2n ** 53n) yield sign * bits;
}

function* digits(length: number): Generator<string> {
  for (let rest = 0; ; rest++) {
    for (let key = 10 ** (length - 1) + rest; key < Math.min(10 ** length, 0xffff_ffff); key += 65_536) yield `${key}`;
  }
}

/** Of each type of key that V8 hashes without a seed: keys chosen to collide, and as many that nobody has chosen. */
const KEYS: readonly (readonly [string, readonly Variant[], readonly Variant[]])[] = [
  ['int', take(ints(1), 3000), take(naturals())],
  ['negative int', take(ints(-1), 3000), take(naturals()).map((n) => -1 - n)],
  ['int beyond 32 bits', take(wholes(), 1500), take(naturals()).map((n) => 2 ** 40 + n * n)],
  ['int beyond 2^53', take(bigints(1n)), take(naturals()).map((n) => 76_561_198_000_000_000n + BigInt(n))],
  ['negative int beyond 2^53', take(bigints(-1n)), take(naturals()).map((n) => -(2n ** 60n) - BigInt(n) * 1000n)],
  ['float', take(doubles((value) => !Number.isInteger(value))), take(naturals()).map((n) => n * 1000 + 0.5)],
  [
    'float beyond 2^53',
    take(doubles((value) => Number.isInteger(value))),
    take(naturals()).map((n) => 2 ** 60 * (n + 1)),
  ],
  ['String of 10 digits', take(digits(10)), take(naturals()).map((n) => `${1_000_000_000 + 1000 * n}`)],
  ['String of 9 digits', take(digits(9)), take(naturals()).map((n) => `${100 * n}`)],
];

function* naturals(): Generator<number> {
  for (let n = 0; ; n++) yield n;
}

function bytesOf(keys: readonly Variant[]): Uint8Array {
  return varToBytes(new Map(keys.map((key) => [key, null])));
}

describe.each(KEYS)('keys of type %s', (_, chosen, honest) => {
  test('that were chosen to collide are refused', () => {
    expect(decodeVariant(bytesOf(chosen))).toMatchObject({
      code: 'TICKPEER_INVALID_VARIANT',
      message: expect.stringContaining('chosen to collide'),
    });
    expect(dictionaryOf(variant, variant).decode(bytesOf(chosen))).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT' });
  });

  test('are refused in any order, also between others', () => {
    const mixed = chosen.flatMap((key, n) => [`key ${n}`, key]).reverse();
    expect(decodeVariant(bytesOf(mixed))).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT' });
  });

  test('that were not chosen are accepted, and so are a few that collide', () => {
    for (const keys of [honest, chosen.slice(0, FEWEST_KEYS), [...honest, ...chosen.slice(0, FEWEST_KEYS)]]) {
      const decoded = decodeVariant(bytesOf(keys));
      if ('code' in decoded) throw new Error(decoded.message);
      expect(decoded.value).toEqual(new Dictionary(keys.map((key) => [key, null])));
    }
  });
});

test('keys of any pattern that a game might have are accepted', () => {
  const count = 30_000;
  for (let factor = 1; factor <= 2 ** 15; factor *= 2) {
    const keys = Array.from({ length: count }, (_, n) => factor * n);
    for (const list of [
      keys,
      keys.map((n) => n - 15_000 * factor),
      keys.map((n) => n + 0.25),
      keys.map((n) => n * 3),
    ]) {
      expect(decodeVariant(bytesOf(list))).not.toHaveProperty('code');
    }
  }
  // Cells of a field: x in the high half, y in the low one.
  const cells = Array.from({ length: count }, (_, n) => (n % 173) * 65_536 + Math.floor(n / 173));
  expect(decodeVariant(bytesOf(cells))).not.toHaveProperty('code');
  expect(decodeVariant(bytesOf(cells.map((cell) => `${cell}`)))).not.toHaveProperty('code');
  expect(decodeVariant(bytesOf(cells.map((cell) => new Float(cell))))).not.toHaveProperty('code');
});

test('schemas of keys refuse them, too', () => {
  const [, [, floats]] = [KEYS[0]!, KEYS[5]!];
  expect(dictionaryOf(int, variant).decode(bytesOf(KEYS[0]![1]))).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT' });
  expect(dictionaryOf(float, variant).decode(bytesOf(floats))).toMatchObject({ code: 'TICKPEER_INVALID_VARIANT' });
  expect(dictionaryOf(string, variant).decode(bytesOf(KEYS[7]![1]))).toMatchObject({
    code: 'TICKPEER_INVALID_VARIANT',
  });
});
