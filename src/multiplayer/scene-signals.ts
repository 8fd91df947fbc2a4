import type { Failure } from '../failure.ts';
import { Signal } from './signal.ts';

/** What a `SceneMultiplayer` tells, in its `poll()`. */
export abstract class SceneSignals {
  /** A peer was admitted: on a client also the other clients, when the server relays. */
  readonly peerConnected: Signal<[id: number]> = new Signal();
  readonly peerDisconnected: Signal<[id: number]> = new Signal();
  readonly connectedToServer: Signal<[]> = new Signal();
  readonly connectionFailed: Signal<[]> = new Signal();
  readonly serverDisconnected: Signal<[]> = new Signal();
  readonly peerAuthenticating: Signal<[id: number]> = new Signal();
  readonly peerAuthenticationFailed: Signal<[id: number]> = new Signal();
  /** What another's `sendBytes` brought. */
  readonly peerPacket: Signal<[id: number, packet: Uint8Array]> = new Signal();
  /** A packet of `id` was thrown away: it could not be understood, or was not allowed. */
  readonly badPacket: Signal<[id: number, failure: Failure]> = new Signal();
  /** `id` went beyond one of the limits; unless `limits.disconnect` is false it is disconnected. */
  readonly peerMisbehaved: Signal<[id: number, failure: Failure]> = new Signal();
  /**
   * The methods of a node differ here and there: ids would mean different methods, so `id`'s calls to it are refused. The
   * message has the list.
   */
  readonly checksumMismatch: Signal<[id: number, failure: Failure]> = new Signal();
  /** A packet of the engine's spawners and synchronizers (SPAWN, DESPAWN, SYNC, DELTA), which are not done here. */
  readonly replicationPacket: Signal<[id: number, packet: Uint8Array]> = new Signal();
}
