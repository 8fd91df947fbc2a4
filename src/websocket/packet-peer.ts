import { isBytes } from '../bytes.ts';
import { ErrorCode } from '../error-code.ts';
import { decodeVariant, type Variant, type VariantInput, varToBytes } from '../variant/index.ts';

const NO_BYTES = new Uint8Array(0);

/**
 * Packets in, packets out: what `WebSocketPeer` and every multiplayer peer have in common
 * (spec/websocket-peer.md section 12).
 */
export abstract class PacketPeer {
  #packetError: ErrorCode = ErrorCode.OK;
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

  /** How many packets can be read now. Grows in `poll()` only. */
  abstract getAvailablePacketCount(): number;

  /**
   * Takes the next packet: memory of the caller's own. With none there, an empty array, and `getPacketError()` is
   * `ERR_UNAVAILABLE`; an empty packet is an empty array too, with `OK`.
   */
  getPacket(): Uint8Array {
    const packet = this.takePacket();
    this.#packetError = packet === undefined ? ErrorCode.ERR_UNAVAILABLE : ErrorCode.OK;
    return packet ?? NO_BYTES;
  }

  /** How the last `getPacket()` went: `OK` or `ERR_UNAVAILABLE`. Before the first one, `OK`. */
  getPacketError(): ErrorCode {
    return this.#packetError;
  }

  /** Sends one packet, as bytes. An empty one is `OK` and sends nothing, as in the engine. */
  putPacket(packet: Uint8Array): ErrorCode {
    if (!isBytes(packet)) throw new TypeError('a packet is a Uint8Array');
    return packet.length === 0 ? ErrorCode.OK : this.sendPacket(packet);
  }

  /**
   * Takes the next packet as a Variant, Godot's binary form of a value (docs/variant.md). Null, which is also a value, when
   * there is none (`getPacketError()` is `ERR_UNAVAILABLE`) or when it is not one (the decoder's code, such as
   * `ERR_INVALID_DATA`; the packet is gone). `allowObjects` (default false) also takes full objects: `ERR_UNAUTHORIZED`
   * without.
   */
  getVar(allowObjects: boolean = false): Variant {
    const packet = this.getPacket();
    if (this.#packetError !== ErrorCode.OK) return null;
    const decoded = decodeVariant(packet, { allowObjects });
    if (!('code' in decoded)) return decoded.value;
    this.#packetError = decoded.error;
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

  protected abstract takePacket(): Uint8Array | undefined;
  protected abstract sendPacket(packet: Uint8Array): ErrorCode;
}
