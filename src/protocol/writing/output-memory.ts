/** Bytes of the slabs that many outputs share. */
export const SHARED_SLAB_SIZE = 32_768;
/**
 * The sizes of slabs. The first two are for an output of its own that is short, and the last ones for long output. The largest
 * about fits into a core's cache; longer output uses several.
 */
const SIZES = [512, 4096, SHARED_SLAB_SIZE, 65_536, 131_072, 262_144] as const;
/** The largest slab. Bytes. */
export const LARGEST_SLAB: number = SIZES[5];
/** Of each size, at least this many bytes are kept for later use. */
const KEPT_SIZE = 2 * 1024 * 1024;

/**
 * Memory for output. Its users are the outputs with frames in it, from when they write them until these are sent. An output whose
 * connection is dropped during a write stays a user, because the system may still read the bytes: the slab is then not used again.
 */
export class Slab {
  readonly bytes: Uint8Array;
  /** The bytes from here on are free. */
  used = 0;
  users = 0;
  #view: Uint8Array | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** The bytes from `start` to `end`. Peers that send the same broadcasts get the same view. */
  view(start: number, end: number): Uint8Array {
    const last = this.#view;
    const at = start + this.bytes.byteOffset;
    if (last !== null && last.byteOffset === at && last.length === end - start) return last;
    this.#view = this.bytes.subarray(start, end);
    return this.#view;
  }

  empty(): void {
    this.used = 0;
    this.#view = null;
  }
}

/** The slabs of one size that are not in use, and how many the last seconds needed. */
class Shelf {
  readonly size: number;
  readonly #free: Slab[] = [];
  readonly #fewestKept: number;
  #inUse = 0;
  /** The most in use since the last `trim`, and between the two before. */
  #peak = 0;
  #peakBefore = 0;

  constructor(size: number) {
    this.size = size;
    this.#fewestKept = KEPT_SIZE / size;
  }

  /** The slab released last is taken first, because it is still in the cache. */
  take(): Slab {
    const slab = this.#free.pop() ?? new Slab(new Uint8Array(this.size));
    if (++this.#inUse > this.#peak) this.#peak = this.#inUse;
    return slab;
  }

  /** `isTrimmed`: whether more than the fewest may be kept, because `trim` will be called. */
  put(slab: Slab, isTrimmed: boolean): void {
    this.#inUse--;
    slab.empty();
    if (this.#free.length < this.#fewestKept || isTrimmed) this.#free.push(slab);
  }

  /** Bytes in use and kept. */
  get bytes(): number {
    return (this.#inUse + this.#free.length) * this.size;
  }

  /** Whether more is kept than would be without `trim`. */
  get hasSurplus(): boolean {
    return this.#free.length > this.#fewestKept;
  }

  /** Drops what was needed neither since the last call nor between the two before. */
  trim(): void {
    const needed = Math.max(this.#peak, this.#peakBefore) - this.#inUse;
    this.#free.length = Math.min(this.#free.length, Math.max(needed, this.#fewestKept));
    this.#peakBefore = this.#peak;
    this.#peak = this.#inUse;
  }
}

/**
 * The memory for the output of all connections. Thousands of connections may write a few bytes each in a turn of the event loop,
 * and hold them until the turn ends. So they share slabs, in which each has a piece. What was in use in the last seconds is kept
 * for the next turn, because new memory costs several times as much as filling it (bench/NOTES.md).
 */
export class OutputMemory {
  readonly #shelves: readonly Shelf[] = SIZES.map((size) => new Shelf(size));
  readonly #shared: Shelf = this.#shelves[SIZES.indexOf(SHARED_SLAB_SIZE)]!;
  /** The shared slab in which the next piece begins. */
  #current: Slab | null = null;
  /** Whether `trim` is called from time to time. Until then little memory is kept. */
  isTrimmed = false;

  /** A shared slab with `size` free bytes, which begin at its `used`; up to `SHARED_SLAB_SIZE`. The caller becomes a user. */
  share(size: number): Slab {
    let slab = this.#current;
    if (slab === null || slab.used + size > SHARED_SLAB_SIZE) {
      slab = this.#shared.take();
      this.#current = slab;
    }
    slab.users++;
    return slab;
  }

  /** A slab of at least `size` bytes for one user, up to `LARGEST_SLAB`. */
  own(size: number): Slab {
    const slab = this.#shelfFor(size).take();
    slab.used = slab.bytes.length;
    slab.users = 1;
    return slab;
  }

  /** The caller no longer uses the slab. */
  release(slab: Slab): void {
    if (--slab.users > 0) return;
    if (slab === this.#current) slab.empty();
    else this.#shelfFor(slab.bytes.length).put(slab, this.isTrimmed);
  }

  /** Bytes of all slabs, in use and kept. */
  get size(): number {
    let size = 0;
    for (const shelf of this.#shelves) size += shelf.bytes;
    return size;
  }

  /** Whether memory is kept that a `trim` may free. */
  get hasSurplus(): boolean {
    for (const shelf of this.#shelves) if (shelf.hasSurplus) return true;
    return false;
  }

  /** Frees memory that was not needed since the last call but one. `FlushList` calls it every second while `hasSurplus`. */
  trim(): void {
    for (const shelf of this.#shelves) shelf.trim();
  }

  #shelfFor(size: number): Shelf {
    if (size > LARGEST_SLAB) throw new RangeError(`no slab has ${size} bytes`);
    let index = 0;
    while (SIZES[index]! < size) index++;
    return this.#shelves[index]!;
  }
}

/** One for all connections. */
export const outputMemory: OutputMemory = new OutputMemory();
