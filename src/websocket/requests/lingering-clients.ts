import type { Farewell } from '../session/farewell.ts';

/**
 * Clients that a server has refused or closed, and whose sockets are still open: they have `LINGER_TIME` to end their connection.
 * The oldest first.
 */
export class LingeringClients {
  readonly #most: number;
  /** Each with the key that counts it; empty for none. */
  readonly #farewells = new Map<Farewell, string>();
  readonly #byKey = new Map<string, Set<Farewell>>();

  /** `most`: how many there may be; one more drops the oldest. */
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

  /** How many there are, or fewer: some may have ended since the last call. */
  get size(): number {
    return this.#farewells.size;
  }

  /** As `size`, for one key. */
  countAt(key: string): number {
    return this.#byKey.get(key)?.size ?? 0;
  }

  /** Drops the oldest, which may have ended already. */
  dropOldest(): void {
    const [oldest] = this.#farewells.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  /** As `dropOldest`, for one key. */
  dropOldestAt(key: string): void {
    const [oldest] = this.#byKey.get(key) ?? [];
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(farewell: Farewell): void {
    this.#forget(farewell);
    farewell.cutShort();
  }

  /** Removes clients that have ended, up to the first that has not, so that no memory is kept for old ones. */
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
