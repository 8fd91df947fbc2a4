/**
 * How a server recognizes clients whose game does not run, such as a hidden browser tab, and what it keeps for them
 * (docs/sleeping-tabs.md). The defaults are for the engine's.
 */
export interface SleepOptions {
  /**
   * Seconds after which a client is asleep that has sent nothing and has handled nothing of what it was sent. After half of them it is asked
   * for a confirmation, which the engine sends with its next frame. At least 0.2. Default: 2.
   */
  readonly after?: number;
  /**
   * Packets that wait here for one client. When there would be more, a call returns `ERR_OUT_OF_MEMORY`, and a client is disconnected (4413)
   * that sleeps, or that would lose a packet of another client. Default: 16384.
   */
  readonly packets?: number;
  /** Bytes that wait here for one client, likewise. Default: 4 MiB. */
  readonly bytes?: number;
  /**
   * `inbound_buffer_size` of the clients, bytes. Up to 7/8 of it is sent to a client before it has confirmed anything. Raise it
   * when the game does. At least 1024. Default: 65535.
   */
  readonly inboundBufferSize?: number;
  /** `max_queued_packets` of the clients, likewise. At least 16. Default: 2048, as in the engine before 4.4. */
  readonly maxQueuedPackets?: number;
}

/** The close code of a client for which more waited than the bounds allow (docs/sleeping-tabs.md). */
export const OVERSLEPT_CLOSE_CODE = 4413;

const DEFAULTS: Required<SleepOptions> = {
  after: 2,
  packets: 16_384,
  bytes: 4 * 1024 * 1024,
  inboundBufferSize: 65_535,
  maxQueuedPackets: 2048,
};

const LEAST: Required<SleepOptions> = {
  after: 0.2,
  packets: 1,
  bytes: 1,
  inboundBufferSize: 1024,
  maxQueuedPackets: 16,
};

/** The options with their defaults; null for `false`. Throws `RangeError` for a value that is out of range. */
export function checkSleep(options: SleepOptions | false = {}): Required<SleepOptions> | null {
  if (options === false) return null;
  const checked = { ...DEFAULTS, ...options };
  for (const [name, least] of Object.entries(LEAST)) {
    const value = checked[name as keyof SleepOptions];
    if (!(value >= least)) throw new RangeError(`sleep.${name} is at least ${least}, not ${value}`);
  }
  return checked;
}
