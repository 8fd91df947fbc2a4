/** What all connections of a capture may hold together. */
export const MOST_HELD_BYTES: number = 256 * 1024 * 1024;

/** Counts bytes that are kept because something before or behind them is missing: parts of messages, early segments. */
export class HeldBytes {
  readonly #most: number;
  #total = 0;

  constructor(most: number = MOST_HELD_BYTES) {
    this.#most = most;
  }

  get total(): number {
    return this.#total;
  }

  /** False when there is no room for `count` more; then nothing was added. */
  add(count: number): boolean {
    if (this.#total + count > this.#most) return false;
    this.#total += count;
    return true;
  }

  remove(count: number): void {
    this.#total -= count;
  }
}
