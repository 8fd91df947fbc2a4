import { TokenBucket } from '../../multiplayer/index.ts';

/** Addresses whose wrong codes are remembered; of more, the one that was added first is forgotten. */
const MOST_ADDRESSES = 10_000;

/** How many of something each address has. The empty key, for clients without an address, is not counted. */
export class AddressCounts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string): void {
    if (key !== '') this.#counts.set(key, this.of(key) + 1);
  }

  remove(key: string): void {
    const count = this.of(key) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}

/** The wrong codes that each address has asked for lately. */
export class WrongCodes {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Counts one, at `now` in milliseconds. */
  count(key: string, now: number): void {
    if (key === '' || this.#perMinute === Number.POSITIVE_INFINITY) return;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#perMinute, now);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MOST_ADDRESSES)
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    bucket.use(1, this.#perMinute / 60, this.#perMinute, now);
  }

  /** Whether the address may ask for so many codes. */
  allows(key: string, codes: number, now: number): boolean {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return key === '' || codes <= this.#perMinute;
    // Uses nothing, but tells whether so many are left.
    return bucket.has(codes, this.#perMinute / 60, this.#perMinute, now);
  }
}
