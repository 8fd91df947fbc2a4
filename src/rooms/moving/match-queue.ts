import type { Failure } from '../../failure.ts';
import { Signal } from '../../multiplayer/index.ts';
import type { Room } from '../room/room.ts';
import type { CheckedKind } from '../room/room-kind.ts';

/** After a match could not be made, it is tried again this much later. Milliseconds. */
const NEXT_TRY = 1000;

/** A player that waits for a match. */
interface Waiting {
  readonly id: number;
  readonly since: number;
}

/** Players that wait for the same kind of match, those that have waited longest first. */
interface Group {
  readonly kind: CheckedKind;
  readonly name: string;
  readonly waiting: Map<number, Waiting>;
  notBefore: number;
}

/** What the queue asks its `Rooms` to do. */
export interface QueueHost {
  readonly mostWaiting: number;
  now(): number;
  kindOf(name: string): CheckedKind;
  /** Whether `id` is in a room. */
  isPlayer(id: number): boolean;
  /** Whether the connection of `id`, who is in a room, has not ended. */
  isConnected(id: number): boolean;
  /** Makes the room of a match; null when none can be made now. */
  open(kind: string, group: string): Room | null;
  /** Moves a player. Returns whether it stays where it is, and could be in another match. */
  move(id: number, room: Room): boolean;
}

/**
 * The players that wait for a match, for example in a lobby. As soon as there are enough of them (`MatchRules`), a room is made, and
 * they are moved there.
 */
export class MatchQueue {
  /** A room was made for players of the queue, who are moved there next. What they are sent here comes before. */
  readonly matched: Signal<[room: Room, ids: readonly number[], group: string]> = new Signal();
  readonly #host: QueueHost;
  readonly #groups = new Map<string, Group>();
  readonly #groupOf = new Map<number, Group>();

  /** @internal */
  constructor(host: QueueHost) {
    this.#host = host;
  }

  /** How many players wait. */
  get size(): number {
    return this.#groupOf.size;
  }

  has(id: number): boolean {
    return this.#groupOf.has(id);
  }

  /** How many players wait for a match of a kind and group. */
  waiting(kind: string, group: string = ''): number {
    return this.#groups.get(keyOf(kind, group))?.waiting.size ?? 0;
  }

  /**
   * Player `id` waits for a match. Only players with the same `group` are matched with each other: a mode, a map, a range of skill.
   * Whoever leaves its room no longer waits.
   *
   * Returns null, or why it does not wait: `TICKPEER_UNKNOWN_PEER`, it is in no room; `TICKPEER_ALREADY_IN_USE`, it waits already;
   * `TICKPEER_ROOM_LIMIT`, too many wait. Throws `TypeError` for an unknown kind.
   */
  join(id: number, kind: string, group: string = ''): Failure | null {
    const checked = this.#host.kindOf(kind);
    const { mostWaiting } = this.#host;
    if (this.#groupOf.has(id)) return { code: 'TICKPEER_ALREADY_IN_USE', message: `${id} waits for a match already` };
    if (!this.#host.isPlayer(id)) return { code: 'TICKPEER_UNKNOWN_PEER', message: `${id} is in no room` };
    if (this.size >= mostWaiting) {
      return { code: 'TICKPEER_ROOM_LIMIT', message: `limits.waitingPlayers, ${mostWaiting}, wait for a match` };
    }
    const key = keyOf(kind, group);
    const entry = this.#groups.get(key) ?? { kind: checked, name: group, waiting: new Map(), notBefore: 0 };
    this.#groups.set(key, entry);
    entry.waiting.set(id, { id, since: this.#host.now() });
    this.#groupOf.set(id, entry);
    return null;
  }

  /** Player `id` no longer waits. Returns whether it did. */
  leave(id: number): boolean {
    const group = this.#groupOf.get(id);
    if (group === undefined) return false;
    this.#groupOf.delete(id);
    group.waiting.delete(id);
    if (group.waiting.size === 0) this.#groups.delete(keyOf(group.kind.name, group.name));
    return true;
  }

  /** Makes the matches for which there are enough players. @internal */
  process(now: number): void {
    for (const group of this.#groups.values()) {
      while (now >= group.notBefore && this.#isReady(group, now)) this.#make(group, now);
    }
  }

  #isReady({ kind, waiting }: Group, now: number): boolean {
    const { players, leastPlayers, patience } = kind.match;
    if (waiting.size >= players) return true;
    const [first] = waiting.values();
    return first !== undefined && waiting.size >= leastPlayers && now - first.since >= patience * 1000;
  }

  #make(group: Group, now: number): void {
    const { kind, name, waiting } = group;
    const first: Waiting[] = [];
    for (const one of waiting.values()) {
      if (first.length === kind.match.players) break;
      if (this.#host.isConnected(one.id)) first.push(one);
      else this.leave(one.id); // its room has not noticed it yet
    }
    if (!this.#isReady(group, now)) return;
    group.notBefore = now + NEXT_TRY; // should it fail
    const room = this.#host.open(kind.name, name);
    if (room === null) return;
    // Without those for whom a handler has ended the waiting.
    const chosen = first.filter(({ id }) => this.leave(id));
    const ids = chosen.map(({ id }) => id);
    try {
      this.matched.emit(room, ids, name);
    } finally {
      const left = chosen.filter(({ id }) => this.#host.move(id, room) && !this.has(id));
      // A handler has filled or closed the room.
      if (left.length === 0) group.notBefore = 0;
      else this.#putBack(kind, name, left, now + NEXT_TRY);
    }
  }

  /** Players for whom there was no place wait again, before those who came later. */
  #putBack(kind: CheckedKind, name: string, left: readonly Waiting[], notBefore: number): void {
    const key = keyOf(kind.name, name);
    const others = this.#groups.get(key)?.waiting.values() ?? [];
    const waiting = new Map([...left, ...others].map((one) => [one.id, one]));
    const group: Group = { kind, name, waiting, notBefore };
    this.#groups.delete(key);
    this.#groups.set(key, group);
    for (const id of waiting.keys()) this.#groupOf.set(id, group);
  }
}

function keyOf(kind: string, group: string): string {
  return `${kind}\0${group}`;
}
