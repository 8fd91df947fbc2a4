import type { TickTimes } from '../duel/wire.js';
import { Drawing } from './drawing.js';
import { DUE, isOnTime, SPAN } from './steadiness.js';

/** An interval of this many milliseconds is as high as the strip; longer ones are cut. */
const FULL = 160;

/**
 * The ticks of the last five seconds: a bar for each, where it happened, as high as its interval was long. Steady ticks are a low, even comb; a
 * late tick is a gap, and a high bar at its end.
 */
export class TickStrip extends Drawing {
  /** The offset from the lane's clock to the page's: the smallest measured one has the least delay. */
  #offset = Number.POSITIVE_INFINITY;

  clear(): void {
    this.#offset = Number.POSITIVE_INFINITY;
  }

  note({ time }: TickTimes, now: number): void {
    this.#offset = Math.min(this.#offset, now - time);
  }

  draw(ticks: readonly TickTimes[], now: number): void {
    const { context, canvas, colours } = this;
    const { width, height } = canvas;
    context.clearRect(0, 0, width, height);
    const bar = Math.max(1, (width * DUE) / SPAN - devicePixelRatio * 0.7);
    const due = height * (1 - DUE / FULL);
    for (const isLate of [false, true]) {
      context.fillStyle = isLate ? colours.late : colours.in;
      for (const { time, interval } of ticks) {
        if (isLate !== (interval > DUE && !isOnTime(interval))) continue;
        const x = width * (1 - (now - this.#offset - time) / SPAN);
        const high = Math.max(devicePixelRatio, height * Math.min(1, interval / FULL));
        context.fillRect(x - bar, height - high, isLate ? Math.max(bar, 2 * devicePixelRatio) : bar, high);
      }
    }
    context.fillStyle = colours.line;
    context.fillRect(0, Math.round(due), width, Math.max(1, devicePixelRatio / 2));
  }
}
