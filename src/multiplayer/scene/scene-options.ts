import type { Clock } from '../../clock.ts';
import type { PeerLimits } from '../limits/peer-limits.ts';
import type { SleepOptions } from '../limits/sleep-options.ts';
import type { ReturnOptions } from '../returning/return-options.ts';

/** Options of a `SceneMultiplayer`. */
export interface SceneMultiplayerOptions {
  /** Limits for every peer; see `PeerLimits`. */
  readonly limits?: PeerLimits;
  /**
   * On a server: whether players whose connection was cut come back with the same id, by a token of `getReturnToken` (docs/returning.md). Default:
   * false.
   */
  readonly returning?: boolean | ReturnOptions;
  /**
   * How a server recognizes clients whose game does not run, and what it keeps for them; see `SleepOptions`. False: it does not; what the
   * queue of such a client cannot hold is lost there. No effect on a client. Default: the defaults of `SleepOptions`.
   */
  readonly sleep?: SleepOptions | false;
  /** The clock for limits and timeouts. Default: the system's. */
  readonly clock?: Clock;
}
