import type { Clock } from '../../clock.ts';

/** A time limit for a step on a client's way, which also ends when `client` aborts. `end` has to be called. */
export class WaitLimit {
  readonly #controller = new AbortController();
  readonly #clock: Clock;
  readonly #timer: unknown;
  readonly #client: AbortSignal;
  #isOver = false;

  constructor(clock: Clock, milliseconds: number, client: AbortSignal) {
    this.#clock = clock;
    this.#client = client;
    this.#timer = clock.setTimeout(this.#onTime, Math.max(0, milliseconds));
    client.addEventListener('abort', this.#onClient);
    if (client.aborted) this.#onClient();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the time was over first. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves as `work` does; rejects when the signal aborts first. */
  race<T>(work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      Promise.resolve(work(signal)).then(resolve, reject);
    });
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#client.removeEventListener('abort', this.#onClient);
  }

  readonly #onTime = (): void => {
    this.#isOver = !this.signal.aborted;
    this.#controller.abort(new Error('the time is over'));
  };

  readonly #onClient = (): void => this.#controller.abort(this.#client.reason);
}
