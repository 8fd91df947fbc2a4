/** A token bucket: it fills with time, up to a maximum, and is used up. */
export class Allowance {
  // Initialized: in a field that was undefined once, V8 allocates every fraction.
  #left = 0;
  #at = 0;

  /** Begins full. `now`: milliseconds. */
  constructor(holds: number, now: number) {
    this.#left = holds;
    this.#at = now;
  }

  /** Uses `amount`; false, and nothing is used, when there is less. `holds`: the most that there can be. */
  use(amount: number, perSecond: number, holds: number, now: number): boolean {
    const grown = this.#left + ((now - this.#at) / 1000) * perSecond;
    const left = grown < holds ? grown : holds;
    this.#at = now;
    this.#left = left >= amount ? left - amount : left;
    return left >= amount;
  }
}
