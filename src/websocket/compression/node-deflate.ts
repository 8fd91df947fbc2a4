import type {
  DeflateCodec,
  Deflater,
  DeflaterOptions,
  InflateFault,
  Inflater,
  InflaterOptions,
} from '../../protocol/index.ts';
import { nodeZlib } from '../../stream/index.ts';
import { FinalBlockBudget, inflateBy, isTooBig, type Run } from './final-blocks.ts';
import { EMPTY_MESSAGE, withoutTail } from './message-end.ts';
import { publicCodec } from './public-deflate.ts';
import { SyncZlib } from './sync-zlib.ts';
import { WindowHistory } from './window-history.ts';

/**
 * DEFLATE by Node's zlib, synchronously. The fast form keeps zlib's streams from message to message, which needs a private method of
 * Node's. Where that method does not work as expected, the form on the public API is used, about three times as slow for small
 * messages (bench/NOTES.md).
 */
export function createNodeCodec(isFast: boolean = SyncZlib.isUsable()): DeflateCodec {
  return isFast ? fastCodec : publicCodec;
}

const fastCodec: DeflateCodec = {
  createDeflater: (options) => (options.keepsContext ? new StreamDeflater(options) : sharedDeflater(options)),
  createInflater: (options) => (options.keepsContext ? new StreamInflater(options) : inflaterForAll()),
};

/** A compressor that keeps one zlib stream. Without context takeover it resets the stream before every message. */
class StreamDeflater implements Deflater {
  readonly #zlib: SyncZlib;
  readonly #keepsContext: boolean;

  constructor({ windowBits, level, memLevel, keepsContext }: DeflaterOptions) {
    this.#zlib = new SyncZlib(() => nodeZlib().createDeflateRaw({ windowBits, level, memLevel }));
    this.#keepsContext = keepsContext;
  }

  deflate(message: Uint8Array): Uint8Array {
    if (message.length === 0) return EMPTY_MESSAGE;
    if (!this.#keepsContext) this.#zlib.reset();
    return withoutTail(this.#zlib.run(message, Number.POSITIVE_INFINITY));
  }

  release(): void {
    if (this.#keepsContext) this.#zlib.close();
  }
}

const deflaters = new Map<string, Deflater>();

/** Without context takeover a compressor keeps nothing of a connection: connections with the same settings share one. */
function sharedDeflater(options: DeflaterOptions): Deflater {
  const key = `${options.windowBits} ${options.level} ${options.memLevel}`;
  let deflater = deflaters.get(key);
  if (deflater === undefined) {
    deflater = new StreamDeflater(options);
    deflaters.set(key, deflater);
  }
  return deflater;
}

class StreamInflater implements Inflater {
  readonly #zlib: SyncZlib;
  readonly #windowBits: number;
  /** Zlib keeps a window itself. This one is for a stream that was reset after a final block. */
  readonly #history: WindowHistory | null;
  /** Zlib was reset, and does not have all of `#history`. */
  #isBehind = false;
  /** Null for the inflater that all connections share. */
  readonly #budget: FinalBlockBudget | null;

  constructor({ windowBits, keepsContext }: InflaterOptions) {
    this.#budget = keepsContext ? new FinalBlockBudget() : null;
    this.#zlib = new SyncZlib(() => nodeZlib().createInflateRaw({ windowBits }));
    this.#windowBits = windowBits;
    this.#history = keepsContext ? new WindowHistory(windowBits) : null;
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array<ArrayBuffer> | InflateFault {
    if (this.#history === null) {
      this.#zlib.reset();
      this.#isBehind = false;
    }
    const run: Run = (data, maxOutputLength, begins, window) => {
      if (begins) {
        this.#zlib.reset();
        this.#isBehind = true;
      }
      const output = this.#isBehind
        ? this.#catchUp(data, maxOutputLength, window)
        : this.#zlib.run(data, maxOutputLength);
      return { output, taken: this.#zlib.taken };
    };
    return inflateBy(run, payload, limit, this.#windowBits, this.#history, this.#budget);
  }

  /**
   * Inflates data that follows a final block, first without the window: to give zlib a window costs as much as many messages, and a
   * sender that ends messages with final blocks keeps no context. Where zlib finds a distance beyond its own data, it gets the window and
   * runs again.
   */
  #catchUp(data: Uint8Array, maxOutputLength: number, window: () => Uint8Array | undefined): Uint8Array {
    try {
      return this.#zlib.run(data, maxOutputLength);
    } catch (error) {
      const before = isTooBig(error) ? undefined : window();
      if (before === undefined) throw error;
      this.#budget?.spend();
      this.#zlib.run(storedBlock(before), Number.POSITIVE_INFINITY);
      this.#isBehind = false;
      return this.#zlib.run(data, maxOutputLength);
    }
  }

  release(): void {
    if (this.#history !== null) this.#zlib.close();
  }
}

let sharedInflater: StreamInflater | null = null;

/** Inflates data of every window size. Made when it is first needed. */
function inflaterForAll(): StreamInflater {
  sharedInflater ??= new StreamInflater({ windowBits: 15, keepsContext: false });
  return sharedInflater;
}

/** `bytes`, at most 65,535, as one block of DEFLATE that is not compressed (RFC 1951 3.2.4). */
function storedBlock(bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(5 + bytes.length);
  const view = new DataView(block.buffer);
  view.setUint16(1, bytes.length, true);
  view.setUint16(3, ~bytes.length & 0xffff, true);
  block.set(bytes, 5);
  return block;
}
