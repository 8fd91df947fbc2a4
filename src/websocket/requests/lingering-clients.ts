import type { Farewell } from '../session/farewell.ts';

/**
 * Clients that are no longer the server's, and whose sockets are still open: they were told so, and have up to two seconds to hang
 * up. In the order in which that began.
 */
export class LingeringClients {
  readonly #most: number;
  /** Each with the key that it is counted by; empty for none. */
  readonly #farewells = new Map<Farewell, string>();
  readonly #byKey = new Map<string, Set<Farewell>>();

  /** `most`: how many may linger; when one more comes, the oldest is dropped. */
  constructor(most: number) {
    this.#most = most;
  }

  add(farewell: Farewell, key: string = ''): void {
    this.#forgetEnded();
    if (!farewell.isUnderWay) return;
    this.#farewells.set(farewell, key);
    if (key !== '') this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(farewell));
    if (this.#farewells.size > this.#most) this.dropOldest();
  }

  /** How many there are, at most: some may have hung up since the last look. */
  get size(): number {
    return this.#farewells.size;
  }

  /** The same for those of one key. */
  countAt(key: string): number {
    return this.#byKey.get(key)?.size ?? 0;
  }

  /** Drops the one that has lingered longest, or finds that it has hung up. */
  dropOldest(): void {
    const [oldest] = this.#farewells.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  /** The same among those of one key. */
  dropOldestAt(key: string): void {
    const [oldest] = this.#byKey.get(key) ?? [];
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(farewell: Farewell): void {
    this.#forget(farewell);
    farewell.cutShort();
  }

  /** Those that have hung up, up to the first that has not: nothing is kept of clients long gone. */
  #forgetEnded(): void {
    for (const farewell of this.#farewells.keys()) {
      if (farewell.isUnderWay) return;
      this.#forget(farewell);
    }
  }

  #forget(farewell: Farewell): void {
    const key = this.#farewells.get(farewell) ?? '';
    this.#farewells.delete(farewell);
    const others = this.#byKey.get(key);
    others?.delete(farewell);
    if (others?.size === 0) this.#byKey.delete(key);
  }
}
