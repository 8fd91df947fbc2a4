import type { Connection } from '../room/connection.ts';
import type { RoomInside } from '../room/room-inside.ts';

/** What a goodbye asks its `Rooms` to do. */
export interface GoodbyeHost {
  /** Closes a room. Returns the connections that are to be closed. */
  closeRoom(inside: RoomInside): readonly Connection[];
  closeConnection(connection: Connection): void;
}

/**
 * Closes rooms one after another, those with few players first, and the connections of each room one after another, so that all
 * connections end evenly spread over a time and do not come back at once.
 */
export class Goodbye {
  isOver = false;
  readonly #host: GoodbyeHost;
  readonly #end: number;
  /** Those that are open, the next one last. */
  readonly #rooms: RoomInside[];
  /** Connections of rooms that have closed, the next one last. */
  #leaving: Connection[] = [];
  #last: number;
  /** Connections that are to be closed now, and a fraction. */
  #due = 0;

  /** `over`: milliseconds. `previous`: one whose place it takes. */
  constructor(rooms: Iterable<RoomInside>, over: number, now: number, previous: Goodbye | null, host: GoodbyeHost) {
    this.#host = host;
    this.#last = now;
    this.#end = now + over;
    this.#rooms = [...rooms].sort((a, b) => a.gate.taken - b.gate.taken).reverse();
    if (previous !== null) this.#leaving = previous.#leaving;
  }

  /** Closes what is due. */
  progress(now: number): void {
    const size = this.#size;
    if (now >= this.#end || size === 0) {
      this.#closeAll();
      return;
    }
    this.#due += (size * (now - this.#last)) / (this.#end - this.#last);
    this.#last = now;
    for (; this.#due >= 1; this.#due--) {
      while (this.#leaving.length === 0 && this.#rooms.length > 0) this.#closeRoom();
      const connection = this.#leaving.pop();
      if (connection !== undefined) this.#host.closeConnection(connection);
    }
  }

  /** How many connections are left. */
  get #size(): number {
    let size = this.#leaving.length;
    for (const { gate } of this.#rooms) size += gate.taken;
    return size;
  }

  #closeAll(): void {
    this.isOver = true;
    while (this.#rooms.length > 0) this.#closeRoom();
    for (const connection of this.#leaving) this.#host.closeConnection(connection);
    this.#leaving = [];
  }

  #closeRoom(): void {
    const inside = this.#rooms.pop();
    if (inside !== undefined && !inside.isClosing) this.#leaving.push(...this.#host.closeRoom(inside));
  }
}
