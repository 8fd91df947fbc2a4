import type { RoomInside } from './room/room-inside.ts';
import type { CheckedKind } from './room/room-kind.ts';

/** The open rooms: by code, by kind, those with players, and those without, which cost a poll nothing. */
export class RoomTable {
  readonly byCode: Map<string, RoomInside> = new Map();
  /** Those with a connection, and when each ticks next: side by side, because every poll looks at all these times. */
  readonly #active: RoomInside[] = [];
  #due = new Float64Array(64);
  readonly #byKind = new Map<string, Set<RoomInside>>();
  /** By kind: when those without a connection close. They have the same time, so that the first is the next. */
  readonly #idle = new Map<CheckedKind, Map<RoomInside, number>>();

  constructor(kinds: readonly CheckedKind[]) {
    for (const kind of kinds) {
      this.#byKind.set(kind.name, new Set());
      this.#idle.set(kind, new Map());
    }
  }

  get size(): number {
    return this.byCode.size;
  }

  ofKind(name: string): ReadonlySet<RoomInside> | undefined {
    return this.#byKind.get(name);
  }

  add(inside: RoomInside, now: number): void {
    this.byCode.set(inside.room.code, inside);
    this.#byKind.get(inside.kind.name)?.add(inside);
    this.rest(inside, now);
  }

  remove(inside: RoomInside): void {
    this.byCode.delete(inside.room.code);
    this.#byKind.get(inside.kind.name)?.delete(inside);
    this.#idle.get(inside.kind)?.delete(inside);
    this.#deactivate(inside);
  }

  /** A connection enters. */
  wake(inside: RoomInside): void {
    if (inside.slot >= 0) return;
    this.#idle.get(inside.kind)?.delete(inside);
    inside.wake();
    inside.slot = this.#active.length;
    this.#active.push(inside);
    if (this.#active.length > this.#due.length) {
      const longer = new Float64Array(2 * this.#due.length);
      longer.set(this.#due);
      this.#due = longer;
    }
    this.#due[inside.slot] = inside.nextTick;
  }

  /** Calls `tick` with each room whose tick is due. Rooms may come and go meanwhile. */
  tickDue(now: number, tick: (inside: RoomInside) => void): void {
    // Backwards: where a room leaves, the last one takes its index.
    for (let at = this.#active.length - 1; at >= 0; at--) {
      const inside = this.#active[at];
      if (inside === undefined || this.#due[at]! > now) continue;
      tick(inside);
      if (inside.slot >= 0) this.#due[inside.slot] = inside.nextTick;
    }
  }

  /** The last connection has left. */
  rest(inside: RoomInside, now: number): void {
    this.#deactivate(inside);
    const { kind } = inside;
    if (kind.idleTime !== Number.POSITIVE_INFINITY) this.#idle.get(kind)?.set(inside, now + kind.idleTime * 1000);
  }

  #deactivate(inside: RoomInside): void {
    const { slot } = inside;
    if (slot < 0) return;
    inside.slot = -1;
    const last = this.#active.pop()!;
    if (last === inside) return;
    this.#active[slot] = last;
    this.#due[slot] = this.#due[last.slot]!;
    last.slot = slot;
  }

  /** The rooms that have been without a connection for too long. */
  overdue(now: number): RoomInside[] {
    const found: RoomInside[] = [];
    for (const idle of this.#idle.values()) {
      for (const [inside, time] of idle) {
        if (now < time) break;
        // A player is on the way.
        if (inside.gate.arriving.size === 0) found.push(inside);
      }
    }
    return found;
  }
}
