import type { Clock } from '../../clock.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';

/** Options of a `SceneMultiplayer`. */
export interface SceneMultiplayerOptions {
  /** Limits for every peer; see `PeerLimits`. */
  readonly limits?: PeerLimits;
  /**
   * How a server recognizes clients whose game does not run, and what it keeps for them; see `SleepOptions`. False: it does not; what the
   * queue of such a client cannot hold is lost there. No effect on a client. Default: the defaults of `SleepOptions`.
   */
  readonly sleep?: SleepOptions | false;
  /** The clock for limits and timeouts. Default: the system's. */
  readonly clock?: Clock;
}
