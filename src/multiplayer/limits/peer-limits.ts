/**
 * What one client may do on a server before it is disconnected; each with a default. All of them recover with time, and the
 * time in which the server itself did not poll is credited: what was sent meanwhile arrives all at once.
 */
export interface PeerLimits {
  /**
   * Packets a second; as many may come at once. Those that are only passed on to other clients count for `relayedPerSecond`
   * instead. Default: 2000.
   */
  readonly packetsPerSecond?: number;
  /** Bytes a second, those to be passed on included; as many may come at once. Default: 4 MiB. */
  readonly bytesPerSecond?: number;
  /**
   * Packets a second that are passed on for it to other clients, counted for each receiver: one to everybody among 16 counts 15
   * times. As many may come at once. Default: 20000.
   */
  readonly relayedPerSecond?: number;
  /** Bytes a second that are passed on for it, counted for each receiver; as many may come at once. Default: 32 MiB. */
  readonly relayedBytesPerSecond?: number;
  /**
   * Packets that no engine sends (`TICKPEER_BAD_PACKET`), at once; they are forgiven evenly over a minute. Unknown nodes,
   * arguments that do not fit and other differences between two programs do not count. Default: 64.
   */
  readonly badPackets?: number;
  /**
   * Nodes whose number is remembered (SIMPLIFY_PATH). Further ones are not confirmed, so that the other side goes on sending
   * their paths; no peer is disconnected for it. Default: 4096.
   */
  readonly cacheEntries?: number;
  /** Bytes of a node's path; a longer one is that of no node. Default: 1024. */
  readonly pathLength?: number;
  /** Whether a peer beyond a limit is disconnected, or only told of by `peerMisbehaved`. Default: true. */
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
