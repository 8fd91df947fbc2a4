/** So much a second: it grows with time, up to what it may hold, and is used up (a token bucket). */
export class Allowance {
  // A number from the beginning: in a field that was undefined once, V8 makes an object of every fraction.
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
