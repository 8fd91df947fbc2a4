import type { Room, Rooms } from '../rooms/index.ts';
import type { OwnRooms } from './directory/own-rooms.ts';
import type { RoomSummary } from './directory/room-record.ts';
import { checkMetadata } from './room-metadata.ts';

/** Every open room is compared with its record once in so many milliseconds. */
const ROUND = 1000;

/** Keeps the records of the rooms of this process: opened, changed, closed. */
export class RoomWatch {
  readonly #rooms: Rooms;
  readonly #own: () => OwnRooms | null;
  /** The codes of rooms that have closed and may still be saved, with the codes that they belong to: those of one lease. */
  readonly #closing = new Map<string, OwnRooms>();
  /** The rooms that are still to be compared in this round. */
  #round: Room[] = [];
  #roundStart = 0;
  #roundSize = 0;
  readonly #onFault: (error: unknown) => void;
  /** Those whose metadata cannot be told, which was reported. */
  readonly #reported = new WeakSet<Room>();

  /** `onFault` gets why the metadata of a room cannot be told to the others, once for each room. */
  constructor(rooms: Rooms, own: () => OwnRooms | null, onFault: (error: unknown) => void) {
    this.#onFault = onFault;
    this.#rooms = rooms;
    this.#own = own;
    rooms.roomCreated.connect((room) => own()?.set(room.code, 'open', this.#summaryOf(room)));
    rooms.roomClosed.connect((room) => {
      const codes = own();
      // A room that was handed over has no record here any more.
      if (codes?.recordOf(room.code)?.state !== 'open') return;
      codes.set(room.code, 'closing', this.#summaryOf(room));
      this.#closing.set(room.code, codes);
    });
  }

  /** Whether rooms that have closed may still be saved. */
  get isClosing(): boolean {
    return this.#closing.size > 0;
  }

  poll(now: number): void {
    this.#compare(now);
    this.#releaseClosed();
  }

  /** The lease has ended: nothing is given back. */
  forget(): void {
    this.#closing.clear();
  }

  #compare(now: number): void {
    if (this.#round.length === 0 && now - this.#roundStart >= ROUND) {
      this.#round = this.#rooms.getRooms();
      this.#roundStart = now;
      this.#roundSize = this.#round.length;
    }
    const left = this.#roundSize * Math.max(0, 1 - (now - this.#roundStart) / ROUND);
    const own = this.#own();
    while (this.#round.length > left) {
      const room = this.#round.pop();
      if (room !== undefined && !room.isClosed) own?.set(room.code, 'open', this.#summaryOf(room));
    }
  }

  /** A record that cannot be written would hide the room: it has no metadata instead. */
  #summaryOf(room: Room): RoomSummary {
    const { kind, capacity, taken, isLocked, isListed } = room;
    let { metadata } = room;
    try {
      checkMetadata(metadata);
    } catch (cause) {
      metadata = {};
      if (!this.#reported.has(room)) {
        this.#reported.add(room);
        this.#onFault(new Error(`the other processes do not get the metadata of the room ${room.code}`, { cause }));
      }
    }
    return { kind, capacity, taken, isLocked, isListed, metadata };
  }

  /** Gives back the codes of closed rooms of which nothing is on the way to the store. */
  #releaseClosed(): void {
    for (const [code, codes] of this.#closing) {
      if (this.#rooms.isSaving(code)) continue;
      this.#closing.delete(code);
      codes.release(code);
    }
  }
}
