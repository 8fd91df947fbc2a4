import type { RoomInside } from './room/room-inside.ts';
import type { CheckedKind } from './room/room-kind.ts';

/** The open rooms: by code, by kind, those with players, and those without, which cost a poll nothing. */
export class RoomTable {
  readonly byCode: Map<string, RoomInside> = new Map();
  /** Those with a connection. */
  readonly active: Set<RoomInside> = new Set();
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
    this.active.delete(inside);
  }

  /** A connection enters. */
  wake(inside: RoomInside): void {
    if (this.active.has(inside)) return;
    this.active.add(inside);
    this.#idle.get(inside.kind)?.delete(inside);
    inside.wake();
  }

  /** The last connection has left. */
  rest(inside: RoomInside, now: number): void {
    this.active.delete(inside);
    const { kind } = inside;
    if (kind.idleTime !== Number.POSITIVE_INFINITY) this.#idle.get(kind)?.set(inside, now + kind.idleTime * 1000);
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
