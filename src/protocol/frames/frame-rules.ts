import type { Extension } from '../extension.ts';
import { Opcode } from '../opcode.ts';
import { type FrameHeader, HeaderFault, isControl, isKnownOpcode, MAX_CONTROL_PAYLOAD_SIZE } from './frame-header.ts';

/** RSV1, the only reserved bit that an extension may use here (RFC 7692 6). */
export const RSV1 = 0x40;

/** The rules for a frame header that do not depend on the frames before it (RFC 6455 5.1, 5.2, 5.5). */
export class FrameRules {
  static readonly #ofServers = new FrameRules(true, null);
  static readonly #ofClients = new FrameRules(false, null);

  readonly #expectsMask: boolean;
  readonly #extension: Extension | null;

  /** `expectsMask`: true for a server, which receives masked frames; false for a client, which must not. */
  static of(expectsMask: boolean, extension: Extension | null): FrameRules {
    if (extension !== null) return new FrameRules(expectsMask, extension);
    return expectsMask ? FrameRules.#ofServers : FrameRules.#ofClients;
  }

  private constructor(expectsMask: boolean, extension: Extension | null) {
    this.#expectsMask = expectsMask;
    this.#extension = extension;
  }

  /** Describes the fault, or returns null. `size` is what `readFrameHeader` returned for at least two bytes. */
  findFault(header: FrameHeader, size: number): string | null {
    const { opcode, fin, rsv } = header;
    // RFC 6455 5.2: RSV bits "MUST be 0 unless an extension is negotiated".
    if (rsv !== 0 && !this.#mayBeEncoded(rsv, opcode)) {
      return `reserved bits 0x${rsv.toString(16)} are set on opcode ${opcode}, and no extension says so`;
    }
    if (!isKnownOpcode(opcode)) return `the reserved opcode ${opcode}`;
    // RFC 6455 5.1.
    if (header.isMasked !== this.#expectsMask) {
      return this.#expectsMask ? 'a client sent a frame without a mask' : 'a server sent a masked frame';
    }
    if (size === HeaderFault.LENGTH_NOT_MINIMAL) return 'a payload length that is not in its shortest form';
    if (size === HeaderFault.LENGTH_TOP_BIT) return 'a 64-bit payload length with its top bit set';
    if (!isControl(opcode)) return null;
    // RFC 6455 5.5.
    if (!fin) return `a fragmented control frame, opcode ${opcode}`;
    if (header.length > MAX_CONTROL_PAYLOAD_SIZE) return `a control frame above 125 bytes, opcode ${opcode}`;
    return null;
  }

  /** RFC 7692 6: RSV1 is set on the first frame of a message, never on continuations and control frames. */
  #mayBeEncoded(rsv: number, opcode: number): boolean {
    return rsv === RSV1 && this.#extension?.rsv1 === true && (opcode === Opcode.TEXT || opcode === Opcode.BINARY);
  }
}

/**
 * Describes how a frame breaks the order of fragments, or returns null (RFC 6455 5.4). `isMessageOpen`: whether the last
 * data frame left its message unfinished.
 */
export function findDisorder(opcode: number, isMessageOpen: boolean): string | null {
  if (isControl(opcode)) return null;
  const isContinuation = opcode === Opcode.CONTINUATION;
  if (isContinuation === isMessageOpen) return null;
  return isContinuation
    ? 'a continuation without a message to continue'
    : 'a new message before the fragmented one was finished';
}
