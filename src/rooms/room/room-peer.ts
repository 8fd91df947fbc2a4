import { ErrorCode } from '../../error-code.ts';
import type { Failure } from '../../failure.ts';
import {
  type ClientSource,
  ConnectionStatus,
  endingCodeOf,
  MultiplayerPeer,
  ServerLink,
  Signal,
  TransferMode,
} from '../../multiplayer/index.ts';
import type { WebSocketPeer } from '../../websocket/index.ts';

/**
 * The `MultiplayerPeer` of a room: a server whose clients are the players of the room. Over WebSocket everything is reliable and
 * ordered. It is connected until the room closes.
 */
export class RoomPeer extends MultiplayerPeer {
  /** As `WebSocketMultiplayerPeer.packetRefused`. */
  readonly packetRefused: Signal<[id: number, error: ErrorCode, failure: Failure | null]> = new Signal();
  readonly #link: ServerLink;
  #isClosed = false;

  constructor(source: ClientSource) {
    super();
    this.#link = new ServerLink(source, {
      onConnected: (id) => this.peerConnected.emit(id),
      onDisconnected: (id, failure) => this.peerDisconnected.emit(id, failure),
      onRefused: (id, error, failure) => this.packetRefused.emit(id, error, failure),
    });
  }

  /** The connection to player `id`; null for one that is not in the room. */
  getPeer(id: number): WebSocketPeer | null {
    return this.#link.getPeer(id);
  }

  /** A player goes to another room. @internal */
  release(id: number): void {
    this.#link.release(id);
  }

  override getPeerAddress(id: number): string {
    return this.#link.getAddress(id);
  }

  override canEverSend(id: number, size: number): boolean {
    const limit = this.getPeer(id)?.outboundBufferSize ?? 0;
    return limit <= 0 || size <= limit;
  }

  override disconnectWith(id: number, code: number, reason: string): void {
    this.getPeer(id)?.close(code, reason);
  }

  /** A player has come back on another connection: its last one ends, if there is one. @internal */
  replace(id: number): void {
    this.#link.replace(id);
  }

  override getPeerCloseCode(id: number): number {
    return endingCodeOf(this.getPeer(id));
  }

  override getOutboundBacklog(id: number): number {
    return this.#link.getPeer(id)?.backlog ?? 0;
  }

  override getLastFailure(): Failure | null {
    return this.#link.failure;
  }

  override getAvailablePacketCount(): number {
    return this.#link.packetCount;
  }

  override getPacketPeer(): number {
    return this.#link.packetPeer;
  }

  /** Always reliable. */
  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  /** Always 0. */
  override getPacketChannel(): number {
    return 0;
  }

  override poll(): void {
    this.#link.poll();
  }

  override close(): void {
    this.#isClosed = true;
    this.#link.close();
  }

  /** Ends the connection of player `id`. The signals follow with the room's next tick, also with `force`: its place is taken until then. */
  override disconnectPeer(id: number, _force: boolean = false): void {
    this.#link.disconnectPeer(id, false);
  }

  override getConnectionStatus(): ConnectionStatus {
    return this.#isClosed ? ConnectionStatus.CONNECTION_DISCONNECTED : ConnectionStatus.CONNECTION_CONNECTED;
  }

  override getUniqueId(): number {
    return this.#isClosed ? 0 : 1;
  }

  override isServerRelaySupported(): boolean {
    return true;
  }

  override putPacketTo(ids: Iterable<number>, packet: Uint8Array, refused: number[] | null = null): ErrorCode {
    return this.#isClosed ? ErrorCode.ERR_UNCONFIGURED : this.#link.sendTo(ids, packet, refused);
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    return this.#isClosed ? ErrorCode.ERR_UNCONFIGURED : this.#link.send(packet, this.targetPeer);
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    return this.#link.takePacket();
  }
}
