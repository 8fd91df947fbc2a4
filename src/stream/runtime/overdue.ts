import type { Clock } from '../../clock.ts';

/** What the other side gets for a stall of ours, at most. Milliseconds. */
const LONGEST_GRACE = 1000;
/** A turn that ends may have begun behind Node's reading; the next one reads first. */
const TURNS = 2;

/**
 * Whether a time limit of the other side's is over, for a loop that may have stalled: its bytes may have arrived in time and
 * wait to be read. A limit that is found passed is looked at again when the event loop has read what waits, and when the
 * other side has had as long again as we came late, a second at most.
 */
export class Overdue {
  readonly #clock: Clock;
  #deadline = Number.NaN;
  #lookAt = 0;
  #turnsLeft = 0;
  readonly #onTurnEnd = (): void => {
    if (--this.#turnsLeft > 0) this.#clock.atTurnEnd(this.#onTurnEnd);
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** At `now`, for a `deadline` that is passed. */
  isOver(now: number, deadline: number): boolean {
    // Looked at on time: nothing has stalled.
    if (now === deadline) return true;
    if (deadline === this.#deadline) return this.#turnsLeft <= 0 && now >= this.#lookAt;
    this.#deadline = deadline;
    this.#lookAt = now + Math.min(now - deadline, LONGEST_GRACE);
    if (this.#turnsLeft <= 0) this.#clock.atTurnEnd(this.#onTurnEnd);
    this.#turnsLeft = TURNS;
    return false;
  }

  /** When to ask again about `deadline`. */
  nextLook(deadline: number): number {
    return deadline === this.#deadline ? this.#lookAt : deadline;
  }
}
