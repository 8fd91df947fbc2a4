/**
 * How many kinds are counted separately for one peer. Further kinds are counted by their code alone, because a peer can send
 * any number of different paths.
 */
const MOST_KINDS = 32;

/** How often one kind of event has happened with a peer, and whether to report it now. */
export interface Tally {
  /** The events that are counted together. */
  readonly kind: string;
  readonly count: number;
  /** True the 1st, the 10th, the 100th time, and so on. */
  readonly isTold: boolean;
}

/** Counts what was dropped, by peer and kind. */
export class Refusals {
  readonly #peers = new Map<number, Map<string, number>>();

  /** Counts one event. `subject` distinguishes kinds of the same `code`. */
  count(id: number, code: string, subject: string): Tally {
    let counts = this.#peers.get(id);
    if (counts === undefined) {
      counts = new Map();
      this.#peers.set(id, counts);
    }
    const own = `${code} ${subject}`;
    const kind = counts.size < MOST_KINDS || counts.has(own) ? own : code;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return { kind, count, isTold: isPowerOfTen(count) };
  }

  forget(id: number): void {
    this.#peers.delete(id);
  }

  clear(): void {
    this.#peers.clear();
  }
}

function isPowerOfTen(count: number): boolean {
  let power = 1;
  while (power < count) power *= 10;
  return power === count;
}
