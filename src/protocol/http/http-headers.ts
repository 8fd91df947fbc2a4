/**
 * The headers of a request or a response, in the order of their arrival and with duplicates. Immutable.
 *
 * Names are looked up ignoring case (RFC 9110 5.1) and returned as they were sent. Values are trimmed; bytes beyond ASCII
 * are read as Latin-1.
 */
export class HttpHeaders implements Iterable<readonly [name: string, value: string]> {
  readonly #entries: readonly (readonly [name: string, value: string])[];
  readonly #lowerNames: readonly string[];

  constructor(entries: readonly (readonly [name: string, value: string])[] = []) {
    this.#entries = entries;
    this.#lowerNames = entries.map(([name]) => name.toLowerCase());
  }

  /** The number of header lines, with duplicates. */
  get size(): number {
    return this.#entries.length;
  }

  /** The value, with duplicates joined by `, ` (RFC 9110 5.3; for `Set-Cookie` use `getAll`); null when there is none. */
  get(name: string): string | null {
    const lowerName = name.toLowerCase();
    const first = this.#lowerNames.indexOf(lowerName);
    if (first < 0) return null;
    if (this.#lowerNames.indexOf(lowerName, first + 1) < 0) return this.#entries[first]![1];
    return this.getAll(name).join(', ');
  }

  /** The values of all lines with that name, in order. */
  getAll(name: string): string[] {
    const lowerName = name.toLowerCase();
    const values: string[] = [];
    for (let i = 0; i < this.#lowerNames.length; i++) {
      if (this.#lowerNames[i] === lowerName) values.push(this.#entries[i]![1]);
    }
    return values;
  }

  has(name: string): boolean {
    return this.#lowerNames.includes(name.toLowerCase());
  }

  /** Every line as `[name, value]`, in order. */
  entries(): IterableIterator<readonly [name: string, value: string]> {
    return this.#entries.values();
  }

  [Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    return this.#entries.values();
  }
}
