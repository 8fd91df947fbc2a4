/**
 * The sizes of output buffers. The smallest is for peers that send one short message: thousands of them may hold one each
 * until the turn ends. The second is enough for most turns of a game. The largest about fits into a core's cache; longer
 * output uses several.
 */
const SIZES = [512, 4096, 16_384, 65_536, 131_072, 262_144] as const;
/** The largest size for `acquireBuffer`. */
export const LARGEST_BUFFER: number = SIZES[5];
/** The most bytes that are kept of each size. */
const KEPT_SIZE = 2 * 1024 * 1024;

/** One pool for each of `SIZES`. The buffer released last is acquired first, because it is still in the cache. */
const pools: readonly Uint8Array[][] = SIZES.map(() => []);

/** Memory for output, of at least `size` bytes, up to `LARGEST_BUFFER`. It is not cleared. */
export function acquireBuffer(size: number): Uint8Array {
  const kind = kindOf(size);
  return pools[kind]!.pop() ?? new Uint8Array(SIZES[kind]!);
}

/** Returns a buffer to its pool; nothing may refer to it any more. */
export function releaseBuffer(buffer: Uint8Array): void {
  const pool = pools[kindOf(buffer.length)]!;
  if (pool.length * buffer.length < KEPT_SIZE) pool.push(buffer);
}

function kindOf(size: number): number {
  if (size > LARGEST_BUFFER) throw new RangeError(`no output buffer has ${size} bytes`);
  let kind = 0;
  while (SIZES[kind]! < size) kind++;
  return kind;
}
