/** The conditions of one direction of a link. The defaults make a perfect line. */
export interface Conditions {
  /** Milliseconds from one end to the other. Default: 0, the next turn of the event loop. */
  readonly latency?: number;
  /** A random delay of up to this many milliseconds more. The order stays, as with TCP. Default: 0. */
  readonly jitter?: number;
  /** Bytes per second. Default: `Infinity`. */
  readonly bandwidth?: number;
  /**
   * Bytes that the direction holds: both kernels' buffers and the wire. Further written bytes count as unsent
   * (`getUnsentBytes`) until the reader has taken some. At least 1. Default: 65,536.
   */
  readonly capacity?: number;
  /** Bytes per chunk for the reader: at most this many, or a random number from the first to the second. Default: 65,536. */
  readonly chunkSize?: number | readonly [least: number, most: number];
  /** The share of segments that are lost, 0 to 1. TCP sends them again: they and all behind them are late. Default: 0. */
  readonly loss?: number;
  /** Milliseconds until a lost segment is sent again. Default: 200. */
  readonly retransmissionDelay?: number;
}

/** With the defaults, and checked. */
export type CompleteConditions = Required<Conditions>;

export const PERFECT: CompleteConditions = {
  latency: 0,
  jitter: 0,
  bandwidth: Number.POSITIVE_INFINITY,
  capacity: 65_536,
  chunkSize: 65_536,
  loss: 0,
  retransmissionDelay: 200,
};

/** `base` with `changes`. Throws for an invalid value. */
export function changeConditions(base: CompleteConditions, changes: Conditions): CompleteConditions {
  const { latency, jitter, bandwidth, capacity, chunkSize, loss, retransmissionDelay } = changes;
  const changed: CompleteConditions = {
    latency: latency ?? base.latency,
    jitter: jitter ?? base.jitter,
    bandwidth: bandwidth ?? base.bandwidth,
    capacity: capacity ?? base.capacity,
    chunkSize: chunkSize ?? base.chunkSize,
    loss: loss ?? base.loss,
    retransmissionDelay: retransmissionDelay ?? base.retransmissionDelay,
  };
  const [least, most] = chunkRange(changed);
  requirePossible('latency', changed.latency, changed.latency >= 0 && changed.latency < Number.POSITIVE_INFINITY);
  requirePossible('jitter', changed.jitter, changed.jitter >= 0 && changed.jitter < Number.POSITIVE_INFINITY);
  requirePossible('bandwidth', changed.bandwidth, changed.bandwidth > 0);
  requirePossible('capacity', changed.capacity, changed.capacity >= 1);
  requirePossible('chunkSize', changed.chunkSize, least >= 1 && most >= least);
  requirePossible('loss', changed.loss, changed.loss >= 0 && changed.loss <= 1);
  const { retransmissionDelay: again } = changed;
  requirePossible('retransmissionDelay', again, again >= 0 && again < Number.POSITIVE_INFINITY);
  return changed;
}

/** The smallest and the largest size of a chunk. */
export function chunkRange({ chunkSize }: CompleteConditions): readonly [number, number] {
  return typeof chunkSize === 'number' ? [chunkSize, chunkSize] : chunkSize;
}

function requirePossible(name: string, value: unknown, isPossible: boolean): void {
  if (!isPossible) throw new RangeError(`${name} cannot be ${value}`);
}
