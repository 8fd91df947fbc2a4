import type { Snapshot } from '../wire.js';

/** The most snapshots that wait to be shown. */
const MOST = 240;
/** Measured times are averaged over this many milliseconds. */
const MEMORY = 400;

/**
 * Shows the field as it was a moment ago, between two snapshots. So movement is smooth although snapshots arrive
 * singly and not exactly on time. The delay is one interval, and some more for the jitter.
 */
export class Snapshots {
  #snapshots: Snapshot[] = [];
  /** Milliseconds from the server's clock at sending to the page's clock at arrival, and how much that varies. */
  #transit = 0;
  #deviation = 0;
  #interval = 0;
  /** Where in the earlier snapshot each id is. */
  readonly #places = new Uint16Array(65_536);
  #placesOf: Snapshot | null = null;

  clear(): void {
    this.#snapshots = [];
  }

  push(snapshot: Snapshot, now: number): void {
    const transit = now - snapshot.time;
    const last = this.#snapshots.at(-1);
    if (last === undefined) {
      this.#transit = transit;
      this.#deviation = this.#interval = 0;
    } else {
      const interval = snapshot.time - last.time;
      const share = Math.min(0.5, interval / MEMORY);
      this.#interval += share * (interval - this.#interval);
      this.#transit += share * (transit - this.#transit);
      this.#deviation += share * (Math.abs(transit - this.#transit) - this.#deviation);
    }
    this.#snapshots.push(snapshot);
    if (this.#snapshots.length > MOST) this.#snapshots.shift();
  }

  /** The positions of all dots in a frame at the time `now`, and their speeds in units per millisecond. */
  show(now: number, draw: (id: number, x: number, y: number, speedX: number, speedY: number) => void): void {
    const time = now - this.#transit - this.#interval - 2 * this.#deviation;
    while (this.#snapshots.length > 2 && this.#snapshots[1]!.time <= time) this.#snapshots.shift();
    const [before, after = before] = this.#snapshots;
    if (before === undefined || after === undefined) return;
    const length = after.time - before.time;
    const share = length > 0 ? Math.min(1, Math.max(0, (time - before.time) / length)) : 1;
    this.#notePlaces(before);
    for (let index = 0; index < after.count; index++) {
      const id = after.id(index);
      const x = after.x(index);
      const y = after.y(index);
      const place = this.#places[id]!;
      if (length > 0 && place < before.count && before.id(place) === id) {
        const fromX = before.x(place);
        const fromY = before.y(place);
        const wayX = x - fromX;
        const wayY = y - fromY;
        draw(id, fromX + share * wayX, fromY + share * wayY, wayX / length, wayY / length);
      } else {
        draw(id, x, y, 0, 0);
      }
    }
  }

  #notePlaces(snapshot: Snapshot): void {
    if (this.#placesOf === snapshot) return;
    this.#placesOf = snapshot;
    for (let index = 0; index < snapshot.count; index++) this.#places[snapshot.id(index)] = index;
  }
}
