import { ErrorCode } from '../../error-code.ts';
import { isFailure } from '../../failure.ts';
import { decodeVariant, type Variant, type VariantInput, varToBytes } from '../../variant/index.ts';
import { PacketPeer as BarePacketPeer } from './packet-peer.bare.ts';

/**
 * Sends and receives packets: the members that `WebSocketPeer` and every multiplayer peer have in common
 * (docs/engine/websocket-peer.md#packetpeer).
 */
export abstract class PacketPeer extends BarePacketPeer {
  #encodeBufferMaxSize = 8 * 1024 * 1024;

  /** Bytes of the longest Variant that `putVar` sends. 1024 to 256 MiB. Default: 8 MiB. */
  get encodeBufferMaxSize(): number {
    return this.#encodeBufferMaxSize;
  }

  set encodeBufferMaxSize(bytes: number) {
    if (!(bytes >= 1024 && bytes <= 256 * 1024 * 1024)) {
      throw new RangeError(`encodeBufferMaxSize is 1024 to 256 MiB, not ${bytes}`);
    }
    this.#encodeBufferMaxSize = bytes;
  }

  /**
   * Takes the next packet as a Variant, Godot's binary form of a value (docs/variant.md). Returns null when there is no packet
   * (`getPacketError()` is `ERR_UNAVAILABLE`) and for a packet that is no Variant (the decoder's code, such as `ERR_INVALID_DATA`;
   * the packet is removed). Null is also a value. `allowObjects` (default false): without it, a full object is
   * `ERR_UNAUTHORIZED`.
   */
  getVar(allowObjects: boolean = false): Variant {
    const packet = this.getPacket();
    if (this.packetError !== ErrorCode.OK) return null;
    const decoded = decodeVariant(packet, { allowObjects });
    if (!isFailure(decoded)) return decoded.value;
    this.packetError = decoded.error;
    return null;
  }

  /**
   * Sends a value as a Variant, as bytes; a full object only with `fullObjects` (default false). Returns as `putPacket`,
   * and `ERR_OUT_OF_MEMORY` beyond `encodeBufferMaxSize`. Throws for what is no Variant.
   */
  putVar(value: VariantInput, fullObjects: boolean = false): ErrorCode {
    const packet = varToBytes(value, { fullObjects });
    return packet.length > this.encodeBufferMaxSize ? ErrorCode.ERR_OUT_OF_MEMORY : this.putPacket(packet);
  }
}
