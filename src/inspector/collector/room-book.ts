import type { Room, Rooms } from '../../rooms/index.ts';
import type { RoomOrder, RoomRow, RoomsState } from '../feed/messages.ts';
import type { PeerBook, PeerTotals } from './peer-book.ts';
import { RoomTicks, type TickFigures } from './room-ticks.ts';
import { hundredths } from './rounding.ts';
import { shown } from './shown-text.ts';
import type { WatchedRooms } from './watched-rooms.ts';

/** Which rooms a page shows. */
export interface RoomQuery {
  readonly roomOrder: RoomOrder;
  readonly isRoomsDescending: boolean;
  readonly roomSearch: string;
}

/** Rows for a page. */
const MOST_ROWS = 100;
const NO_TICKS: ReadonlyMap<Room, TickFigures> = new Map();

/** The rooms of a target, with the figures of the last interval. */
export class RoomBook {
  readonly #watched: WatchedRooms;
  readonly #peers: PeerBook;
  readonly #ticks: RoomTicks;
  #seconds = 1;
  #lastTicks: ReadonlyMap<Room, TickFigures> = NO_TICKS;
  /** Of the last interval; null until a page asks for them. */
  #rates: ReadonlyMap<string, PeerTotals> | null = null;

  constructor(watched: WatchedRooms, rooms: Rooms, peers: PeerBook) {
    this.#watched = watched;
    this.#peers = peers;
    this.#ticks = new RoomTicks(rooms);
  }

  /** Whether a page shows rooms. Otherwise no tick is measured. */
  set isWatched(isWatched: boolean) {
    if (isWatched) this.#ticks.start();
    else this.#ticks.stop();
  }

  /** An interval of so many seconds is over. */
  advance(seconds: number): void {
    this.#seconds = seconds;
    this.#lastTicks = this.#ticks.take();
    this.#rates = null;
  }

  /** The first of the rooms that match, and how many do. */
  find({ roomOrder, isRoomsDescending, roomSearch }: RoomQuery): RoomsState {
    const text = roomSearch.toUpperCase();
    const matching = this.#watched.open.filter(
      ({ code, kind }) => text === '' || code.includes(text) || kind.toUpperCase().includes(text),
    );
    const sign = isRoomsDescending ? -1 : 1;
    const keyed = matching.map((room) => [this.#sortKey(room, roomOrder), room] as const);
    keyed.sort(([one, a], [other, b]) => {
      if (one === other) return a.code < b.code ? -1 : 1;
      return one < other ? -sign : sign;
    });
    return { rows: keyed.slice(0, MOST_ROWS).map(([, room]) => this.#row(room)), count: matching.length };
  }

  /** The open room with a code; null for none. */
  row(code: string): RoomRow | null {
    const room = code === '' ? null : this.#watched.find(code);
    return room === null ? null : this.#row(room);
  }

  stop(): void {
    this.#ticks.stop();
  }

  #row(room: Room): RoomRow {
    const { count, mean, most } = this.#ticksOf(room);
    const { bytesIn, bytesOut } = this.#ratesOf(room);
    const players = room.players.length;
    return {
      code: shown(room.code),
      kind: shown(room.kind),
      players,
      arriving: Math.max(0, room.taken - players),
      capacity: room.capacity,
      isLocked: room.isLocked,
      isListed: room.isListed,
      tickRate: room.inside.kind.tickRate,
      ticks: count === 0 ? null : Math.round((10 * count) / this.#seconds) / 10,
      tickMean: hundredths(mean),
      tickMost: hundredths(most),
      bytesIn: Math.round(bytesIn),
      bytesOut: Math.round(bytesOut),
      faults: room.faults,
    };
  }

  #ticksOf(room: Room): { readonly count: number; readonly mean: number | null; readonly most: number | null } {
    const ticks = this.#lastTicks.get(room);
    if (ticks === undefined) return { count: 0, mean: null, most: null };
    return { count: ticks.count, mean: ticks.sum / ticks.count, most: ticks.most };
  }

  #ratesOf({ code }: Room): { readonly bytesIn: number; readonly bytesOut: number } {
    this.#rates ??= this.#peers.ratesByRoom();
    return this.#rates.get(code) ?? { bytesIn: 0, bytesOut: 0 };
  }

  #sortKey(room: Room, order: RoomOrder): number | string {
    switch (order) {
      case 'code':
        return room.code;
      case 'kind':
        return room.kind;
      case 'players':
        return room.players.length;
      case 'tickMean':
        return this.#ticksOf(room).mean ?? -1;
      case 'tickMost':
        return this.#ticksOf(room).most ?? -1;
      case 'bytesIn':
        return this.#ratesOf(room).bytesIn;
      case 'bytesOut':
        return this.#ratesOf(room).bytesOut;
      case 'faults':
        return room.faults;
    }
  }
}
