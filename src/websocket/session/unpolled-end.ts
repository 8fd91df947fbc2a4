import type { Clock } from '../../clock.ts';
import type { PeerSettings } from '../settings/peer-settings.ts';

/**
 * The time limit of an end that waits for a poll, so that a peer that is not polled any more does not keep its stream open for ever.
 * Half of `closeTimeLimit`, since the other side probably waits that long for our Close.
 */
export class UnpolledEnd {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #onDue: () => void;
  #timer: unknown = null;

  constructor(clock: Clock, { closeTimeLimit }: PeerSettings, onDue: () => void) {
    this.#clock = clock;
    this.#milliseconds = closeTimeLimit / 2;
    this.#onDue = onDue;
    this.restart();
  }

  /** A poll left the end waiting for the next one. */
  restart(): void {
    this.cancel();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null;
      this.#onDue();
    }, this.#milliseconds);
  }

  cancel(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
