/** For tests: time that stands still until it is told to move, and a network as bad as you like, the same in every run. */
export type { Conditions } from './conditions.ts';
export { Random } from './random.ts';
export { VirtualClock } from './virtual-clock.ts';
export type { LinkOptions, VirtualLink } from './virtual-link.ts';
export { type NetworkOptions, VirtualNetwork } from './virtual-network.ts';
export type { VirtualStream } from './virtual-stream.ts';
