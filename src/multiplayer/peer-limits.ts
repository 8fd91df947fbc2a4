import type { Failure } from '../failure.ts';

/** What one peer may do before it counts as misbehaving; each with a default. */
export interface PeerLimits {
  /** Packets a second, those to be relayed included; as many may come at once. Default: 2000. */
  readonly packetsPerSecond?: number;
  /** Bytes a second; as many may come at once. Default: 4 MiB. */
  readonly bytesPerSecond?: number;
  /** Packets that could not be understood or were not allowed, since it came. Default: 64. */
  readonly badPackets?: number;
  /** Nodes it may number (SIMPLIFY_PATH). Default: 4096. */
  readonly cacheEntries?: number;
  /** Bytes of a node's path. Default: 1024. */
  readonly pathLength?: number;
  /** Whether a peer beyond a limit is disconnected, or only told of by `peerMisbehaved`. Default: true. */
  readonly disconnect?: boolean;
}

const DEFAULT_LIMITS: Required<PeerLimits> = {
  packetsPerSecond: 2000,
  bytesPerSecond: 4 * 1024 * 1024,
  badPackets: 64,
  cacheEntries: 4096,
  pathLength: 1024,
  disconnect: true,
};

/** What one peer has sent so far: `SceneMultiplayer.getPeerStatistics`. */
export interface PeerStatistics {
  readonly packets: number;
  readonly bytes: number;
  readonly badPackets: number;
}

export function checkLimits(limits: PeerLimits): Required<PeerLimits> {
  const checked = { ...DEFAULT_LIMITS, ...limits };
  for (const [name, value] of Object.entries(checked)) {
    if (typeof value === 'number' ? !(value >= 1) : typeof value !== 'boolean') {
      throw new RangeError(`limits.${name} cannot be ${value}`);
    }
  }
  return checked;
}

/** Counts what one peer sends, against its limits. */
export class PeerMeter implements PeerStatistics {
  packets = 0;
  bytes = 0;
  badPackets = 0;
  // Numbers from the beginning: in a field that was undefined once, V8 makes an object of every fraction.
  /** What may still come, growing with time up to a second's worth. */
  #packetsLeft = 0;
  #bytesLeft = 0;
  #at = 0;

  constructor(limits: Required<PeerLimits>, now: number) {
    this.#packetsLeft = limits.packetsPerSecond;
    this.#bytesLeft = limits.bytesPerSecond;
    this.#at = now;
  }

  /** A packet of `size` bytes has come at `now` (milliseconds); a failure when that is too much. */
  count(size: number, limits: Required<PeerLimits>, now: number): Failure | null {
    const seconds = (now - this.#at) / 1000;
    const { packetsPerSecond, bytesPerSecond } = limits;
    this.#at = now;
    this.packets++;
    this.bytes += size;
    this.#packetsLeft = Math.min(packetsPerSecond, this.#packetsLeft + seconds * packetsPerSecond) - 1;
    this.#bytesLeft = Math.min(bytesPerSecond, this.#bytesLeft + seconds * bytesPerSecond) - size;
    if (this.#packetsLeft < 0) {
      return { code: 'TICKPEER_PEER_LIMIT', message: `more than packetsPerSecond, ${packetsPerSecond}` };
    }
    if (this.#bytesLeft < 0) {
      return { code: 'TICKPEER_PEER_LIMIT', message: `more than bytesPerSecond, ${bytesPerSecond}` };
    }
    return null;
  }

  /** A bad packet; a failure when that was one too many. */
  countBad({ badPackets }: Required<PeerLimits>): Failure | null {
    this.badPackets++;
    if (this.badPackets <= badPackets) return null;
    return { code: 'TICKPEER_PEER_LIMIT', message: `more than badPackets, ${badPackets}` };
  }
}
