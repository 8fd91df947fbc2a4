import type { Platform } from '../platform.ts';

const POOL_WORDS = 2048;
const pools = new WeakMap<Platform, MaskingKeys>();

/**
 * Masking keys from a pool of 8 KiB: calling the random source for every frame would cost more than the frame. Every key is
 * used once (RFC 6455 5.3: "fresh", "unpredictable").
 */
export class MaskingKeys {
  readonly #platform: Platform;
  readonly #words = new Int32Array(POOL_WORDS);
  #next = POOL_WORDS;

  private constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** The pool of a platform, which all its connections share. */
  static of(platform: Platform): MaskingKeys {
    let pool = pools.get(platform);
    if (pool === undefined) {
      pool = new MaskingKeys(platform);
      pools.set(platform, pool);
    }
    return pool;
  }

  next(): number {
    if (this.#next === POOL_WORDS) {
      this.#platform.fillRandom(new Uint8Array(this.#words.buffer));
      this.#next = 0;
    }
    return this.#words[this.#next++]!;
  }
}
