import { CarriedPeer } from '../../multiplayer/index.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';
import type { RoomGate } from './room-gate.ts';
import type { RoomInside } from './room-inside.ts';

/** A client with an id, whatever room it is in. */
export class Connection {
  readonly id: number;
  readonly peer: WebSocketPeer;
  readonly address: string;
  /** What counts it for the limits of an address; empty where there is none. */
  readonly addressKey: string;
  readonly carried: CarriedPeer = new CarriedPeer();
  /** The room that it is in, or that it moves to. */
  room: RoomInside;
  /** The room whose next tick looks at it, because it has packets or a new state; null for none. */
  listedIn: RoomGate | null = null;

  constructor(id: number, peer: WebSocketPeer, address: string, addressKey: string, room: RoomInside) {
    this.id = id;
    this.peer = peer;
    this.address = address;
    this.addressKey = addressKey;
    this.room = room;
  }
}
