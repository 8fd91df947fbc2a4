// The messages between the arena's process and its workers.
import type { Storm, Wish } from './wire.js';

export type LaneOrder = { readonly type: 'storm'; readonly storm: Storm } | { readonly type: 'stop' };
export type LaneNote =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'wish'; readonly wish: Wish };

export type StormOrder = { readonly type: 'storm'; readonly isOn: boolean } | { readonly type: 'stop' };
/** Sent once, when the size of a burst has been measured. */
export type StormNote = Pick<Storm, 'burst' | 'period'>;

/** Shared by the workers: how many inputs each lane has handled, in the order of `MODES`. Wraps around at 2 ** 31. */
export type Tally = Int32Array<SharedArrayBuffer>;
