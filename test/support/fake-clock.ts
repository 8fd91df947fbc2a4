import type { Clock } from '../../src/clock.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** A clock that only the test moves. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];
  #turnEnds: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, milliseconds: number): unknown {
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }

  atTurnEnd(callback: () => void): void {
    this.#turnEnds.push(callback);
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  /** Ends the current turn: runs everything that was planned for its end. */
  endTurn(): void {
    const callbacks = this.#turnEnds;
    this.#turnEnds = [];
    for (const callback of callbacks) callback();
  }

  /** Lets time pass, and calls the timers that are due, in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.clearTimeout(due);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      this.endTurn();
    }
    this.#now = end;
    this.endTurn();
  }
}
