import { ErrorCode } from '../../error-code.ts';
import { SysCommand, sysPacket } from '../wire/sys-packet.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';

const SERVER = MultiplayerPeer.TARGET_PEER_SERVER;

/**
 * Sends packets to admitted peers: directly, or from client to client through the server (docs/engine/multiplayer-wire.md#relay).
 * The server's part of relaying is in `scene/relay.ts`.
 */
export class Router {
  peer: MultiplayerPeer;
  /** False when there is no peer and `peer` is only a placeholder. */
  hasPeer = true;
  /** Whether clients may reach each other. */
  allowsRelay = true;

  constructor(peer: MultiplayerPeer) {
    this.peer = peer;
  }

  get isConnected(): boolean {
    return this.hasPeer && this.peer.getConnectionStatus() === ConnectionStatus.CONNECTION_CONNECTED;
  }

  get isServer(): boolean {
    return this.peer.getUniqueId() === SERVER;
  }

  get isRelaying(): boolean {
    return this.allowsRelay && this.peer.isServerRelaySupported();
  }

  /** Whether what was sent to an admitted peer before still waits at this side. */
  isBehind(id: number): boolean {
    return this.peer.getOutboundBacklog(this.isServer ? id : SERVER) > 0;
  }

  /** Sends to a peer that is connected directly. */
  sendToLink(id: number, packet: Uint8Array, mode?: TransferMode, channel?: number): ErrorCode {
    const { peer } = this;
    peer.transferMode = mode ?? TransferMode.TRANSFER_MODE_RELIABLE;
    peer.transferChannel = channel ?? 0;
    peer.setTargetPeer(id);
    return peer.putPacket(packet);
  }

  /** Sends to one admitted peer. */
  send(id: number, packet: Uint8Array, mode?: TransferMode, channel?: number): ErrorCode {
    if (this.isServer || id === SERVER) return this.sendToLink(id, packet, mode, channel);
    if (!this.isRelaying) return ErrorCode.ERR_UNAVAILABLE;
    return this.sendToLink(SERVER, sysPacket(SysCommand.RELAY, id, packet), mode, channel);
  }

  /**
   * Sends the same bytes to several admitted peers. Returns `OK`, or the last code that was not `OK`. `refused` gets the ids to which a
   * server did not send them.
   */
  sendTo(
    ids: readonly number[],
    packet: Uint8Array,
    mode?: TransferMode,
    channel?: number,
    refused: number[] | null = null,
  ): ErrorCode {
    const { peer } = this;
    if (ids.length === 1) return this.send(ids[0]!, packet, mode, channel);
    if (this.isServer) {
      peer.transferMode = mode ?? TransferMode.TRANSFER_MODE_RELIABLE;
      peer.transferChannel = channel ?? 0;
      return peer.putPacketTo(ids, packet, refused);
    }
    let result = ErrorCode.OK;
    for (const id of ids) {
      const code = this.send(id, packet, mode, channel);
      if (code !== ErrorCode.OK) result = code;
    }
    return result;
  }

  /** Sends from a server to peers that are connected directly. `refused` gets the ids to which the packet was not sent. */
  sendToLinks(ids: readonly number[], packet: Uint8Array, refused: number[]): void {
    const { peer } = this;
    peer.transferMode = TransferMode.TRANSFER_MODE_RELIABLE;
    peer.transferChannel = 0;
    peer.putPacketTo(ids, packet, refused);
  }

  /** Sends from a client to all peers, or to all but one. The server relays the packet. */
  broadcastAsClient(target: number, packet: Uint8Array, mode?: TransferMode, channel?: number): ErrorCode {
    if (!this.isRelaying) {
      return target === -SERVER ? ErrorCode.ERR_UNAVAILABLE : this.sendToLink(SERVER, packet, mode, channel);
    }
    return this.sendToLink(SERVER, sysPacket(SysCommand.RELAY, target, packet), mode, channel);
  }
}
