import type { Extension } from '../extension.ts';
import { Opcode } from '../opcode.ts';
import { frameHeaderSize, writeFrameHeader } from './frame-header.ts';
import { RSV1 } from './frame-rules.ts';

const FIN = 0x80;

/**
 * A message that a server sends to many connections. It is framed once, because a server's frames have no mask (RFC 6455
 * 5.1), and encoded once for all connections on which the extension encodes it the same way.
 */
export class SharedMessage {
  readonly payload: Uint8Array;
  readonly opcode: Opcode.TEXT | Opcode.BINARY;
  readonly isEncoded: boolean;
  #plain: Uint8Array | null = null;
  #encoded: Map<string, Uint8Array> | null = null;

  /** `isEncoded`: whether extensions may encode it. */
  constructor(payload: Uint8Array, opcode: Opcode.TEXT | Opcode.BINARY, isEncoded: boolean = true) {
    this.payload = payload;
    this.opcode = opcode;
    this.isEncoded = isEncoded;
  }

  /** The frame to send on a connection with this extension. */
  frameFor(extension: Extension | null): Uint8Array {
    if (extension === null || !this.isEncoded) return this.plainFrame;
    const key = extension.sharingKey;
    const known = key === null ? undefined : this.#encoded?.get(key);
    if (known !== undefined) return known;
    const encoded = extension.encode(this.payload, this.opcode === Opcode.TEXT);
    const frame = encoded === null ? this.plainFrame : frameOf(encoded, RSV1 | this.opcode);
    if (key !== null) {
      this.#encoded ??= new Map();
      this.#encoded.set(key, frame);
    }
    return frame;
  }

  get plainFrame(): Uint8Array {
    this.#plain ??= frameOf(this.payload, this.opcode);
    return this.#plain;
  }
}

function frameOf(payload: Uint8Array, firstByte: number): Uint8Array {
  const frame = new Uint8Array(frameHeaderSize(payload.length, false) + payload.length);
  frame.set(payload, writeFrameHeader(frame, 0, FIN | firstByte, payload.length, false, 0));
  return frame;
}
