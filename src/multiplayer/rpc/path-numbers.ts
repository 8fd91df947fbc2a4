/**
 * The numbers that several path caches of one server give to their nodes. A number is used once, so that it never stands for two
 * nodes at a client that moves from one room to another.
 */
export class PathNumbers {
  #last = 0;
  readonly #used = new Set<number>();

  /** A new number, for a node until `release`. */
  assign(): number {
    const number = this.next();
    this.#used.add(number);
    return number;
  }

  /** A new number that stands for no node by itself. */
  next(): number {
    return ++this.#last;
  }

  /** Whether a node has the number. */
  isUsed(number: number): boolean {
    return this.#used.has(number);
  }

  /** The node of the number is gone. */
  release(number: number): void {
    this.#used.delete(number);
  }
}
