// The duel's figures for a lane: from the lane's measured ticks, and from the page's own echoes.
import { TICK_RATE, type TickTimes } from '../duel/wire.js';

/** The measured window in milliseconds. */
export const SPAN = 5000;
/** The intended interval of ticks in milliseconds. */
export const DUE = 1000 / TICK_RATE;
/** A tick is on time when its interval differs by no more than this share. */
const TOLERANCE = 0.25;

export function isOnTime(interval: number): boolean {
  return Math.abs(interval - DUE) <= DUE * TOLERANCE;
}

/** The ticks of the last five seconds of a lane's clock. */
export class TickWindow {
  readonly #ticks: TickTimes[] = [];

  add({ time, interval, input, handled }: TickTimes): void {
    this.#ticks.push({ time, interval, input, handled });
    while ((this.#ticks[0]?.time ?? time) <= time - SPAN) this.#ticks.shift();
  }

  clear(): void {
    this.#ticks.length = 0;
  }

  get ticks(): readonly TickTimes[] {
    return this.#ticks;
  }

  /** The longest interval between two ticks in milliseconds; null before the first. */
  get longest(): number | null {
    return this.#ticks.length === 0 ? null : Math.max(...this.#ticks.map(({ interval }) => interval));
  }

  /** The longest time in an interval that was spent on input, in milliseconds; null before the first. */
  get mostInput(): number | null {
    return this.#ticks.length === 0 ? null : Math.max(...this.#ticks.map(({ input }) => input));
  }

  /** Ticks on time as a share of those that were due, 0 to 1. Ticks that make up for late ones are not on time. */
  get onTime(): number | null {
    const covered = this.#covered;
    if (covered === 0) return null;
    const onTime = this.#ticks.filter(({ interval }) => isOnTime(interval)).length;
    return Math.min(1, onTime / Math.max(1, Math.round(covered / DUE)));
  }

  /** Inputs that were handled, per second. */
  get handled(): number | null {
    const covered = this.#covered;
    if (covered === 0) return null;
    return (this.#ticks.reduce((sum, { handled }) => sum + handled, 0) / covered) * 1000;
  }

  /** Milliseconds that the window's intervals add up to. */
  get #covered(): number {
    return this.#ticks.reduce((sum, { interval }) => sum + interval, 0);
  }
}

/** The times until this page's own inputs were applied and echoed, in the last five seconds. */
export class EchoWindow {
  readonly #echoes: { readonly at: number; readonly roundTrip: number }[] = [];

  add(at: number, roundTrip: number): void {
    this.#echoes.push({ at, roundTrip });
  }

  clear(): void {
    this.#echoes.length = 0;
  }

  /** The 95th percentile in milliseconds; null without recent inputs. */
  slowest(now: number): number | null {
    while ((this.#echoes[0]?.at ?? now) <= now - SPAN) this.#echoes.shift();
    return percentile(
      this.#echoes.map(({ roundTrip }) => roundTrip),
      0.95,
    );
  }
}

/** The given quantile of the values; null for an empty list. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
