import type { Farewell } from '../session/farewell.ts';

/**
 * Clients that are no longer the server's, and whose sockets are still open: they were told so, and have up to two seconds to hang
 * up. In the order in which that began.
 */
export class LingeringClients {
  readonly #most: number;
  readonly #farewells = new Set<Farewell>();

  /** `most`: how many may linger; when one more comes, the oldest is dropped. */
  constructor(most: number) {
    this.#most = most;
  }

  add(farewell: Farewell): void {
    if (!farewell.isUnderWay) return;
    this.#farewells.add(farewell);
    if (this.#farewells.size > this.#most) this.dropOldest();
  }

  /** How many there are, at most: some may have hung up since the last look. */
  get size(): number {
    return this.#farewells.size;
  }

  /** Drops the one that has lingered longest, or finds that it has hung up. */
  dropOldest(): void {
    const [oldest] = this.#farewells;
    if (oldest === undefined) return;
    this.#farewells.delete(oldest);
    oldest.cutShort();
  }
}
