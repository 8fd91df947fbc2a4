import type { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';
import type { ConnectionStatus } from './multiplayer-peer.ts';

/** The connections of a `WebSocketMultiplayerPeer`, as a server or as a client, until it is closed. */
export interface Link {
  readonly status: ConnectionStatus;
  readonly uniqueId: number;
  /** The port that a server listens on, otherwise 0. */
  readonly localPort: number;
  readonly failure: Failure | null;
  readonly packetCount: number;
  /** The id of the sender of the next packet; 0 when there is none. */
  readonly packetPeer: number;
  poll(): void;
  takePacket(): Uint8Array<ArrayBuffer> | undefined;
  send(packet: Uint8Array, target: number): ErrorCode;
  /** `refused` gets the ids to which the packet was not sent. */
  sendTo(ids: Iterable<number>, packet: Uint8Array, refused: number[] | null): ErrorCode;
  getPeer(id: number): WebSocketPeer | null;
  /** The id of the peer at the other end of a connection; 0 for none. */
  idOf(peer: WebSocketPeer): number;
  /** The IP address of peer `id`; empty for an unknown one. */
  getAddress(id: number): string;
  disconnectPeer(id: number, force: boolean): void;
  close(): void;
}
