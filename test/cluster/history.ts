/** One process that had a room, from the room's opening to its end. Times are of the machine (`machineTime`). */
export interface Term {
  readonly code: string;
  /** The process, and a number that tells its rooms with the same code apart. */
  readonly owner: string;
  readonly opened: number;
  /** When it last did anything for the room: a tick, a save, a message. */
  readonly lastAct: number;
  /** Null while it has the room, and for a process that was killed. */
  readonly closed: number | null;
}

/** A list of the open rooms, as one process has shown it. */
export interface Listing {
  readonly by: string;
  readonly time: number;
  readonly codes: readonly string[];
}

/** What the processes have done, from their reports. */
export class History {
  readonly #terms = new Map<string, Term>();
  readonly #listings: Listing[] = [];
  /** The codes of the rooms that were made by each request. */
  readonly #made = new Map<string, Set<string>>();

  /** The present state of a term: takes the place of what was reported of it before. */
  add(term: Term): void {
    this.#terms.set(`${term.owner} ${term.code} ${term.opened}`, term);
  }

  list(listing: Listing): void {
    this.#listings.push(listing);
  }

  /** A request was answered with a room. */
  answer(request: string, code: string): void {
    this.#made.set(request, (this.#made.get(request) ?? new Set()).add(code));
  }

  get terms(): readonly Term[] {
    return [...this.#terms.values()].sort((one, other) => one.opened - other.opened);
  }

  /** The terms of one room, the first one first. */
  of(code: string): Term[] {
    return this.terms.filter((term) => term.code === code);
  }

  /**
   * What must not have happened; empty when all is well. `delay`: milliseconds after which a list has to show a room that was opened, and not
   * to show one that was closed.
   */
  faults(delay: number): string[] {
    return [...this.#twins(), ...this.#requestsWithTwoRooms(), ...this.#wrongListings(delay)];
  }

  /** Two owners of a code have acted at the same time. */
  *#twins(): Iterable<string> {
    const last = new Map<string, Term>();
    for (const term of this.terms) {
      const before = last.get(term.code);
      if (before !== undefined && before.lastAct > term.opened) {
        const late = (before.lastAct - term.opened).toFixed(1);
        yield `${term.code}: ${before.owner} still acted ${late} ms after ${term.owner} had opened it`;
      }
      if (before === undefined || term.lastAct > before.lastAct) last.set(term.code, term);
    }
  }

  *#requestsWithTwoRooms(): Iterable<string> {
    for (const [request, codes] of this.#made) {
      if (codes.size > 1) yield `request ${request} has made ${[...codes].join(' and ')}`;
    }
  }

  *#wrongListings(delay: number): Iterable<string> {
    const terms = this.terms;
    for (const { by, time, codes } of this.#listings) {
      const listed = new Set(codes);
      if (listed.size !== codes.length) yield `${by} has listed a room twice`;
      const present = new Set<string>();
      for (const { code, opened, lastAct, closed } of terms) {
        const end = closed ?? lastAct;
        if (opened <= time && time <= end + delay) present.add(code);
        if (opened + delay <= time && time <= end && !listed.has(code)) yield `${by} has not listed ${code}`;
      }
      for (const code of listed) if (!present.has(code)) yield `${by} has listed ${code}, which nobody had`;
    }
  }
}
