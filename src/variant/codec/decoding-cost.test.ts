import { expect, test, vi } from 'vitest';
import { decodeVariant } from '../index.ts';
import { TYPE_COUNT, typeName } from '../values/type-name.ts';

/** A millisecond or so. */
const SIZE = 16_000;
/** How many times the work of the plain input anything may take: above what is usual (10 to 30). */
const MOST = 60;

const ARRAY = u32(28);
const DICTIONARY = u32(27);
const NIL = u32(0);
const WIDE = 0x10000;

function u32(...words: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(words).buffer);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function text(bytes: Iterable<number>): Uint8Array {
  const block = Uint8Array.from(bytes);
  return join(u32(block.length), block, new Uint8Array(-block.length & 3));
}

/** As many elements as there is room for, behind a header and their count. */
function fill(header: Uint8Array, element: (index: number) => Uint8Array, size = SIZE): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let length = header.length + 4; ; ) {
    const part = element(parts.length);
    length += part.length;
    if (length > size) return join(header, u32(parts.length), ...parts);
    parts.push(part);
  }
}

/** A float whose digits are many. */
function awkward(index: number): Uint8Array {
  return new Uint8Array(Float64Array.of((Math.PI + index) * 1e-300).buffer);
}

/** Of each type, one value of few bytes, that differs with `index`. */
const SMALL: readonly ((index: number) => Uint8Array)[] = [
  () => NIL,
  (index) => u32(1, index),
  (index) => u32(2 | WIDE, index, 0x7fff_ffff),
  (index) => join(u32(3 | WIDE), awkward(index)),
  (index) => join(u32(4), text(Buffer.from(`${String.fromCodePoint(0x100 + (index % 999))}${index}`))),
  ...[2, 2, 4, 4, 3, 3, 6, 4, 4, 4, 4, 6, 9, 12, 16].map((count, at) => (index: number) => {
    const type = 5 + at;
    const isInteger = type === 6 || type === 8 || type === 10 || type === 13;
    if (isInteger) return u32(type, ...new Array<number>(count).fill(index));
    return join(u32(type | WIDE), ...Array.from({ length: count }, (_, n) => awkward(index + n)));
  }),
  (index) => u32(20, index, index, index, index),
  (index) => join(u32(21), text(Buffer.from(`n${index}`))),
  (index) => join(u32(22, 0x8000_0001, 0, 0), text(Buffer.from(`n${index}`))),
  (index) => u32(23, index, 0),
  (index) => u32(24 | WIDE, index + 1, 0),
  () => u32(25),
  (index) => join(u32(26), text([]), u32(index, 0)),
  () => u32(27, 0),
  () => u32(28, 0),
  ...Array.from({ length: 10 }, (_, at) => () => u32(29 + at, 0)),
];

const CASES: [string, Uint8Array][] = [];
for (const [type, small] of SMALL.entries()) {
  CASES.push([`an array of ${typeName(type)}`, fill(ARRAY, small)]);
  CASES.push([
    `a dictionary with keys of type ${typeName(type)}`,
    fill(DICTIONARY, (index) => join(small(index), NIL)),
  ]);
  const key = fill(ARRAY, small, SIZE - 100);
  CASES.push([`a key that is an array of ${typeName(type)}`, join(DICTIONARY, u32(1), key, NIL)]);
  const inner = fill(DICTIONARY, (index) => join(small(index), NIL), SIZE - 100);
  // As deep as keys may lie in keys.
  CASES.push([`keys of keys of type ${typeName(type)}`, join(...Array(2).fill(u32(27, 1)), inner, NIL, NIL)]);
}
const badText = (index: number): number[] => [
  1,
  2,
  3,
  4,
  5,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
  index & 127,
  0,
  0xff,
  120,
];
for (const type of [4, 21]) {
  CASES.push([`${typeName(type)} with a NUL before bad UTF-8`, fill(ARRAY, (n) => join(u32(type), text(badText(n))))]);
}
CASES.push(['a PackedStringArray of texts with a NUL before bad UTF-8', fill(u32(34), (n) => text(badText(n)))]);
CASES.push(['a PackedStringArray of x NUL ff', fill(u32(34), (n) => text([n & 127, n >> 7, 0, 0xff]))]);
CASES.push(['a NodePath of texts with a NUL before bad UTF-8', nodePath((n) => text(badText(n)))]);
CASES.push(['a text that is all NUL', join(u32(4), text(new Uint8Array(SIZE)))]);
CASES.push([
  'a text without a NUL, bad at its end',
  join(u32(4), text(new Uint8Array(SIZE).fill(65).fill(255, SIZE - 1))),
]);
for (const type of [32, 33, 37]) {
  const numbers = new Float64Array(SIZE / 8).map((_, n) => (Math.PI + n) * 1e-300);
  const count = type === 33 ? numbers.length : type === 32 ? 2 * numbers.length : numbers.length / 2;
  CASES.push([
    `a large key of type ${typeName(type)}`,
    join(u32(27, 1, type, count), new Uint8Array(numbers.buffer), NIL),
  ]);
}

function nodePath(name: (index: number) => Uint8Array): Uint8Array {
  const names = Array.from({ length: 2000 }, (_, index) => name(index));
  return join(u32(22, 0x8000_0000 + names.length, 0, 0), ...names);
}

/** How much CPU time one run takes, per byte: what other programs do on the machine meanwhile is not in it. */
function cost(bytes: Uint8Array): number {
  const start = process.cpuUsage();
  decodeVariant(bytes);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / bytes.length;
}

test('every type has a small value here', () => {
  expect(SMALL.length).toBe(TYPE_COUNT);
  for (const [type, small] of SMALL.entries()) expect(small(1)[0]).toBe(type);
});

test('no input takes much longer than a dictionary with names of the same size', () => {
  const plain = fill(DICTIONARY, (index) => join(u32(4), text(Buffer.from(`name ${index}`)), NIL));
  let usual = Number.POSITIVE_INFINITY;
  const ratios = CASES.map(([name, bytes]) => {
    let least = Number.POSITIVE_INFINITY;
    // The least of several runs: a compiler or a collector at work can only add to it.
    for (let run = 0; run < 100 && (run < 4 || least > MOST * usual); run++) {
      usual = Math.min(usual, cost(plain));
      least = Math.min(least, cost(bytes));
    }
    return { name, ratio: least / usual };
  });
  if (process.env['TICKPEER_FIGURES'] !== undefined) {
    const worst = ratios.sort((a, b) => b.ratio - a.ratio).slice(0, 12);
    for (const { name, ratio } of worst) process.stdout.write(`${ratio.toFixed(1).padStart(6)} ${name}\n`);
  }
  expect(ratios.filter(({ ratio }) => ratio > MOST)).toEqual([]);
}, 120_000);

test('a text with a NUL before bad UTF-8 is decoded at once, without an exception', () => {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode');
  try {
    for (const count of [1, 100]) {
      decode.mockClear();
      const block = text(badText(count));
      expect(decodeVariant(join(u32(34, count), ...Array(count).fill(block)))).toMatchObject({
        size: 8 + count * block.length,
      });
      expect(decode).toHaveBeenCalledTimes(count);
      expect(decode.mock.results.every(({ type }) => type === 'return')).toBe(true);
    }
  } finally {
    decode.mockRestore();
  }
});
