import type {
  DeflateCodec,
  Deflater,
  DeflaterOptions,
  InflateFault,
  Inflater,
  InflaterOptions,
} from '../../protocol/index.ts';
import { nodeZlib } from '../../stream/index.ts';
import { FinalBlockBudget, inflateBy, type Run } from './final-blocks.ts';
import { EMPTY_MESSAGE, withoutTail } from './message-end.ts';
import { WindowHistory } from './window-history.ts';

/**
 * DEFLATE by Node's public API: a new zlib stream for every message. For context takeover, the last window of plain data is the
 * dictionary, which DEFLATE treats alike.
 */
export const publicCodec: DeflateCodec = {
  createDeflater: (options) => new PublicDeflater(options),
  createInflater: (options) => new PublicInflater(options),
};

class PublicDeflater implements Deflater {
  readonly #options: DeflaterOptions;
  readonly #history: WindowHistory | null;

  constructor(options: DeflaterOptions) {
    this.#options = options;
    this.#history = options.keepsContext ? new WindowHistory(options.windowBits) : null;
  }

  deflate(message: Uint8Array): Uint8Array {
    if (message.length === 0) return EMPTY_MESSAGE;
    const { windowBits, level, memLevel } = this.#options;
    const dictionary = this.#history?.bytes;
    const deflated = nodeZlib().deflateRawSync(message, {
      windowBits,
      level,
      memLevel,
      finishFlush: nodeZlib().constants.Z_SYNC_FLUSH,
      ...(dictionary === undefined ? {} : { dictionary }),
    });
    this.#history?.append(message);
    return withoutTail(deflated);
  }

  release(): void {}
}

class PublicInflater implements Inflater {
  readonly #windowBits: number;
  readonly #history: WindowHistory | null;
  readonly #budget = new FinalBlockBudget();

  constructor({ windowBits, keepsContext }: InflaterOptions) {
    this.#windowBits = windowBits;
    this.#history = keepsContext ? new WindowHistory(windowBits) : null;
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | InflateFault {
    let finalBlocks = 0;
    const run: Run = (data, maxOutputLength, begins, windowOf) => {
      if (begins && finalBlocks++ > 0) this.#budget.spend();
      const window = windowOf();
      const options = { finishFlush: nodeZlib().constants.Z_SYNC_FLUSH, maxOutputLength, info: true };
      const result: unknown = nodeZlib().inflateRawSync(
        data,
        window === undefined ? options : { ...options, dictionary: window },
      );
      const { buffer, engine } = result as InflateInfo; // `info: true` is documented, but missing in the types
      return { output: buffer, taken: engine.bytesWritten };
    };
    return inflateBy(run, payload, limit, this.#windowBits, this.#history, this.#budget);
  }

  release(): void {}
}

interface InflateInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}
