import type { Failure } from '../../failure.ts';
import { Signal } from '../signal.ts';

/** The signals of a `SceneMultiplayer`, which its `poll()` emits. */
export abstract class SceneSignals {
  /** A peer was admitted: on a client also the other clients, when the server relays. */
  readonly peerConnected: Signal<[id: number]> = new Signal();
  /**
   * An admitted peer is gone. `failure` says why: the connection broke, or it went beyond one of the `limits`
   * (`TICKPEER_PEER_LIMIT`). Null when either side closed in order, and for a client that the server reports gone.
   */
  readonly peerDisconnected: Signal<[id: number, failure: Failure | null]> = new Signal();
  readonly connectedToServer: Signal<[]> = new Signal();
  /** `failure`: why, as the peer's `getLastFailure()`; null when it knows nothing. */
  readonly connectionFailed: Signal<[failure: Failure | null]> = new Signal();
  /** `failure`: why; null when the server closed in order. */
  readonly serverDisconnected: Signal<[failure: Failure | null]> = new Signal();
  readonly peerAuthenticating: Signal<[id: number]> = new Signal();
  /** `failure`: why, `TICKPEER_AUTH_TIMEOUT` or how the connection ended; null when it was closed in order. */
  readonly peerAuthenticationFailed: Signal<[id: number, failure: Failure | null]> = new Signal();
  /** What another's `sendBytes` brought. */
  readonly peerPacket: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]> = new Signal();
  /**
   * A packet of `id` was dropped. `TICKPEER_BAD_PACKET`: no engine sends such a packet; those count against
   * `limits.badPackets`. Any other code is a difference between the two programs, and has no consequences.
   * `count`: how many of this kind `id` has sent. Emitted for the 1st, the 10th, the 100th, and so on.
   */
  readonly badPacket: Signal<[id: number, failure: Failure, count: number]> = new Signal();
  /**
   * `id` went beyond one of the limits; unless `limits.disconnect` is false it is disconnected. `count`: how often; with
   * `disconnect` off it is emitted the 1st time, the 10th, the 100th, and so on.
   */
  readonly peerMisbehaved: Signal<[id: number, failure: Failure, count: number]> = new Signal();
  /**
   * The methods of a node differ here and there: ids would mean different methods, so `id`'s calls to it are refused. The
   * message has the list. `count`: for how many nodes with these methods; emitted for the 1st, the 10th, the 100th, and so on.
   */
  readonly checksumMismatch: Signal<[id: number, failure: Failure, count: number]> = new Signal();
  /** A packet of the engine's spawners and synchronizers (SPAWN, DESPAWN, SYNC, DELTA), which are not done here. */
  readonly replicationPacket: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]> = new Signal();
}
