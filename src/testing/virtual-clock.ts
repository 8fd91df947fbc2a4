import type { Clock } from '../clock.ts';

/** Times are multiples of 1/1024 ms, so that sums and differences are exact and no timer fires early. */
const STEPS_PER_MILLISECOND = 1024;
/** This many callbacks at the same time count as an endless loop. */
const MOST_CALLBACKS_AT_ONE_TIME = 5_000_000;

/** A timer of `VirtualClock.setTimeout`. */
interface Timer {
  readonly at: number;
  /** Of two timers for the same time, the one with the lower number fires first. */
  readonly order: number;
  /** Null when it has fired or was cleared. */
  callback: (() => void) | null;
}

/**
 * A clock that moves only by its methods, with its event loop. Every run is the same: timers fire in the order of their
 * times, and for equal times in the order in which they were set.
 *
 * The code between two calls of `advance` is one turn of the event loop, and so is every timer that fires. When a turn ends,
 * the callbacks of `atTurnEnd` are called.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];
  #timersSet = 0;
  #timersCleared = 0;
  #turnEnds: (() => void)[] = [];
  #isRunning = false;
  #callbacksNow = 0;

  /** Milliseconds since the clock was made. */
  now(): number {
    return this.#now;
  }

  /** Anything below 0 counts as 0: the next turn. `Infinity` never comes. */
  setTimeout(callback: () => void, milliseconds: number): unknown {
    if (Number.isNaN(milliseconds)) throw new RangeError('a delay is a number of milliseconds, not NaN');
    const timer: Timer = {
      at: toGrid(this.#now + Math.max(0, milliseconds)),
      order: this.#timersSet++,
      callback,
    };
    if (timer.at !== Number.POSITIVE_INFINITY) this.#push(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    // `setTimeout` above made it.
    const cleared = timer as Timer | null | undefined;
    if (!cleared || cleared.callback === null) return;
    cleared.callback = null;
    if (cleared.at !== Number.POSITIVE_INFINITY) this.#timersCleared++;
    if (this.#timersCleared > 64 && this.#timersCleared * 2 > this.#timers.length) this.#sweep();
  }

  atTurnEnd(callback: () => void): void {
    this.#turnEnds.push(callback);
  }

  // ---------------------------------------------------------------- for the test

  /** How many timers are set. */
  get timerCount(): number {
    return this.#timers.length - this.#timersCleared;
  }

  /** When the next timer fires; `Infinity` when none is set. */
  get nextTimerAt(): number {
    return this.#peek()?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Ends the current turn: calls the callbacks of `atTurnEnd`. No time passes. `advance` does that first. */
  endTurn(): void {
    this.#enter();
    try {
      this.#runTurnEnds();
    } finally {
      this.#isRunning = false;
    }
  }

  /** Ends the current turn and moves the time: the timers that are due fire, each in a turn of its own. */
  advance(milliseconds: number): void {
    this.runUntil(() => false, milliseconds);
  }

  /**
   * As `advance`, but stops after the first turn at whose end `condition` holds, or at once if it holds already. Returns
   * whether it held in the end. `condition` may use the peers, because it is called between turns.
   */
  runUntil(condition: () => boolean, milliseconds: number): boolean {
    if (!(milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`time moves on by a finite number of milliseconds, not ${milliseconds}`);
    }
    this.#enter();
    try {
      const end = toGrid(this.#now + milliseconds);
      this.#runTurnEnds();
      while (!condition()) {
        this.#runTurnEnds();
        const timer = this.#peek();
        if (timer === undefined || timer.at > end) {
          if (this.#now === end) return false;
          this.#moveTo(end);
          continue;
        }
        this.#moveTo(timer.at);
        this.#pop();
        const { callback } = timer;
        timer.callback = null;
        this.#count();
        callback?.();
        this.#runTurnEnds();
      }
      return true;
    } finally {
      this.#isRunning = false;
    }
  }

  // ---------------------------------------------------------------- the inside

  #enter(): void {
    if (this.#isRunning) throw new Error('the clock runs already: time cannot be moved on from inside its callbacks');
    this.#isRunning = true;
  }

  #moveTo(time: number): void {
    if (time > this.#now) {
      this.#now = time;
      this.#callbacksNow = 0;
    }
  }

  #count(): void {
    if (++this.#callbacksNow <= MOST_CALLBACKS_AT_ONE_TIME) return;
    this.#callbacksNow = 0;
    throw new Error(`${MOST_CALLBACKS_AT_ONE_TIME} callbacks at ${this.#now} ms: an endless loop`);
  }

  /** A callback that is added at the end of a turn is called at the end of the next one, which follows at once. */
  #runTurnEnds(): void {
    while (this.#turnEnds.length > 0) {
      const callbacks = this.#turnEnds;
      this.#turnEnds = [];
      let done = 0;
      try {
        for (const callback of callbacks) {
          done++;
          this.#count();
          callback();
        }
      } finally {
        // One that throws does not stop the others: they are kept, and called later.
        if (done < callbacks.length) this.#turnEnds = [...callbacks.slice(done), ...this.#turnEnds];
      }
    }
  }

  /** The next timer that was not cleared. */
  #peek(): Timer | undefined {
    let first = this.#timers[0];
    while (first !== undefined && first.callback === null) {
      this.#pop();
      this.#timersCleared--;
      first = this.#timers[0];
    }
    return first;
  }

  // A binary heap: every timer is before the two at twice its index.

  #push(timer: Timer): void {
    const timers = this.#timers;
    let at = timers.length;
    timers.push(timer);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!isBefore(timer, timers[above]!)) break;
      timers[at] = timers[above]!;
      at = above;
    }
    timers[at] = timer;
  }

  #pop(): void {
    const timers = this.#timers;
    const last = timers.pop()!;
    if (timers.length > 0) this.#sink(last, 0);
  }

  /** Puts `timer` at `place` or below it. */
  #sink(timer: Timer, place: number): void {
    const timers = this.#timers;
    const count = timers.length;
    let at = place;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= count) break;
      if (below + 1 < count && isBefore(timers[below + 1]!, timers[below]!)) below++;
      if (!isBefore(timers[below]!, timer)) break;
      timers[at] = timers[below]!;
      at = below;
    }
    timers[at] = timer;
  }

  #sweep(): void {
    this.#timers = this.#timers.filter(({ callback }) => callback !== null);
    this.#timersCleared = 0;
    for (let at = (this.#timers.length >> 1) - 1; at >= 0; at--) this.#sink(this.#timers[at]!, at);
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function toGrid(time: number): number {
  return Math.ceil(time * STEPS_PER_MILLISECOND) / STEPS_PER_MILLISECOND;
}
