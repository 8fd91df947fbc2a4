import type { Failure } from '../../failure.ts';
import { Signal } from '../signal.ts';

/** The signals of a `SceneMultiplayer`. Its `poll()` emits them. */
export abstract class SceneSignals {
  /** A peer was admitted. On a client these are also the other clients, when the server relays. */
  readonly peerConnected: Signal<[id: number]> = new Signal();
  /**
   * An admitted peer has disconnected. `failure` says why: the connection failed, or the peer exceeded one of the
   * `limits` (`TICKPEER_PEER_LIMIT`). Null when either side closed cleanly, and for a client whose end the server
   * reports.
   */
  readonly peerDisconnected: Signal<[id: number, failure: Failure | null]> = new Signal();
  /**
   * On a server with `returning`: the connection of `id` has ended, and it may come back. It stays among the peers, with its authority and
   * its nodes; calls of it wait. After the grace time, `peerDisconnected`. `failure`: why; null when it was closed cleanly.
   */
  readonly peerAway: Signal<[id: number, failure: Failure | null]> = new Signal();
  /**
   * A player that was away has come back. It gets a fresh state of replicated nodes, and then the calls and bytes that have waited. `lost`: how
   * many of these were dropped, because they were more than `returning.heldPackets` or `heldBytes`.
   */
  readonly peerBack: Signal<[id: number, lost: number]> = new Signal();
  readonly connectedToServer: Signal<[]> = new Signal();
  /** `failure`: why, as the peer's `getLastFailure()`; null when the reason is unknown. */
  readonly connectionFailed: Signal<[failure: Failure | null]> = new Signal();
  /** `failure`: why; null when the server closed cleanly. */
  readonly serverDisconnected: Signal<[failure: Failure | null]> = new Signal();
  readonly peerAuthenticating: Signal<[id: number]> = new Signal();
  /** `failure`: `TICKPEER_AUTH_TIMEOUT`, or why the connection ended; null when it was closed cleanly. */
  readonly peerAuthenticationFailed: Signal<[id: number, failure: Failure | null]> = new Signal();
  /**
   * On a server: the game of `id` does not run, as in a hidden browser tab; its connection is open. What it is sent waits here
   * (`SleepOptions`, docs/sleeping-tabs.md).
   */
  readonly peerAsleep: Signal<[id: number]> = new Signal();
  /** The game of `id` runs again. It is sent what has waited, and then the present state. */
  readonly peerAwake: Signal<[id: number]> = new Signal();
  /** Bytes that another peer has sent by `sendBytes`. */
  readonly peerPacket: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]> = new Signal();
  /**
   * A packet of `id` was dropped. `TICKPEER_BAD_PACKET`: no engine sends such a packet; it counts against
   * `limits.badPackets`. Any other code is a difference between the two programs, and counts against no limit. `count`:
   * how many of this kind `id` has sent. Emitted for the 1st, the 10th, the 100th, and so on.
   */
  readonly badPacket: Signal<[id: number, failure: Failure, count: number]> = new Signal();
  /**
   * `id` exceeded one of the limits. It is disconnected unless `limits.disconnect` is false. `count`: how often. With
   * `disconnect` off, it is emitted the 1st, the 10th, the 100th time, and so on.
   */
  readonly peerMisbehaved: Signal<[id: number, failure: Failure, count: number]> = new Signal();
  /**
   * The methods of a node differ between this side and `id`. Ids would mean different methods, so calls of `id` to the
   * node are refused. The message lists the methods. `count`: for how many nodes with these methods. Emitted for the
   * 1st, the 10th, the 100th, and so on.
   */
  readonly checksumMismatch: Signal<[id: number, failure: Failure, count: number]> = new Signal();
  /**
   * A packet of spawners and synchronizers (SPAWN, DESPAWN, SYNC, DELTA) has arrived, and is applied after the
   * callbacks have returned. For tools.
   */
  readonly replicationPacket: Signal<[id: number, packet: Uint8Array<ArrayBuffer>]> = new Signal();
}
