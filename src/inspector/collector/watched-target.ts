import { type Failure, failed } from '../../failure.ts';
import { SceneInspection, SceneMultiplayer, WebSocketMultiplayerPeer } from '../../multiplayer/index.ts';
import { type WebSocketPeer, WebSocketServer } from '../../websocket/index.ts';

/** What can be inspected: a server of any of the three layers. */
export type InspectorTarget = WebSocketServer | WebSocketMultiplayerPeer | SceneMultiplayer;

/** The object that was given, and what is above and below it. Its server is another one after `createServer` was called again. */
export class WatchedTarget {
  readonly kind: 'server' | 'peer' | 'scene';
  /** The object whose `poll` the program calls. */
  readonly polled: InspectorTarget;
  readonly scene: SceneMultiplayer | null;
  readonly inspection: SceneInspection | null;

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
    this.inspection = this.scene === null ? null : new SceneInspection(this.scene);
    if (this.scene !== null) this.kind = 'scene';
    else if (target instanceof WebSocketMultiplayerPeer) this.kind = 'peer';
    else if (target instanceof WebSocketServer) this.kind = 'server';
    else throw new TypeError('the target is a WebSocketServer, a WebSocketMultiplayerPeer or a SceneMultiplayer');
  }

  get multiplayerPeer(): WebSocketMultiplayerPeer | null {
    const peer = this.scene === null ? this.polled : this.scene.multiplayerPeer;
    return peer instanceof WebSocketMultiplayerPeer ? peer : null;
  }

  /** Null while a multiplayer is not a server. */
  get server(): WebSocketServer | null {
    return this.polled instanceof WebSocketServer ? this.polled : (this.multiplayerPeer?.getServer() ?? null);
  }

  /** The multiplayer's id of a connection; 0 for none. */
  idOf(peer: WebSocketPeer): number {
    return this.multiplayerPeer?.idOf(peer) ?? 0;
  }

  /** Whether a message of a diagnostics channel is about this target. */
  isAbout(message: unknown): boolean {
    if (typeof message !== 'object' || message === null) return false;
    if ('multiplayer' in message) return this.scene !== null && message.multiplayer === this.scene;
    if (!('peer' in message)) return false;
    if (message.peer === this.multiplayerPeer) return message.peer !== null;
    // The channels' messages have no other objects than peers there.
    return this.server?.keeps(message.peer as WebSocketPeer) === true;
  }
}
