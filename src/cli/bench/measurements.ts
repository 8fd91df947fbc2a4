import { build, type Histogram } from 'hdr-histogram-js';
import type { Metric } from './assertion.ts';

/** The longest time that is told apart, in microseconds: one hour. */
const LONGEST = 3_600_000_000;

/** The code of connections that were not open when the time was over. */
export const LATE = 'still connecting at the end';

/** Times in milliseconds, as a result has them; null when there are none. */
export interface Times {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Times of any number, in a histogram of three digits. */
export class TimeHistogram {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    highestTrackableValue: LONGEST,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

  /** `milliseconds` from 0 on. */
  add(milliseconds: number): void {
    this.#histogram.recordValue(Math.min(LONGEST, Math.max(0, Math.round(milliseconds * 1000))));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  times(): Times | null {
    if (this.count === 0) return null;
    const max = this.#histogram.maxValue / 1000;
    // The histogram returns the end of a bucket, which may be above the largest time in it.
    const at = (percentile: number): number => Math.min(max, this.#histogram.getValueAtPercentile(percentile) / 1000);
    return {
      count: this.count,
      mean: this.#histogram.mean / 1000,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max,
    };
  }
}

/** What the bots have seen. */
export class Measurements {
  readonly latency: TimeHistogram = new TimeHistogram();
  readonly connecting: TimeHistogram = new TimeHistogram();
  /** How long after it was due each message was sent, or tried for the first time: how late this process was. */
  readonly late: TimeHistogram = new TimeHistogram();
  /** Connections that did not open, by the code of the failure. */
  readonly failed: Map<string, number> = new Map();
  /** Connections that were open and were closed by the other side, or lost. */
  readonly closed: Map<string, number> = new Map();
  sent: number = 0;
  received: number = 0;
  sentBytes: number = 0;
  receivedBytes: number = 0;
  /** Messages that were not echoed. */
  lost: number = 0;
  /** Messages that are no echo. */
  unexpected: number = 0;
  /** Messages that were due and were not sent: the buffer was full until the end. */
  unsent: number = 0;
  /** Seconds from the first connection to the last message. */
  seconds: number = 0;

  count(counts: Map<string, number>, code: string): void {
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  get errors(): number {
    const all = [...this.failed.values(), ...this.closed.values()];
    return all.reduce((sum, count) => sum + count, 0) + this.lost + this.unexpected + this.unsent;
  }

  /** Null when nothing was measured. */
  value(metric: Metric): number | null {
    if (metric === 'errors') return this.errors;
    if (metric === 'connected') return this.connecting.count;
    if (metric === 'rate') return this.perSecond(this.sent);
    if (metric === 'late') return this.late.times()?.p99 ?? null;
    const times = this.latency.times();
    return times === null ? null : times[metric === 'p99.9' ? 'p999' : metric];
  }

  perSecond(count: number): number {
    return this.seconds === 0 ? 0 : count / this.seconds;
  }
}
