import { type Failure, failed } from '../../failure.ts';
import { SceneInspection, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import { Rooms } from '../../rooms/index.ts';
import { type WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';
import { NOWHERE, type Place } from './place.ts';
import { WatchedRooms } from './watched-rooms.ts';

/** What can be inspected: a server of any of the three layers, or rooms. */
export type InspectorTarget = WebSocketServer | WebSocketMultiplayerPeer | SceneMultiplayer | Rooms;

/** The object that was given, and what is above and below it. Its server is another one after `createServer` was called again. */
export class WatchedTarget {
  readonly kind: 'server' | 'peer' | 'scene' | 'rooms';
  /** The object whose `poll` the program calls. */
  readonly polled: InspectorTarget;
  readonly scene: SceneMultiplayer | null;
  readonly rooms: WatchedRooms | null;
  readonly #inspection: SceneInspection | null;

  /** A failure for a multiplayer that is not a server now. Throws `TypeError` for any other object. */
  static of(target: InspectorTarget): WatchedTarget | Failure {
    const watched = new WatchedTarget(target);
    if (watched.server !== null) return watched;
    return failed(
      'TICKPEER_UNAVAILABLE',
      'only a server is inspected: call createServer() first, and set multiplayerPeer',
    );
  }

  private constructor(target: InspectorTarget) {
    this.polled = target;
    this.scene = target instanceof SceneMultiplayer ? target : null;
    this.#inspection = this.scene === null ? null : new SceneInspection(this.scene);
    this.rooms = target instanceof Rooms ? new WatchedRooms(target) : null;
    if (this.scene !== null) this.kind = 'scene';
    else if (this.rooms !== null) this.kind = 'rooms';
    else if (target instanceof WebSocketMultiplayerPeer) this.kind = 'peer';
    else if (target instanceof WebSocketServer) this.kind = 'server';
    else {
      throw new TypeError('the target is a WebSocketServer, a WebSocketMultiplayerPeer, a SceneMultiplayer or a Rooms');
    }
  }

  get multiplayerPeer(): WebSocketMultiplayerPeer | null {
    const peer = this.scene === null ? this.polled : this.scene.multiplayerPeer;
    return peer instanceof WebSocketMultiplayerPeer ? peer : null;
  }

  /** Null while a multiplayer is not a server. */
  get server(): WebSocketServer | null {
    if (this.polled instanceof WebSocketServer) return this.polled;
    return this.rooms?.server ?? this.multiplayerPeer?.getServer() ?? null;
  }

  /** Whether there are nodes. */
  get hasNodes(): boolean {
    return this.scene !== null || this.rooms !== null;
  }

  /** The multiplayer that a page looks at: the only one, or that of the room with the code `room`. Null for none. */
  inspectionOf(room: string): SceneInspection | null {
    return this.#inspection ?? this.rooms?.inspectionOf(room) ?? null;
  }

  /** Where a connection is; of rooms, as of the last `refresh`. */
  placeOf(peer: WebSocketPeer): Place {
    if (this.rooms !== null) return this.rooms.placeOf(peer);
    const id = this.multiplayerPeer?.idOf(peer) ?? 0;
    return id === 0 ? NOWHERE : { id, room: '', inspection: this.#inspection };
  }

  /** The multiplayer in which the peer `id` is now; null for none. */
  inspectionWith(id: number): SceneInspection | null {
    return this.#inspection ?? this.rooms?.inspectionWith(id) ?? null;
  }

  /** After an interval, while a page is open. */
  refresh(): void {
    this.rooms?.refresh();
  }

  /** Whether a message of a diagnostics channel is about this target. */
  isAbout(message: unknown): boolean {
    if (typeof message !== 'object' || message === null) return false;
    if ('rooms' in message) return this.rooms !== null && message.rooms === this.polled;
    if ('multiplayer' in message) {
      return this.scene === null ? this.rooms?.has(message.multiplayer) === true : message.multiplayer === this.scene;
    }
    if (!('peer' in message)) return false;
    if (message.peer === this.multiplayerPeer) return message.peer !== null;
    // The channels' messages have no other objects than peers there.
    return this.server?.keeps(message.peer as WebSocketPeer) === true;
  }

  stop(): void {
    this.rooms?.stop();
  }
}
