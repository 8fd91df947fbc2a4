import type { ErrorCode } from '../../../error-code.ts';
import { type PacketDirection, WebSocketMultiplayerPeer } from '../../../multiplayer/index.ts';

/** A multiplayer peer that shows every packet that passes. */
export class WatchedPeer extends WebSocketMultiplayerPeer {
  /** Called with each packet before it is processed, or after it was sent. */
  onPacket: (packet: Uint8Array, direction: PacketDirection) => void = () => {};

  override putPacketTo(ids: Iterable<number>, packet: Uint8Array, refused: number[] | null = null): ErrorCode {
    const result = super.putPacketTo(ids, packet, refused);
    this.onPacket(packet, 'sent');
    return result;
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    const result = super.sendPacket(packet);
    this.onPacket(packet, 'sent');
    return result;
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    const packet = super.takePacket();
    if (packet !== undefined) this.onPacket(packet, 'received');
    return packet;
  }
}
