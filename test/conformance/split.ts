/** The ways to cut a stream of bytes into chunks. */
export type Split = 'whole' | 'bytes' | 'random';
export const SPLITS: readonly Split[] = ['whole', 'bytes', 'random'];

/** The largest piece of a random split. */
const LARGEST = 40;

/** `bytes` in pieces, in memory that a receiver may overwrite; the random ones are the same for the same `seed`. */
export function* pieces(bytes: Uint8Array, how: Split, seed: string): Generator<Uint8Array> {
  const own = Uint8Array.from(bytes);
  const random = randomOf(seed);
  for (let at = 0; at < own.length; ) {
    const size = how === 'whole' ? own.length : how === 'bytes' ? 1 : 1 + Math.floor(random() * LARGEST);
    yield own.subarray(at, at + size);
    at += size;
  }
}

/** Random numbers from 0 to 1 from a seed (mulberry32). */
export function randomOf(seed: string): () => number {
  let state = 0x811c9dc5;
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
