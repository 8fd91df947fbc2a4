import { ErrorCode } from '../../error-code.ts';
import { ConnectionStatus, MultiplayerPeer, TransferMode } from './multiplayer-peer.ts';

/** A server without clients, for a game with a single player. Packets are dropped. */
export class OfflineMultiplayerPeer extends MultiplayerPeer {
  override getAvailablePacketCount(): number {
    return 0;
  }

  override getPacketPeer(): number {
    return 0;
  }

  override getPacketMode(): TransferMode {
    return TransferMode.TRANSFER_MODE_RELIABLE;
  }

  override getPacketChannel(): number {
    return 0;
  }

  override poll(): void {}
  override close(): void {}
  override disconnectPeer(_id: number, _force: boolean = false): void {}

  override getConnectionStatus(): ConnectionStatus {
    return ConnectionStatus.CONNECTION_CONNECTED;
  }

  override getUniqueId(): number {
    return MultiplayerPeer.TARGET_PEER_SERVER;
  }

  override isServerRelaySupported(): boolean {
    return false;
  }

  protected override takePacket(): undefined {
    return undefined;
  }

  protected override sendPacket(_packet: Uint8Array): ErrorCode {
    return ErrorCode.OK;
  }
}
