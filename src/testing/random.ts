const GOLDEN = 0x9e3779b9;

/**
 * A generator of random numbers: the same seed gives the same numbers on every machine. It is sfc32, seeded by splitmix32;
 * for tests, not for secrets.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /** `seed`: any safe integer. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a safe integer, not ${seed}`);
    const low = seed | 0;
    const high = Math.floor(seed / 2 ** 32) | 0;
    this.#a = mix(low);
    this.#b = mix(high ^ GOLDEN);
    this.#c = mix(low ^ mix(high));
    for (let round = 0; round < 12; round++) this.#draw();
  }

  /** At least 0, below 1. */
  next(): number {
    return this.#draw() / 2 ** 32;
  }

  /** An integer from `least` to `most`, both included. */
  integer(least: number, most: number): number {
    if (!Number.isSafeInteger(least) || !Number.isSafeInteger(most) || most < least) {
      throw new RangeError(`there is no integer from ${least} to ${most}`);
    }
    const range = most - least + 1;
    // 53 bits: exact for every range that has exact integers.
    const drawn = ((this.#draw() >>> 5) * 2 ** 26 + (this.#draw() >>> 6)) / 2 ** 53;
    return least + Math.floor(drawn * range);
  }

  /** True with a probability of `probability`: never for 0, always for 1. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of `values`, each as likely as the others. */
  pick<T>(values: readonly T[]): T {
    if (values.length === 0) throw new RangeError('there is nothing to pick from');
    return values[this.integer(0, values.length - 1)]!;
  }

  /** Another generator, which does not depend on how many numbers are drawn from this one later. */
  fork(): Random {
    return new Random(this.#draw() * 2 ** 21 + (this.#draw() >>> 11));
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }
}

/** splitmix32's last step. */
function mix(value: number): number {
  let mixed = (value + GOLDEN) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) | 0;
}
