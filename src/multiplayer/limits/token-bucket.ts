/** A token bucket: it refills over time, up to a maximum. */
export class TokenBucket {
  // Initialized here, because V8 allocates memory for every fraction in a field that was once undefined.
  #left = 0;
  #at = 0;

  /** Starts full. `now`: milliseconds. */
  constructor(holds: number, now: number) {
    this.#left = holds;
    this.#at = now;
  }

  /** Uses `amount`. Returns false, and uses nothing, when less is left. `holds`: the maximum. */
  use(amount: number, perSecond: number, holds: number, now: number): boolean {
    const hasLeft = this.has(amount, perSecond, holds, now);
    if (hasLeft) this.#left -= amount;
    return hasLeft;
  }

  /** Whether `amount` is left. Uses nothing. */
  has(amount: number, perSecond: number, holds: number, now: number): boolean {
    const grown = this.#left + ((now - this.#at) / 1000) * perSecond;
    this.#left = grown < holds ? grown : holds;
    this.#at = now;
    return this.#left >= amount;
  }
}
