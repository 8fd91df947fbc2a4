import type {
  DeflateCodec,
  Deflater,
  DeflaterOptions,
  InflateFault,
  Inflater,
  InflaterOptions,
} from '../../protocol/index.ts';
import { nodeZlib } from '../../stream/index.ts';
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
  createInflater: (options) => (options.keepsContext ? new StreamInflater(options) : inflaterForAll()),
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
    this.#zlib = new SyncZlib(() => nodeZlib().createDeflateRaw({ windowBits, level, memLevel }));
    this.#keepsContext = keepsContext;
  }

  deflate(message: Uint8Array): Uint8Array {
    if (message.length === 0) return EMPTY;
    if (!this.#keepsContext) this.#zlib.reset();
    return withoutTail(this.#zlib.run(message, Number.POSITIVE_INFINITY));
  }

  release(): void {
    if (this.#keepsContext) this.#zlib.close();
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
  readonly #windowBits: number;
  /** Zlib keeps its own; ours is for the day when a final block makes it begin anew. */
  readonly #history: History | null;
  /** Zlib has begun anew since, and does not have all of `#history`. */
  #isBehind = false;
  /** Null for the one that all connections share. */
  readonly #budget: FinalBlockBudget | null;

  constructor({ windowBits, keepsContext }: InflaterOptions) {
    this.#budget = keepsContext ? new FinalBlockBudget() : null;
    this.#zlib = new SyncZlib(() => nodeZlib().createInflateRaw({ windowBits }));
    this.#windowBits = windowBits;
    this.#history = keepsContext ? new History(windowBits) : null;
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
   * Runs behind a final block, at first without the window: to give zlib a window costs as much as many messages, and who ends messages
   * with final blocks has no context to refer to. When zlib finds a distance that leads beyond what it has, it gets the window, and runs again.
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

/** It can read every window. Made when it is first needed. */
function inflaterForAll(): StreamInflater {
  sharedInflater ??= new StreamInflater({ windowBits: 15, keepsContext: false });
  return sharedInflater;
}

/**
 * The same by public calls, a new zlib stream for every message. Context takeover is had by giving the last window of
 * plain data as a dictionary, which to DEFLATE is the same thing.
 */
class PublicDeflater implements Deflater {
  readonly #options: DeflaterOptions;
  readonly #history: History | null;

  constructor(options: DeflaterOptions) {
    this.#options = options;
    this.#history = options.keepsContext ? new History(options.windowBits) : null;
  }

  deflate(message: Uint8Array): Uint8Array {
    if (message.length === 0) return EMPTY;
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
  readonly #history: History | null;
  readonly #budget = new FinalBlockBudget();

  constructor({ windowBits, keepsContext }: InflaterOptions) {
    this.#windowBits = windowBits;
    this.#history = keepsContext ? new History(windowBits) : null;
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

/** The last window of plain data, at the end of a buffer that is moved together when it runs full. */
class History {
  readonly #size: number;
  #buffer = new Uint8Array(1024);
  #end = 0;

  constructor(windowBits: number) {
    this.#size = 1 << windowBits;
  }

  /** Undefined while there is none: an empty dictionary is not one. The memory is lent until the next `append`. */
  get bytes(): Uint8Array | undefined {
    return this.#end === 0 ? undefined : this.#buffer.subarray(Math.max(0, this.#end - this.#size), this.#end);
  }

  append(message: Uint8Array): void {
    const last = message.length > this.#size ? message.subarray(message.length - this.#size) : message;
    if (this.#end + last.length > this.#buffer.length) this.#makeRoom(last.length);
    this.#buffer.set(last, this.#end);
    this.#end += last.length;
  }

  #makeRoom(needed: number): void {
    const kept = this.bytes ?? this.#buffer.subarray(0, 0);
    let capacity = this.#buffer.length;
    while (capacity < kept.length + needed) capacity *= 2;
    const moved = capacity === this.#buffer.length ? this.#buffer : new Uint8Array(capacity);
    moved.set(kept);
    this.#buffer = moved;
    this.#end = kept.length;
  }
}

/**
 * Inflates what it is given and says how much of it was taken. `begins`: a final block came before. `window` returns what lies behind
 * the data in the connection; undefined for nothing.
 */
type Run = (
  data: Uint8Array,
  maxOutputLength: number,
  begins: boolean,
  window: () => Uint8Array | undefined,
) => { output: Uint8Array; taken: number };

/** Final blocks in one message: a sender has no use for more than one. */
const MAX_FINAL_BLOCKS = 6;
/**
 * Of a connection: how often what follows a final block may refer to what lies before it, which costs as much as inflating many
 * messages (in the public form: final blocks beyond the first one of a message). An honest sender does not. One comes back for
 * every KiB of compressed data.
 */
const FINAL_BLOCK_BUDGET = 64;
const BYTES_PER_FINAL_BLOCK = 1024;

/** How many of them are left to a connection. */
class FinalBlockBudget {
  #left = FINAL_BLOCK_BUDGET;

  earn(bytes: number): void {
    this.#left = Math.min(FINAL_BLOCK_BUDGET, this.#left + bytes / BYTES_PER_FINAL_BLOCK);
  }

  /** Throws when there is none left. */
  spend(): void {
    if (this.#left < 1) throw new Error('too many final blocks');
    this.#left--;
  }
}

/** What a sender that ends its message with a final block puts behind it (RFC 7692 7.2.3.4), with the tail: nothing. */
const EMPTY_STORED_BLOCK = Uint8Array.of(0x00, 0x00, 0x00, 0xff, 0xff);

function inflateBy(
  run: Run,
  payload: Uint8Array,
  limit: number,
  windowBits: number,
  history: History | null,
  budget: FinalBlockBudget | null,
): Uint8Array<ArrayBuffer> | InflateFault {
  // An empty message has at least a byte (RFC 7692 7.2.3.6); none would leave the decompressor inside a block's header.
  if (payload.length === 0) return 'broken';
  const data = new Uint8Array(payload.length + TAIL.length);
  data.set(payload);
  data.set(TAIL, payload.length);
  try {
    budget?.earn(payload.length);
    const message = runThrough(run, data, Math.max(1, limit), windowBits, history);
    if (message.length > limit) return 'too big';
    history?.append(message);
    return message;
  } catch (error) {
    return isTooBig(error) ? 'too big' : 'broken';
  }
}

/** Not `instanceof RangeError`: under a test runner's own globals Node's is of another realm. */
function isTooBig(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ERR_BUFFER_TOO_LARGE';
}

/** RFC 7692 7.2.1, 7.2.3.4: a block with BFINAL set ends zlib's stream, but neither the message nor its window. */
function runThrough(
  run: Run,
  data: Uint8Array,
  limit: number,
  windowBits: number,
  history: History | null,
): Uint8Array<ArrayBuffer> {
  const { output, taken } = run(data, limit, false, () => history?.bytes);
  let at = taken;
  const isThrough = at === data.length || (history === null && isEmptyStoredBlock(data.subarray(at)));
  if (isThrough) return new Uint8Array(output);
  const parts = [new Uint8Array(output)];
  const window = (): Uint8Array | undefined => windowBehind(history, parts, windowBits);
  let left = limit - output.length;
  for (let blocks = 0; at < data.length; blocks++) {
    if (blocks === MAX_FINAL_BLOCKS) throw new Error('too many final blocks');
    const next = run(data.subarray(at), Math.max(1, left), true, window);
    parts.push(new Uint8Array(next.output));
    left -= next.output.length;
    at += next.taken;
    if (left < 0) break;
  }
  return new Uint8Array(Buffer.concat(parts));
}

/** What lies behind the rest of a message, whose `parts` came out so far. */
function windowBehind(
  history: History | null,
  parts: readonly Uint8Array[],
  windowBits: number,
): Uint8Array | undefined {
  const window = new History(windowBits);
  if (history?.bytes !== undefined) window.append(history.bytes);
  for (const part of parts) window.append(part);
  return window.bytes;
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

function isEmptyStoredBlock(data: Uint8Array): boolean {
  return data.length === EMPTY_STORED_BLOCK.length && data.every((byte, at) => byte === EMPTY_STORED_BLOCK[at]);
}

/** A flushed message always ends with the tail. */
function withoutTail(deflated: Uint8Array): Uint8Array {
  return deflated.subarray(0, deflated.length - TAIL.length);
}
