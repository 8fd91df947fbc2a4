import type { DeflateRaw, InflateRaw } from 'node:zlib';
import { nodeZlib } from '../../stream/index.ts';

/** The undocumented members of a zlib stream that are used. `isUsable` checks all of them first. */
interface PrivateZlib {
  readonly bytesWritten: number;
  _processChunk(chunk: Uint8Array, flushFlag: number): Uint8Array;
  _handle: { close: () => void } | null;
  _maxOutputLength: number;
}

const nothing = (): void => {};

let usable: boolean | null = null;

/**
 * A zlib stream that runs synchronously, any number of times. Node's synchronous call closes its stream at the end: this class
 * disables that while it runs.
 */
export class SyncZlib {
  readonly #create: () => DeflateRaw | InflateRaw;
  #stream: (DeflateRaw | InflateRaw) & PrivateZlib;

  constructor(create: () => DeflateRaw | InflateRaw) {
    this.#create = create;
    this.#stream = prepare(create());
  }

  /** Returns the whole output for `data`, flushed to a byte boundary. Throws what zlib throws; then the context is lost. */
  run(data: Uint8Array, maxOutputLength: number): Uint8Array {
    const stream = this.#stream;
    const handle = stream._handle;
    if (handle === null) throw new Error('the zlib stream is closed');
    const close = handle.close;
    handle.close = nothing;
    stream._maxOutputLength = maxOutputLength;
    let isFit = false;
    try {
      const output = stream._processChunk(data, nodeZlib().constants.Z_SYNC_FLUSH);
      isFit = true;
      return output;
    } finally {
      handle.close = close;
      stream._handle = handle;
      // Node adds a listener with every call.
      stream.removeAllListeners('error');
      stream.on('error', nothing);
      // A stream that has failed cannot be used again.
      if (!isFit) this.renew();
    }
  }

  /** How much of its data the last `run` took: less than all of it when the data ended with a final block. */
  get taken(): number {
    return this.#stream.bytesWritten;
  }

  /** Drops the context of earlier messages. */
  reset(): void {
    this.#stream.reset();
  }

  /** Replaces the stream; `create` makes this and later ones. Default: one like the first. */
  renew(create: () => DeflateRaw | InflateRaw = this.#create): void {
    const handle = this.#stream._handle;
    this.#stream = prepare(create());
    handle?.close();
  }

  /** Frees the memory now, not when it is collected. The stream cannot be used after that. */
  close(): void {
    this.#stream.close();
  }

  /** Whether this works on this runtime. Tried once: with context, with a limit, and with broken data. */
  static isUsable(): boolean {
    usable ??= tryOut();
    return usable;
  }
}

function prepare(stream: DeflateRaw | InflateRaw): (DeflateRaw | InflateRaw) & PrivateZlib {
  stream.on('error', nothing);
  return stream as (DeflateRaw | InflateRaw) & PrivateZlib; // undocumented members, seen to by `isUsable`
}

function tryOut(): boolean {
  try {
    const deflate = new SyncZlib(() => nodeZlib().createDeflateRaw());
    const inflate = new SyncZlib(() => nodeZlib().createInflateRaw());
    const message = new Uint8Array(1000).map((_, index) => (index * index) & 0xff);
    const sizes = [0, 1, 2].map(() => {
      const deflated = deflate.run(message, Number.POSITIVE_INFINITY).slice();
      const inflated = inflate.run(deflated, 1000);
      if (
        inflate.taken !== deflated.length ||
        inflated.length !== 1000 ||
        inflated.some((byte, index) => byte !== message[index])
      )
        throw new Error('wrong');
      return deflated.length;
    });
    // With its context a repeated message is short; reset, it is as long as the first time.
    if ((sizes[1] ?? 0) >= (sizes[0] ?? 0) / 4) return false;
    deflate.reset();
    const again = deflate.run(message, Number.POSITIVE_INFINITY).slice();
    inflate.reset();
    return (
      again.length === sizes[0] && throws(() => inflate.run(again, 999)) && throws(() => inflate.run(message, 1000))
    );
  } catch {
    return false;
  }
}

function throws(call: () => void): boolean {
  try {
    call();
    return false;
  } catch {
    return true;
  }
}
