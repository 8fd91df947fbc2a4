import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import { Crypto } from '../../stream/index.ts';
import { PacketPeer } from '../../websocket/index.ts';
import { Signal } from '../signal.ts';
import type { ReturnDesk } from './return-desk.ts';

export enum ConnectionStatus {
  CONNECTION_DISCONNECTED = 0,
  CONNECTION_CONNECTING = 1,
  CONNECTION_CONNECTED = 2,
}

/** How the engine may send a packet. Over WebSocket every mode is reliable and ordered. */
export enum TransferMode {
  TRANSFER_MODE_UNRELIABLE = 0,
  TRANSFER_MODE_UNRELIABLE_ORDERED = 1,
  TRANSFER_MODE_RELIABLE = 2,
}

/** Ids have 31 bits; 0 means all peers and 1 the server. */
const LARGEST_ID = 0x7fff_ffff;
const SMALLEST_CLIENT_ID = 2;

/**
 * Sends packets to peers with ids and receives packets from them (docs/engine/multiplayer-wire.md#multiplayerpeer).
 * `SceneMultiplayer` uses it as its transport. The server is always peer 1. An implementation of `sendPacket` must copy the
 * packet, because its memory is reused after the call.
 */
export abstract class MultiplayerPeer extends PacketPeer {
  static readonly CONNECTION_DISCONNECTED: ConnectionStatus.CONNECTION_DISCONNECTED =
    ConnectionStatus.CONNECTION_DISCONNECTED;
  static readonly CONNECTION_CONNECTING: ConnectionStatus.CONNECTION_CONNECTING =
    ConnectionStatus.CONNECTION_CONNECTING;
  static readonly CONNECTION_CONNECTED: ConnectionStatus.CONNECTION_CONNECTED = ConnectionStatus.CONNECTION_CONNECTED;
  static readonly TARGET_PEER_BROADCAST = 0;
  static readonly TARGET_PEER_SERVER = 1;
  static readonly TRANSFER_MODE_UNRELIABLE: TransferMode.TRANSFER_MODE_UNRELIABLE =
    TransferMode.TRANSFER_MODE_UNRELIABLE;
  static readonly TRANSFER_MODE_UNRELIABLE_ORDERED: TransferMode.TRANSFER_MODE_UNRELIABLE_ORDERED =
    TransferMode.TRANSFER_MODE_UNRELIABLE_ORDERED;
  static readonly TRANSFER_MODE_RELIABLE: TransferMode.TRANSFER_MODE_RELIABLE = TransferMode.TRANSFER_MODE_RELIABLE;

  /** A peer has connected. On a client, `id` is 1 when the client is connected to the server. */
  readonly peerConnected: Signal<[id: number]> = new Signal();
  /** A connected peer has disconnected. `failure`: why, if that is known; null or undefined when it was closed cleanly. */
  readonly peerDisconnected: Signal<[id: number, failure?: Failure | null]> = new Signal();

  /** How the next packets are sent. Default: reliable. */
  transferMode: TransferMode = TransferMode.TRANSFER_MODE_RELIABLE;
  /** The channel of the next packets. Default: 0. */
  transferChannel = 0;
  /** Whether a server refuses further clients. Default: false. */
  refuseNewConnections = false;

  /** Knows the players who may come back; null where nobody does. Set by a `SceneMultiplayer`. @internal */
  returnDesk: ReturnDesk | null = null;

  protected targetPeer = 0;
  #sessionCount = 0;

  /** How often this peer has begun to connect or to serve. It changes when a peer is closed and used again. */
  get sessionCount(): number {
    return this.#sessionCount;
  }

  /** An implementation that can be used again calls this when it begins to connect or to serve. */
  protected beginSession(): void {
    this.#sessionCount++;
  }

  /** The receivers of the next packets: 0 for all peers, an id for one, a negative id for all but one. */
  setTargetPeer(id: number): void {
    if (!Number.isInteger(id) || Math.abs(id) > LARGEST_ID) throw new RangeError(`a target is a 32-bit id, not ${id}`);
    this.targetPeer = id;
  }

  /** The id of the sender of the next packet; 0 when there is none. */
  abstract getPacketPeer(): number;
  abstract getPacketMode(): TransferMode;
  abstract getPacketChannel(): number;

  /** Processes connections and packets, and emits signals. Never waits. */
  abstract poll(): void;
  /** Ends all connections, without signals. */
  abstract close(): void;
  /** Ends the connection to one peer; with `force` at once and without the signal. */
  abstract disconnectPeer(id: number, force?: boolean): void;

  abstract getConnectionStatus(): ConnectionStatus;
  /** 1 for a server, a client's id once it is connected, otherwise 0. */
  abstract getUniqueId(): number;
  /** Whether a server can relay packets between its clients. */
  abstract isServerRelaySupported(): boolean;

  /** The IP address of peer `id`; empty when there is none. */
  getPeerAddress(_id: number): string {
    return '';
  }

  /**
   * Bytes for peer `id` that were sent in earlier turns of the event loop, and that the system has not taken, on its direct connection; 0 when
   * that is not known. While there are any, `SceneMultiplayer` sends the peer no SYNC: a newer one replaces it.
   */
  getOutboundBacklog(_id: number): number {
    return 0;
  }

  /** Whether a packet of `size` bytes can be sent to `id` once its buffer is empty. @internal */
  canEverSend(_id: number, _size: number): boolean {
    return true;
  }

  /** As `disconnectPeer`, with a close code and a reason, where connections have them. @internal */
  disconnectWith(id: number, _code: number, _reason: string): void {
    this.disconnectPeer(id);
  }

  /**
   * Inside a handler of `peerDisconnected`: the close code with which the connection of peer `id` has ended; -1 when it has ended without one, or
   * that is not known. When this side has closed it for good, its code, whether or not the peer has answered. A player who has closed with 1000, or with 4000 or more, has left for good; others may come back
   * (docs/returning.md).
   */
  getPeerCloseCode(_id: number): number {
    return -1;
  }

  /**
   * Why the last call was refused, or the connection failed or ended; null when nothing went wrong, or the reason is
   * unknown.
   */
  getLastFailure(): Failure | null {
    return null;
  }

  /** Returns a random id for a client, from 2 to 2^31 - 1. */
  generateUniqueId(): number {
    for (;;) {
      const bytes = new Crypto().generateRandomBytes(4);
      const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) & LARGEST_ID;
      if (id >= SMALLEST_CLIENT_ID) return id;
    }
  }

  /**
   * Sends one packet to several peers. Returns `OK`, or the last code that was not `OK`. May be much cheaper than one call
   * for each peer. `refused` gets the ids to which it was not sent.
   */
  putPacketTo(ids: Iterable<number>, packet: Uint8Array, refused: number[] | null = null): ErrorCode {
    const target = this.targetPeer;
    let result = ErrorCode.OK;
    for (const id of ids) {
      this.setTargetPeer(id);
      const code = this.putPacket(packet);
      if (code === ErrorCode.OK) continue;
      result = code;
      refused?.push(id);
    }
    this.targetPeer = target;
    return result;
  }
}
