import { constants, createDeflateRaw, createInflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';
import type {
  DeflateCodec,
  Deflater,
  DeflaterOptions,
  InflateFault,
  Inflater,
  InflaterOptions,
} from '../protocol/index.ts';
import { SyncZlib } from './sync-zlib.ts';

/** What every flushed message ends with, left out on the wire (RFC 7692 7.2.1, 7.2.2). */
const TAIL = Uint8Array.of(0x00, 0x00, 0xff, 0xff);

/** An empty message (RFC 7692 7.2.3.6); zlib, asked to flush nothing twice, writes nothing. */
const EMPTY = Uint8Array.of(0x00);

/**
 * DEFLATE by Node's zlib, synchronously. The fast form keeps zlib's streams from message to message, which needs a private
 * method of theirs; where that does not work as expected, the form on the public API takes its place, about three times
 * as slow for small messages (bench/NOTES.md).
 */
export function createNodeCodec(isFast: boolean = SyncZlib.isUsable()): DeflateCodec {
  return isFast ? fastCodec : publicCodec;
}

const fastCodec: DeflateCodec = {
  createDeflater: (options) => (options.keepsContext ? new StreamDeflater(options) : sharedDeflater(options)),
  createInflater: (options) => (options.keepsContext ? new StreamInflater(options) : sharedInflater),
};

export const publicCodec: DeflateCodec = {
  createDeflater: (options) => new PublicDeflater(options),
  createInflater: (options) => new PublicInflater(options),
};

/** A compressor on one zlib stream: its own with context takeover, else one that is reset before every message. */
class StreamDeflater implements Deflater {
  readonly #zlib: SyncZlib;
  readonly #keepsContext: boolean;

  constructor({ windowBits, level, memLevel, keepsContext }: DeflaterOptions) {
    this.#zlib = new SyncZlib(() => createDeflateRaw({ windowBits, level, memLevel }));
    this.#keepsContext = keepsContext;
  }

  deflate(message: Uint8Array): Uint8Array {
    if (message.length === 0) return EMPTY;
    if (!this.#keepsContext) this.#zlib.reset();
    return withoutTail(this.#zlib.run(message, Number.POSITIVE_INFINITY));
  }
}

const deflaters = new Map<string, Deflater>();

/** Without context takeover a compressor has no memory of its connection: all of the same settings share one. */
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
  readonly #keepsContext: boolean;

  constructor({ windowBits, keepsContext }: InflaterOptions) {
    this.#zlib = new SyncZlib(() => createInflateRaw({ windowBits }));
    this.#keepsContext = keepsContext;
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array | InflateFault {
    if (!this.#keepsContext) this.#zlib.reset();
    return inflateBy((data) => this.#zlib.run(data, Math.max(1, limit)), payload, limit);
  }
}

/** It can read every window. */
const sharedInflater = new StreamInflater({ windowBits: 15, keepsContext: false });

/**
 * The same by public calls, a new zlib stream for every message. Context takeover is had by giving the last window of
 * plain data as a dictionary, which to DEFLATE is the same thing.
 */
class PublicDeflater implements Deflater {
  readonly #options: DeflaterOptions;
  readonly #history: History | null;

  constructor(options: DeflaterOptions) {
    this.#options = options;
    this.#history = options.keepsContext ? new History(1 << options.windowBits) : null;
  }

  deflate(message: Uint8Array): Uint8Array {
    if (message.length === 0) return EMPTY;
    const { windowBits, level, memLevel } = this.#options;
    const dictionary = this.#history?.bytes;
    const deflated = deflateRawSync(message, {
      windowBits,
      level,
      memLevel,
      finishFlush: constants.Z_SYNC_FLUSH,
      ...(dictionary === undefined ? {} : { dictionary }),
    });
    this.#history?.append(message);
    return withoutTail(deflated);
  }
}

class PublicInflater implements Inflater {
  readonly #history: History | null;

  constructor({ windowBits, keepsContext }: InflaterOptions) {
    this.#history = keepsContext ? new History(1 << windowBits) : null;
  }

  inflate(payload: Uint8Array, limit: number): Uint8Array | InflateFault {
    const dictionary = this.#history?.bytes;
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: Math.max(1, limit) };
    const run = (data: Uint8Array): Uint8Array =>
      inflateRawSync(data, dictionary === undefined ? options : { ...options, dictionary });
    const message = inflateBy(run, payload, limit);
    if (message instanceof Uint8Array) this.#history?.append(message);
    return message;
  }
}

/** The last window of plain data. */
class History {
  readonly #size: number;
  /** Undefined while there is none: an empty dictionary is not one. */
  bytes: Uint8Array | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  append(message: Uint8Array): void {
    if (message.length === 0) return;
    const last = message.subarray(Math.max(0, message.length - this.#size));
    const kept = (this.bytes ?? new Uint8Array(0)).subarray(-Math.max(1, this.#size - last.length));
    const joined = new Uint8Array(last.length === this.#size ? last.length : kept.length + last.length);
    if (last.length < this.#size) joined.set(kept);
    joined.set(last, joined.length - last.length);
    this.bytes = joined;
  }
}

function inflateBy(
  run: (data: Uint8Array) => Uint8Array,
  payload: Uint8Array,
  limit: number,
): Uint8Array | InflateFault {
  const data = new Uint8Array(payload.length + TAIL.length);
  data.set(payload);
  data.set(TAIL, payload.length);
  try {
    const message = run(data);
    return message.length > limit ? 'too big' : new Uint8Array(message);
  } catch (error) {
    const isTooBig = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooBig ? 'too big' : 'broken';
  }
}

/** A flushed message always ends with the tail. */
function withoutTail(deflated: Uint8Array): Uint8Array {
  return deflated.subarray(0, deflated.length - TAIL.length);
}
