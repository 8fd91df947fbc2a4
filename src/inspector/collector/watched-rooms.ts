import { SceneInspection } from '../../multiplayer/index.ts';
import type { Room, Rooms } from '../../rooms/index.ts';
import type { WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import type { RoomTotals } from '../feed/messages.ts';
import { NOWHERE, type Place } from './place.ts';

/** The rooms of a `Rooms`, and who is in them. */
export class WatchedRooms {
  readonly #rooms: Rooms;
  readonly #inspections = new WeakMap<Room, SceneInspection>();
  /** The multiplayers of the rooms. */
  readonly #multiplayers = new WeakSet<object>();
  readonly #places = new Map<WebSocketPeer, Place>();

  constructor(rooms: Rooms) {
    this.#rooms = rooms;
    for (const { multiplayer } of rooms.getRooms()) this.#multiplayers.add(multiplayer);
    rooms.roomCreated.connect(this.#onCreated);
  }

  get server(): WebSocketServer {
    return this.#rooms.server;
  }

  get open(): readonly Room[] {
    return this.#rooms.getRooms();
  }

  find(code: string): Room | null {
    return this.#rooms.find(code);
  }

  get totals(): RoomTotals {
    const { roomCount, playerCount, queue } = this.#rooms;
    return { rooms: roomCount, players: playerCount, waiting: queue.size };
  }

  /** Whether a multiplayer is that of one of the rooms. */
  has(multiplayer: unknown): boolean {
    return typeof multiplayer === 'object' && multiplayer !== null && this.#multiplayers.has(multiplayer);
  }

  inspectionOf(code: string): SceneInspection | null {
    const room = code === '' ? null : this.find(code);
    return room === null ? null : this.#inspect(room);
  }

  /** The multiplayer of the room in which the player `id` is now; null for none. */
  inspectionWith(id: number): SceneInspection | null {
    const room = this.#rooms.roomOf(id);
    return room === null ? null : this.#inspect(room);
  }

  placeOf(peer: WebSocketPeer): Place {
    return this.#places.get(peer) ?? NOWHERE;
  }

  /** Looks again who is where. */
  refresh(): void {
    this.#places.clear();
    for (const room of this.open) {
      const { code, players } = room;
      if (players.length === 0) continue;
      const inspection = this.#inspect(room);
      for (const id of players) {
        const peer = this.#rooms.getPeer(id);
        if (peer !== null) this.#places.set(peer, { id, room: code, inspection });
      }
    }
  }

  stop(): void {
    this.#rooms.roomCreated.disconnect(this.#onCreated);
    this.#places.clear();
  }

  #inspect(room: Room): SceneInspection {
    let inspection = this.#inspections.get(room);
    if (inspection === undefined) {
      inspection = new SceneInspection(room.multiplayer);
      this.#inspections.set(room, inspection);
    }
    return inspection;
  }

  readonly #onCreated = ({ multiplayer }: Room): void => {
    this.#multiplayers.add(multiplayer);
  };
}
