import type { Failure } from '../../failure.ts';
import type { MultiplayerPeer } from '../peers/multiplayer-peer.ts';
import type { SceneMultiplayer } from '../scene/scene-multiplayer.ts';

/**
 * The messages that multiplayers publish on channels of `node:diagnostics_channel`, by channel (docs/observing.md). No
 * message is made for a channel without subscribers. Not available in browsers.
 */
export interface MultiplayerDiagnosticsMessages {
  /** A peer is admitted; `peerConnected` is emitted next. */
  'tickpeer:multiplayer:admitted': MultiplayerMessage;
  /** A peer has disconnected, or was never admitted. On a client also with `id` 1 when the connection failed. */
  'tickpeer:multiplayer:disconnected': PeerDisconnectedMessage;
  /** The connection of a player has ended, and it may come back; `peerAway` is emitted next. */
  'tickpeer:multiplayer:away': PeerAwayMessage;
  /** A player that was away has come back; `peerBack` is emitted next. */
  'tickpeer:multiplayer:back': PeerBackMessage;
  /** A packet was dropped: the 1st, 10th, 100th, … of its kind. */
  'tickpeer:multiplayer:packet-refused': PacketRefusedMessage;
  /** A peer exceeded one of the `limits`. */
  'tickpeer:multiplayer:limit': PeerLimitMessage;
  /** The methods of a node differ between the two sides. */
  'tickpeer:multiplayer:checksum-mismatch': ChecksumMismatchMessage;
  /** The handler of a remote call has thrown. The call that ran it, such as `poll()`, also throws. */
  'tickpeer:multiplayer:handler-error': HandlerErrorMessage;
  /** The game of a client has stopped, or runs again; `peerAsleep` or `peerAwake` is emitted next. */
  'tickpeer:multiplayer:sleep': PeerSleepMessage;
  /** A server gave a client no id, and closes the connection. */
  'tickpeer:multiplayer:turned-away': TurnedAwayMessage;
}

/**
 * The properties of every message of a `SceneMultiplayer`. A subscriber runs in the middle of a call, so it must only read.
 */
export interface MultiplayerMessage {
  readonly multiplayer: SceneMultiplayer;
  /** The other peer. */
  readonly id: number;
  /** As `WebSocketMultiplayerPeer.getPeerAddress(id)`; empty for a relayed peer, and when the `MultiplayerPeer` has none. */
  readonly address: string;
}

export interface PeerDisconnectedMessage extends MultiplayerMessage {
  /** False for a peer that was still being authenticated, and for a server that was never reached. */
  readonly wasAdmitted: boolean;
  /**
   * What ended the connection. `limit`: it exceeded one of the `limits`. `program`: `disconnectPeer` was called here.
   * `authentication`: `authTimeout` passed. `move`: it goes to another room of `tickpeer/rooms`, and stays connected.
   * `connection`: the other side closed, or the connection failed.
   */
  readonly by: 'limit' | 'program' | 'authentication' | 'move' | 'connection';
  /** Why; null for `program` and `move`, and for a connection that was closed cleanly. */
  readonly failure: Failure | null;
}

export interface PeerAwayMessage extends MultiplayerMessage {
  /** Why its connection ended; null when it was closed cleanly. */
  readonly failure: Failure | null;
}

export interface PeerBackMessage extends MultiplayerMessage {
  /** How many calls and other packets it has missed for good. */
  readonly lost: number;
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
  /** False with `limits.disconnect` off; then only the 1st, 10th, 100th, … time is published. */
  readonly isDisconnected: boolean;
  readonly count: number;
}

export interface ChecksumMismatchMessage extends MultiplayerMessage {
  /** Its message has the methods of this side and the checksum of the other side. */
  readonly failure: Failure;
  readonly path: string;
  /** How many nodes with these methods have differed for this peer; published at 1, 10, 100, … */
  readonly count: number;
}

export interface PeerSleepMessage extends MultiplayerMessage {
  /** True: its game does not run (docs/sleeping-tabs.md). False: it runs again. */
  readonly isAsleep: boolean;
}

export interface HandlerErrorMessage extends MultiplayerMessage {
  readonly path: string;
  readonly method: string;
  readonly error: unknown;
}

export interface TurnedAwayMessage {
  /** The server. */
  readonly peer: MultiplayerPeer;
  /** The client's IP address, also when it connects through `trustedProxies`. May be empty. */
  readonly address: string;
  readonly failure: Failure;
}

/** A typed channel. Check `hasSubscribers` before making a message. */
export interface MultiplayerChannel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

export type MultiplayerChannels = {
  readonly [Name in keyof MultiplayerDiagnosticsMessages]: MultiplayerChannel<MultiplayerDiagnosticsMessages[Name]>;
};
