/** A small seeded generator (mulberry32): equal seeds give equal inputs. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('nothing to pick from');
    return choice;
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(length).map(() => this.below(256));
  }
}

const EDGES = [
  0x00, 0x01, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x3d, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x88, 0x89, 0xfe, 0xff,
];

/**
 * An input made from valid ones: joined, cut, with bytes changed, removed, doubled, and replaced by those that are difficult for
 * parsers; sometimes only random bytes.
 */
export function mutate(chance: Chance, valid: readonly Uint8Array[]): Uint8Array {
  if (chance.below(10) === 0) return chance.bytes(chance.below(200));
  const parts: number[] = [];
  for (let count = 1 + chance.below(4); count > 0; count--) parts.push(...chance.pick(valid));
  for (let changes = chance.below(6); changes > 0 && parts.length > 0; changes--) {
    const at = chance.below(parts.length);
    const how = chance.below(6);
    if (how === 0) parts[at] = chance.below(256);
    else if (how === 1) parts[at] = chance.pick(EDGES);
    else if (how === 2) parts.splice(at, 1 + chance.below(8));
    else if (how === 3) parts.splice(at, 0, ...chance.bytes(1 + chance.below(8)));
    else if (how === 4) parts.splice(at, 0, ...parts.slice(at, at + chance.below(40)));
    else parts.length = at;
  }
  return Uint8Array.from(parts);
}

/** The input in pieces, in separate memory. */
export function cut(chance: Chance, input: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < input.length; ) {
    const size = chance.below(3) === 0 ? 1 : 1 + chance.below(30);
    pieces.push(input.slice(at, at + size));
    at += size;
  }
  return pieces;
}
