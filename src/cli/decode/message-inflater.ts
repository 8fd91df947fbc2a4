import { constants, inflateRawSync } from 'node:zlib';
import type { DeflateCodec, Inflater, InflaterOptions } from '../../protocol/index.ts';

const WINDOW = 32 * 1024;
/** RFC 7692 7.2.2: what the sender has left out. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Reads the messages of a capture. Nothing is compressed. */
export const captureCodec: DeflateCodec = {
  createInflater: (options) => new MessageInflater(options),
  createDeflater: () => {
    throw new Error('a capture is only read');
  },
};

/** Inflates one message after the other. What messages may refer to is kept as zlib's dictionary. */
class MessageInflater implements Inflater {
  readonly #keepsContext: boolean;
  #window: Buffer = Buffer.alloc(0);

  constructor({ keepsContext }: InflaterOptions) {
    this.#keepsContext = keepsContext;
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | 'too big' | 'broken' {
    try {
      const message = inflateRawSync(Buffer.concat([payload, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: Math.max(1, limit),
        ...(this.#window.length > 0 ? { dictionary: this.#window } : {}),
      });
      if (this.#keepsContext) this.#window = Buffer.concat([this.#window, message]).subarray(-WINDOW);
      return new Uint8Array(message);
    } catch (error) {
      return error instanceof RangeError ? 'too big' : 'broken';
    }
  }

  release(): void {}
}
