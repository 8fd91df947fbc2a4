import type { DeflateRaw, InflateRaw } from 'node:zlib';
import { nodeZlib } from '../../stream/index.ts';

/** What is used of a zlib stream although Node does not document it: all of it is checked by `isUsable` before. */
interface PrivateZlib {
  readonly bytesWritten: number;
  _processChunk(chunk: Uint8Array, flushFlag: number): Uint8Array;
  _handle: { close: () => void } | null;
  _maxOutputLength: number;
}

const nothing = (): void => {};

let usable: boolean | null = null;

/**
 * A zlib stream that runs synchronously and goes on being usable afterwards. Node's own synchronous form closes its stream
 * after every call: here the closing is held off while it runs.
 */
export class SyncZlib {
  readonly #create: () => DeflateRaw | InflateRaw;
  #stream: (DeflateRaw | InflateRaw) & PrivateZlib;

  constructor(create: () => DeflateRaw | InflateRaw) {
    this.#create = create;
    this.#stream = prepare(create());
  }

  /** Everything that comes of `data`, flushed to a byte border. Throws what zlib throws; then the context is lost. */
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
      // Node adds one for every call.
      stream.removeAllListeners('error');
      stream.on('error', nothing);
      // A stream that has failed is not to be used again.
      if (!isFit) this.renew();
    }
  }

  /** How much of its data the last `run` took: less than all of it when the data ended with a final block. */
  get taken(): number {
    return this.#stream.bytesWritten;
  }

  /** Forgets the messages so far. */
  reset(): void {
    this.#stream.reset();
  }

  /** Begins anew with another stream, for good: by default one like the first. */
  renew(create: () => DeflateRaw | InflateRaw = this.#create): void {
    const handle = this.#stream._handle;
    this.#stream = prepare(create());
    handle?.close();
  }

  /** Gives its memory back now, not when it is collected. It is of no use after that. */
  close(): void {
    this.#stream.close();
  }

  /** Whether it works on this runtime: tried once, with context, with a limit, and with broken data. */
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
