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
    const grown = this.#left + ((now - this.#at) / 1000) * perSecond;
    const left = grown < holds ? grown : holds;
    this.#at = now;
    this.#left = left >= amount ? left - amount : left;
    return left >= amount;
  }
}
