/**
 * What one client of a server may send before it is disconnected. Every limit has a default. The limits on rates and on bad
 * packets recover over time. Time in which the server itself did not poll is credited, because everything sent in that time
 * arrives at once.
 */
export interface PeerLimits {
  /**
   * Packets per second; the same number may arrive at once. Packets that are only relayed to other clients count for
   * `relayedPerSecond` instead. Default: 2000.
   */
  readonly packetsPerSecond?: number;
  /** Bytes per second, including those to be relayed; the same number may arrive at once. Default: 4 MiB. */
  readonly bytesPerSecond?: number;
  /**
   * Packets per second that are relayed for it to other clients, counted for each receiver: among 16 clients, a packet to
   * all others counts 15 times. The same number may arrive at once. Default: 20000.
   */
  readonly relayedPerSecond?: number;
  /** Bytes per second that are relayed for it, counted per receiver; the same number may arrive at once. Default: 32 MiB. */
  readonly relayedBytesPerSecond?: number;
  /**
   * Packets that no engine sends (`TICKPEER_BAD_PACKET`), at once. The allowance refills evenly within a minute. Unknown
   * nodes, arguments that do not match and other differences between two programs do not count. Default: 64.
   */
  readonly badPackets?: number;
  /**
   * Nodes whose number is stored (SIMPLIFY_PATH). Further nodes are not confirmed, so that the other side keeps sending
   * their paths; no peer is disconnected for it. Default: 4096.
   */
  readonly cacheEntries?: number;
  /** Bytes of a node's path. A longer path matches no node. Default: 1024. */
  readonly pathLength?: number;
  /**
   * Nodes that it has spawned here and not despawned, where it is the authority of a spawner. Further ones are refused; no peer is
   * disconnected for it. On a client, this limit applies to other clients, and not to the server. Default: 4096.
   */
  readonly spawnedNodes?: number;
  /**
   * Whether a peer that exceeds a limit is disconnected. Otherwise it is only reported by `peerMisbehaved`. Default: true.
   */
  readonly disconnect?: boolean;
}

const DEFAULT_LIMITS: Required<PeerLimits> = {
  packetsPerSecond: 2000,
  bytesPerSecond: 4 * 1024 * 1024,
  relayedPerSecond: 20_000,
  relayedBytesPerSecond: 32 * 1024 * 1024,
  badPackets: 64,
  cacheEntries: 4096,
  pathLength: 1024,
  spawnedNodes: 4096,
  disconnect: true,
};

export function checkLimits(limits: PeerLimits): Required<PeerLimits> {
  const checked = { ...DEFAULT_LIMITS, ...limits };
  for (const [name, value] of Object.entries(checked)) {
    if (typeof value === 'number' ? !(value >= 1) : typeof value !== 'boolean') {
      throw new RangeError(`limits.${name} cannot be ${value}`);
    }
  }
  return checked;
}
