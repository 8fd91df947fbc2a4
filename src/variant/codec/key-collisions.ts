/**
 * V8 hashes numbers that are keys of a `Map` without a seed; before the releases of March 2026 also texts of decimal digits.
 * An attacker can therefore choose keys that are all in one chain of the table. Each further key then takes a walk along
 * that chain: 512 KB took 2 s instead of 6 ms. This file counts such keys before they are put into a table. Keys that were
 * not chosen to collide spread evenly and stay far below the limits.
 *
 * Other keys are objects, or texts that V8 hashes with a seed. The hash functions are those of V8's `src/utils/utils.h`
 * (`ComputeUnseededHash`, `ComputeLongHash`) and `src/strings/string-hasher.h`.
 */

/** Smaller dictionaries are not checked: with all keys in one chain, each costs 0.2 us. */
export const FEWEST_KEYS = 256;
/** How many keys, on average, may be in the slot of a new key. Each of them takes 1.5 to 2.5 ns. */
const STEPS_PER_KEY = 64;
/** How many are allowed in addition, so that the first 256 keys may be in one chain. */
const SLACK = 16_384;
/**
 * The weight of a text, relative to a number. The hash of a text of digits is its number, and harmless texts may be
 * multiples of a power of two.
 */
const TEXT_WEIGHT = 1 / 8;
/** Keys per slot here; V8 has two per chain. */
const KEYS_PER_SLOT = 8;

const double = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ new Int32Array(double.buffer);
const longs = /* @__PURE__ */ new BigInt64Array(double.buffer);

/** Counts the colliding keys of one dictionary. */
export class KeyCollisions {
  readonly #slots: Uint32Array;
  #left = SLACK;

  /** `count`: the number of keys in the dictionary. */
  constructor(count: number) {
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(count / KEYS_PER_SLOT)));
  }

  /** Counts `key`. Returns false when so many keys collide that they must have been chosen to. */
  allows(key: unknown): boolean {
    switch (typeof key) {
      case 'number':
        return this.#count(key === (key | 0) ? hashOfInt32(key) : hashOfDouble(key), 1);
      case 'bigint':
        return this.#count(hashOfBigInt(key), 1);
      case 'string': {
        const number = indexOf(key);
        return number < 0 || this.#count(number, TEXT_WEIGHT);
      }
      default:
        return true;
    }
  }

  #count(hash: number, weight: number): boolean {
    const slots = this.#slots;
    const slot = hash & (slots.length - 1);
    this.#left += STEPS_PER_KEY - slots[slot]! * weight;
    slots[slot]!++;
    return this.#left >= 0;
  }
}

/** The array index that a text of up to ten digits stands for; -1 for any other text. */
function indexOf(text: string): number {
  const { length } = text;
  let number = text.charCodeAt(0) - 48;
  if (!(number >= 0 && number <= 9) || length > 10 || (number === 0 && length > 1)) return -1;
  for (let at = 1; at < length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    number = 10 * number + digit;
  }
  return number < 0xffff_ffff ? number : -1;
}

function hashOfInt32(key: number): number {
  let hash = (~key + (key << 15)) | 0;
  hash ^= hash >>> 12;
  hash = (hash + (hash << 2)) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2057);
  return hash ^ (hash >>> 16);
}

function hashOfDouble(key: number): number {
  double[0] = key;
  return hashOfLong(words[0]!, words[1]!);
}

/** The hash of the absolute value, as in V8. */
function hashOfBigInt(key: bigint): number {
  longs[0] = key < 0n ? -key : key;
  return hashOfLong(words[0]!, words[1]!);
}

/** The low word of the hash of 64 bits, which are given in two words. */
function hashOfLong(low: number, high: number): number {
  // ~key + (key << 18)
  const sum = (~low >>> 0) + ((low << 18) >>> 0);
  let b = ~high + ((high << 18) | (low >>> 14)) + (sum > 0xffff_ffff ? 1 : 0);
  let a = sum | 0;
  a ^= (b << 1) | (a >>> 31);
  b = (b | 0) ^ (b >>> 31);
  // times 21
  let product = (a >>> 0) * 21;
  b = (Math.imul(b, 21) + Math.floor(product / 0x1_0000_0000)) | 0;
  a = product | 0;
  a ^= (b << 21) | (a >>> 11);
  b ^= b >>> 11;
  // plus itself << 6
  product = (a >>> 0) * 65;
  b = (Math.imul(b, 65) + Math.floor(product / 0x1_0000_0000)) | 0;
  a = product | 0;
  return a ^ ((b << 10) | (a >>> 22));
}
