import type { StreamEnding } from '../session/stream-ending.ts';

/**
 * Clients that a server has refused or closed, and whose sockets are still open: they have `LINGER_TIME` to end their connection.
 * The oldest first.
 */
export class LingeringClients {
  readonly #most: number;
  /** Each with the key that counts it; empty for none. */
  readonly #endings = new Map<StreamEnding, string>();
  readonly #byKey = new Map<string, Set<StreamEnding>>();

  /** `most`: how many there may be; one more drops the oldest. */
  constructor(most: number) {
    this.#most = most;
  }

  add(streamEnding: StreamEnding, key: string = ''): void {
    this.#forgetEnded();
    if (!streamEnding.isUnderWay) return;
    this.#endings.set(streamEnding, key);
    if (key !== '') this.#byKey.set(key, (this.#byKey.get(key) ?? new Set()).add(streamEnding));
    if (this.#endings.size > this.#most) this.dropOldest();
  }

  /** How many there are, or fewer: some may have ended since the last call. */
  get size(): number {
    return this.#endings.size;
  }

  /** As `size`, for one key. */
  countAt(key: string): number {
    return this.#byKey.get(key)?.size ?? 0;
  }

  /** Drops the oldest, which may have ended already. */
  dropOldest(): void {
    const [oldest] = this.#endings.keys();
    if (oldest !== undefined) this.#drop(oldest);
  }

  /** As `dropOldest`, for one key. */
  dropOldestAt(key: string): void {
    const [oldest] = this.#byKey.get(key) ?? [];
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(streamEnding: StreamEnding): void {
    this.#forget(streamEnding);
    streamEnding.cutShort();
  }

  /** Removes clients that have ended, up to the first that has not, so that no memory is kept for old ones. */
  #forgetEnded(): void {
    for (const streamEnding of this.#endings.keys()) {
      if (streamEnding.isUnderWay) return;
      this.#forget(streamEnding);
    }
  }

  #forget(streamEnding: StreamEnding): void {
    const key = this.#endings.get(streamEnding) ?? '';
    this.#endings.delete(streamEnding);
    const others = this.#byKey.get(key);
    others?.delete(streamEnding);
    if (others?.size === 0) this.#byKey.delete(key);
  }
}
