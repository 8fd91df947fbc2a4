import type { ErrorCode } from 'tickpeer';
import { WebSocketMultiplayerPeer } from 'tickpeer/multiplayer';

/** A packet as sent, with its sender or its receiver. */
export interface Recorded {
  readonly peer: number;
  readonly hex: string;
}

/** Stores all packets in hexadecimal, for tests that check their bytes. */
export class RecordingPeer extends WebSocketMultiplayerPeer {
  readonly received: Recorded[] = [];
  readonly sent: Recorded[] = [];

  override putPacketTo(ids: Iterable<number>, packet: Uint8Array): ErrorCode {
    const targets = [...ids];
    for (const peer of targets) this.sent.push({ peer, hex: hexOf(packet) });
    return super.putPacketTo(targets, packet);
  }

  protected override sendPacket(packet: Uint8Array): ErrorCode {
    this.sent.push({ peer: this.targetPeer, hex: hexOf(packet) });
    return super.sendPacket(packet);
  }

  protected override takePacket(): Uint8Array<ArrayBuffer> | undefined {
    const peer = this.getPacketPeer();
    const packet = super.takePacket();
    if (packet !== undefined) this.received.push({ peer, hex: hexOf(packet) });
    return packet;
  }
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
