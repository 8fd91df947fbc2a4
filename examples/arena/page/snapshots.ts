import type { Snapshot } from '../wire.js';

/** Snapshots that wait to be shown at most. */
const MOST = 240;
/** Milliseconds that measured times are averaged over. */
const MEMORY = 400;

/**
 * Shows the field as it was a moment ago, between two snapshots, so that movement is smooth although snapshots come one by
 * one and not quite on time. The moment is as long as the network makes it: one interval, and some more for the jitter.
 */
export class Snapshots {
  #snapshots: Snapshot[] = [];
  /** Milliseconds from the server's clock at the sending to ours at the arrival, and how much that varies. */
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

  /** Tells where everybody is to be drawn in a frame at the time `now`, and how fast they go: units per millisecond. */
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
