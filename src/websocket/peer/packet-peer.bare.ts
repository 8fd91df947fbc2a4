import { isBytes, NO_BYTES } from '../../bytes.ts';
import { ErrorCode } from '../../error-code.ts';

/**
 * Sends and receives packets, without Variants. The browser's build of `tickpeer/peer` uses this file instead of packet-peer.ts.
 */
export abstract class PacketPeer {
  protected packetError: ErrorCode = ErrorCode.OK;

  /** How many packets can be read now. Grows in `poll()` only. */
  abstract getAvailablePacketCount(): number;

  /**
   * Takes the next packet. The caller owns its memory, which is always an `ArrayBuffer`. Returns an empty array when there is no packet
   * (`getPacketError()` is `ERR_UNAVAILABLE`), and for an empty packet (`OK`).
   */
  getPacket(): Uint8Array<ArrayBuffer> {
    const packet = this.takePacket();
    this.packetError = packet === undefined ? ErrorCode.ERR_UNAVAILABLE : ErrorCode.OK;
    return packet ?? NO_BYTES;
  }

  /** How the last `getPacket()` went: `OK` or `ERR_UNAVAILABLE`. Before the first one, `OK`. */
  getPacketError(): ErrorCode {
    return this.packetError;
  }

  /** Sends one packet, as bytes. An empty one is `OK` and sends nothing, as in the engine. */
  putPacket(packet: Uint8Array): ErrorCode {
    if (!isBytes(packet)) throw new TypeError('a packet is a Uint8Array');
    return packet.length === 0 ? ErrorCode.OK : this.sendPacket(packet);
  }

  /** Removes the next packet and returns it, in memory that is not used again; undefined when there is none. */
  protected abstract takePacket(): Uint8Array<ArrayBuffer> | undefined;
  protected abstract sendPacket(packet: Uint8Array): ErrorCode;
}
