import type { Clock } from '../../clock.ts';

/** The longest extension of the other side's time limit, in milliseconds. */
const LONGEST_GRACE = 1000;
/** The current turn may have started after Node's reading; the next one reads first. */
const TURNS = 2;

/**
 * Decides whether a time limit of the other side has expired. When the event loop has stalled, its bytes may have arrived in
 * time and wait to be read. So a limit that is found expired is checked again after the event loop has read, and after an
 * extension as long as the stall, at most a second.
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

  /** Whether `deadline`, which is not after `now`, has expired. */
  isOver(now: number, deadline: number): boolean {
    // Checked on time: nothing has stalled.
    if (now === deadline) return true;
    if (deadline === this.#deadline) return this.#turnsLeft <= 0 && now >= this.#lookAt;
    this.#deadline = deadline;
    this.#lookAt = now + Math.min(now - deadline, LONGEST_GRACE);
    if (this.#turnsLeft <= 0) this.#clock.atTurnEnd(this.#onTurnEnd);
    this.#turnsLeft = TURNS;
    return false;
  }

  /** When to check `deadline` again. */
  nextLook(deadline: number): number {
    return deadline === this.#deadline ? this.#lookAt : deadline;
  }
}
