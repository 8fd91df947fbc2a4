import type { Clock } from '../clock.ts';
import type { StreamPeer } from '../stream/index.ts';

/** How long what we sent last may take to get through once we have ended the stream. Milliseconds. */
const LINGER = 2000;

/** The end of a stream whose last bytes matter: who ends first, and how long we wait for it. */
export class Farewell {
  readonly #stream: StreamPeer;
  readonly #clock: Clock;
  #timer: unknown = null;

  /** Ends `stream` after `delay` milliseconds, or when the other side has ended it. */
  constructor(stream: StreamPeer, clock: Clock, delay: number) {
    this.#stream = stream;
    this.#clock = clock;
    if (delay === 0) stream.linger(LINGER);
    else this.#timer = clock.setTimeout(() => this.#end(), delay);
  }

  onStreamEnd(): void {
    if (this.#timer !== null) this.#end();
  }

  /** Not even that long: drops the stream now. */
  cutShort(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#stream.destroy();
  }

  #end(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#stream.linger(LINGER);
  }
}
