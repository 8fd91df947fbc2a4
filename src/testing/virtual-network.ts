import type { Clock } from '../clock.ts';
import { type CompleteConditions, type Conditions, changeConditions, PERFECT } from './conditions.ts';
import { Random } from './random.ts';
import { type LinkOptions, VirtualLink } from './virtual-link.ts';

/** A network's clock, its seed and the conditions of its links, which `connect` can override. */
export interface NetworkOptions extends Conditions {
  /** The clock: a `VirtualClock`, the same one that the peers have. */
  readonly clock: Clock;
  /** The seed of all random numbers: the same seed gives the same run. A safe integer. Default: 1. */
  readonly seed?: number;
  /** Called with a line for every event on a wire. Default: none. */
  readonly log?: (line: string) => void;
}

/**
 * A network that exists in memory and in a clock's time: connections with latency, jitter, little bandwidth, stalls, cuts.
 *
 * ```ts
 * const clock = new VirtualClock();
 * const network = new VirtualNetwork({ clock, seed: 7, latency: 40, jitter: 20 });
 * const [one, two] = network.connect().ends;
 * client.connectToStream(one, 'ws://game.test');
 * server.acceptStream(two);
 * clock.advance(100);
 * ```
 *
 * Bytes arrive only during `clock.advance`, as in a program they arrive only in the event loop.
 */
export class VirtualNetwork {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #conditions: CompleteConditions;
  readonly #log: ((line: string) => void) | null;
  #linkCount = 0;

  constructor(options: NetworkOptions) {
    const { clock, seed = 1, log = null, ...conditions } = options;
    this.#clock = clock;
    this.#random = new Random(seed);
    this.#conditions = changeConditions(PERFECT, conditions);
    this.#log = log;
  }

  /** A new link. `options` overrides the network's conditions, for this link only. */
  connect(options: LinkOptions = {}): VirtualLink {
    this.#linkCount++;
    return new VirtualLink(
      {
        clock: this.#clock,
        random: this.#random.fork(),
        conditions: this.#conditions,
        number: this.#linkCount,
        log: this.#log,
      },
      options,
    );
  }
}
