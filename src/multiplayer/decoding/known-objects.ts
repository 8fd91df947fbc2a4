/** What an entry takes besides its text, roughly. */
const COST_OF_AN_ENTRY = 200;

/**
 * What earlier packets have introduced, by the peer and its number. The oldest entries are dropped beyond `mostBytes`, since a
 * stranger may introduce any number of them.
 */
export class KnownObjects<T> {
  readonly #mostBytes: number;
  readonly #entries = new Map<string, { readonly value: T; readonly cost: number }>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** `length`: how many characters `value` has. */
  set(key: string, value: T, length: number): void {
    this.delete(key);
    const cost = COST_OF_AN_ENTRY + 2 * (key.length + length);
    this.#entries.set(key, { value, cost });
    this.#bytes += cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#mostBytes) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.cost ?? 0;
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}
