/**
 * The sizes that output is collected in. The first is for those who have a word to say: thousands of peers may answer in
 * one turn, and hold one each until it ends. The second is for most turns of a game. The largest is about what a core's own
 * cache holds; longer output is spread over several.
 */
const SIZES = [512, 4096, 16_384, 65_536, 131_072, 262_144] as const;
/** What `acquireBuffer` can give at most. */
export const LARGEST_BUFFER: number = SIZES[5];
/** Bytes of each size that are kept for the next sender. */
const KEPT_SIZE = 2 * 1024 * 1024;

/** Beside `SIZES`. The last one that came back is the first to go, since it is still in the cache. */
const pools: readonly Uint8Array[][] = SIZES.map(() => []);

/** Memory for output, of `size` bytes at least, up to `LARGEST_BUFFER`. What is in it is left over from others. */
export function acquireBuffer(size: number): Uint8Array {
  const kind = kindOf(size);
  return pools[kind]!.pop() ?? new Uint8Array(SIZES[kind]!);
}

/** Gives back what `acquireBuffer` gave; nothing may point into it any more. */
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
