/**
 * The sizes that output is collected in. The first is for those who have a word to say: thousands of peers may answer in
 * one turn, and hold one each until it ends. The second is for most turns of a game. The largest is about what a core's own
 * cache holds; longer output is spread over several.
 */
const SIZES = [512, 4096, 16_384, 65_536, 131_072, 262_144] as const;
/** What `acquireBuffer` can give at most. */
export const LARGEST_BUFFER: number = SIZES[5];
/** Bytes that are kept for the next sender, all sizes together. */
const KEPT_SIZE = 8 * 1024 * 1024;

/** Beside `SIZES`. The last one that came back is the first to go, since it is still in the cache. */
const pools: readonly Uint8Array[][] = SIZES.map(() => []);
let keptSize = 0;

/** Memory for output, of `size` bytes at least, up to `LARGEST_BUFFER`. What is in it is left over from others. */
export function acquireBuffer(size: number): Uint8Array {
  const kind = kindOf(size);
  const pooled = pools[kind]!.pop();
  if (pooled === undefined) return new Uint8Array(SIZES[kind]!);
  keptSize -= pooled.length;
  return pooled;
}

/** Gives back what `acquireBuffer` gave; nothing may point into it any more. */
export function releaseBuffer(buffer: Uint8Array): void {
  if (keptSize + buffer.length > KEPT_SIZE) return;
  pools[kindOf(buffer.length)]!.push(buffer);
  keptSize += buffer.length;
}

function kindOf(size: number): number {
  let kind = 0;
  while (SIZES[kind]! < size) kind++;
  return kind;
}
