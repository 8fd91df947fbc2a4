/** The most milliseconds that are caught up when the process was delayed. */
const MOST_BEHIND = 100;

/** Calls back at a given average rate per second. `setInterval` cannot: its intervals are whole milliseconds. */
export class Ticker {
  /** Per second. */
  rate: number;
  readonly #onTick: (seconds: number) => void;
  #isRunning = false;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #last = 0;

  /** `onTick` gets the seconds since its last call, at most a tenth of one. */
  constructor(rate: number, onTick: (seconds: number) => void) {
    this.rate = rate;
    this.#onTick = onTick;
  }

  start(): void {
    this.#isRunning = true;
    this.#due = this.#last = performance.now();
    this.#run();
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  readonly #run = (): void => {
    const now = performance.now();
    const elapsed = Math.min(now - this.#last, MOST_BEHIND);
    this.#last = now;
    this.#due = Math.max(this.#due + 1000 / this.rate, now - MOST_BEHIND);
    this.#onTick(elapsed / 1000);
    if (this.#isRunning) this.#timer = setTimeout(this.#run, this.#due - performance.now());
  };
}
