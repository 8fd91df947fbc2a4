import type { Failure } from '../../failure.ts';
import type { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { SceneMultiplayer } from '../scene/scene-multiplayer.ts';

/**
 * What multiplayers publish on channels of `node:diagnostics_channel`, by channel. Nothing is made for a channel without
 * subscribers. Not in browsers. docs/observing.md has the whole.
 */
export interface MultiplayerDiagnosticsMessages {
  /** A peer is admitted; `peerConnected` is emitted next. */
  'tickpeer:multiplayer:admitted': MultiplayerMessage;
  /** A peer is gone, or was never admitted; on a client, `id` 1 also when the connection failed. */
  'tickpeer:multiplayer:disconnected': PeerDisconnectedMessage;
  /** A packet was dropped: the 1st, 10th, 100th, … of its kind. */
  'tickpeer:multiplayer:packet-refused': PacketRefusedMessage;
  /** A peer went beyond one of the `limits`. */
  'tickpeer:multiplayer:limit': PeerLimitMessage;
  /** The methods of a node differ here and there. */
  'tickpeer:multiplayer:checksum-mismatch': ChecksumMismatchMessage;
  /** The handler of a remote call has thrown; the error also leaves `poll()`. */
  'tickpeer:multiplayer:handler-error': HandlerErrorMessage;
  /** A server gave a client no id, and closes the connection. */
  'tickpeer:multiplayer:turned-away': TurnedAwayMessage;
}

/** What every message of a `SceneMultiplayer` has. A subscriber is called in the middle of a call: it only reads. */
export interface MultiplayerMessage {
  readonly multiplayer: SceneMultiplayer;
  /** The other peer. */
  readonly id: number;
  /** As `WebSocketMultiplayerPeer.getPeerAddress(id)`; empty for a relayed peer, and where the carrier has none. */
  readonly address: string;
}

export interface PeerDisconnectedMessage extends MultiplayerMessage {
  /** False for a peer that was still being authenticated, and for a server that was never reached. */
  readonly wasAdmitted: boolean;
  /**
   * Who ended it. `limit`: it exceeded one of the `limits`. `program`: `disconnectPeer` was called here. `authentication`:
   * `authTimeout` passed. `connection`: the other side closed, or the connection failed.
   */
  readonly by: 'limit' | 'program' | 'authentication' | 'connection';
  /** Why; null for `program`, and for a connection that was closed in order. */
  readonly failure: Failure | null;
}

export interface PacketRefusedMessage extends MultiplayerMessage {
  readonly failure: Failure;
  /** The failure's code and what it concerns: the same for all packets that are counted together. */
  readonly kind: string;
  /** How many of this kind this peer has sent. */
  readonly count: number;
  /** Whether it counts against `limits.badPackets`: only `TICKPEER_BAD_PACKET` does. */
  readonly isCounted: boolean;
}

export interface PeerLimitMessage extends MultiplayerMessage {
  readonly failure: Failure;
  /** False with `limits.disconnect` off; then the 1st, 10th, 100th, … time is published. */
  readonly isDisconnected: boolean;
  readonly count: number;
}

export interface ChecksumMismatchMessage extends MultiplayerMessage {
  /** Its message has the methods here and the checksum there. */
  readonly failure: Failure;
  readonly path: string;
  /** How many nodes with these methods have differed for this peer; told at 1, 10, 100, … */
  readonly count: number;
}

export interface HandlerErrorMessage extends MultiplayerMessage {
  readonly path: string;
  readonly method: string;
  readonly error: unknown;
}

export interface TurnedAwayMessage {
  /** The server. */
  readonly peer: MultiplayerPeer;
  /** The client's IP address, behind `trustedProxies` if it came through any. May be empty. */
  readonly address: string;
  readonly failure: Failure;
}

/** A channel with its type. Look at `hasSubscribers` before a message is made. */
export interface MultiplayerChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

export type MultiplayerChannels = {
  readonly [Name in keyof MultiplayerDiagnosticsMessages]: MultiplayerChannel<MultiplayerDiagnosticsMessages[Name]>;
};
