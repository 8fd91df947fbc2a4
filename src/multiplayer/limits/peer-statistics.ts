import type { Failure } from '../../failure.ts';
import type { PeerLimits } from './peer-limits.ts';
import { TokenBucket } from './token-bucket.ts';

/** How long the allowance for bad packets takes to refill. Seconds. */
const FORGIVEN_WITHIN = 60;

/** What one peer has sent so far, and what waits for it: `SceneMultiplayer.getPeerStatistics`. */
export interface PeerStatistics {
  readonly packets: number;
  readonly bytes: number;
  /** Packets that no engine sends, which count against `limits.badPackets`. */
  readonly badPackets: number;
  /** Packets that were dropped because the two programs differ: an unknown node, arguments that do not match. */
  readonly refusedPackets: number;
  /** Packets that were relayed for it, counted for each receiver. */
  readonly relayedPackets: number;
  /** Whether its game does not run (`peerAsleep`). */
  readonly isAsleep: boolean;
  /** Packets, and their bytes, that wait for it at this side, because it is asleep or cannot be sent more now. */
  readonly waitingPackets: number;
  readonly waitingBytes: number;
}

/** The part of it that is counted. */
export type PeerCounters = Pick<
  PeerStatistics,
  'packets' | 'bytes' | 'badPackets' | 'refusedPackets' | 'relayedPackets'
>;

/**
 * Counts what one peer sends, and compares it with the limits. `now`: milliseconds. `burst`: how many seconds' worth may
 * arrive at once.
 */
export class PeerMeter implements PeerCounters {
  packets = 0;
  bytes = 0;
  badPackets = 0;
  refusedPackets = 0;
  relayedPackets = 0;
  readonly #limits: Required<PeerLimits>;
  // What may still arrive. Not two `TokenBucket` objects: they would make every remote call 2 % slower.
  #packetsLeft = 0;
  #bytesLeft = 0;
  #at = 0;
  readonly #relayedLeft: TokenBucket;
  readonly #relayedBytesLeft: TokenBucket;
  readonly #badLeft: TokenBucket;

  constructor(limits: Required<PeerLimits>, now: number) {
    this.#limits = limits;
    this.#packetsLeft = limits.packetsPerSecond;
    this.#bytesLeft = limits.bytesPerSecond;
    this.#at = now;
    this.#relayedLeft = new TokenBucket(limits.relayedPerSecond, now);
    this.#relayedBytesLeft = new TokenBucket(limits.relayedBytesPerSecond, now);
    this.#badLeft = new TokenBucket(limits.badPackets, now);
  }

  /**
   * Counts a received packet of `size` bytes. Returns a failure when it exceeds a limit. `isForOthers`: it is only relayed.
   */
  count(size: number, isForOthers: boolean, burst: number, now: number): Failure | null {
    const { packetsPerSecond, bytesPerSecond } = this.#limits;
    this.packets++;
    this.bytes += size;
    if (now !== this.#at) {
      const seconds = (now - this.#at) / 1000;
      this.#at = now;
      this.#packetsLeft = Math.min(burst * packetsPerSecond, this.#packetsLeft + seconds * packetsPerSecond);
      this.#bytesLeft = Math.min(burst * bytesPerSecond, this.#bytesLeft + seconds * bytesPerSecond);
    }
    if (!isForOthers) {
      if (this.#packetsLeft < 1) return exceeded('packetsPerSecond', packetsPerSecond);
      this.#packetsLeft--;
    }
    if (this.#bytesLeft < size) return exceeded('bytesPerSecond', bytesPerSecond);
    this.#bytesLeft -= size;
    return null;
  }

  /**
   * Counts a packet of `size` bytes to be relayed to `receivers` peers. Returns a failure when it exceeds a limit. A packet
   * without receivers counts as one.
   */
  countRelayed(receivers: number, size: number, burst: number, now: number): Failure | null {
    const { relayedPerSecond, relayedBytesPerSecond } = this.#limits;
    const packets = receivers > 1 ? receivers : 1;
    if (!this.#relayedLeft.use(packets, relayedPerSecond, burst * relayedPerSecond, now)) {
      return exceeded('relayedPerSecond', relayedPerSecond);
    }
    if (!this.#relayedBytesLeft.use(receivers * size, relayedBytesPerSecond, burst * relayedBytesPerSecond, now)) {
      return exceeded('relayedBytesPerSecond', relayedBytesPerSecond);
    }
    this.relayedPackets += receivers;
    return null;
  }

  /** Counts a bad packet. Returns a failure when it exceeds the limit. */
  countBad(now: number): Failure | null {
    const { badPackets } = this.#limits;
    this.badPackets++;
    return this.#badLeft.use(1, badPackets / FORGIVEN_WITHIN, badPackets, now)
      ? null
      : exceeded('badPackets', badPackets);
  }
}

function exceeded(name: keyof PeerLimits, value: number): Failure {
  return { code: 'TICKPEER_PEER_LIMIT', message: `more than ${name}, ${value}` };
}
