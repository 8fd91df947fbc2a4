import type { Clock } from '../clock.ts';
import type { PeerSettings } from './peer-settings.ts';

/**
 * Time limit for an end that waits for a poll, so that a peer that nobody polls keeps neither its stream nor the other side
 * waiting for ever. Half of `closeTimeLimit`: the other side is likely to wait that long for our Close.
 */
export class UnpolledEnd {
  readonly #clock: Clock;
  #timer: unknown;

  constructor(clock: Clock, { closeTimeLimit }: PeerSettings, onDue: () => void) {
    this.#clock = clock;
    this.#timer = clock.setTimeout(() => {
      this.#timer = null;
      onDue();
    }, closeTimeLimit / 2);
  }

  cancel(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
