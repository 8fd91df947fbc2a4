import type { SceneInspection } from '../../multiplayer/index.ts';
import type { TrafficState } from '../feed/messages.ts';
import { Traffic } from './traffic.ts';

/** Multiplayers whose rows are kept after the last page has stopped looking at them. */
const MOST_KEPT = 4;

/** The traffic of the multiplayers that pages look at. Nothing is counted of others. */
export class TrafficBook {
  /** Those that were looked at last are at the end. */
  readonly #traffics = new Map<SceneInspection, Traffic>();

  /** Counts the packets of these multiplayers from now on, and of no other. */
  watch(watched: ReadonlySet<SceneInspection>): void {
    for (const [inspection, traffic] of this.#traffics) if (!watched.has(inspection)) traffic.stop();
    for (const inspection of watched) {
      const traffic = this.#traffics.get(inspection) ?? new Traffic(inspection);
      this.#traffics.delete(inspection);
      this.#traffics.set(inspection, traffic);
      traffic.start();
    }
    for (const inspection of this.#traffics.keys()) {
      if (this.#traffics.size <= Math.max(MOST_KEPT, watched.size)) break;
      this.#traffics.delete(inspection);
    }
  }

  /** An interval of so many seconds is over. */
  advance(seconds: number): void {
    for (const traffic of this.#traffics.values()) traffic.advance(seconds);
  }

  /** Null for a multiplayer at which no page has looked. */
  stateOf(inspection: SceneInspection): TrafficState | null {
    return this.#traffics.get(inspection)?.state ?? null;
  }
}
