/** Bytes without short repetitions, so that a lost, doubled or moved piece is detected. */
export function patternBytes(size: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(size);
  const words = new Uint32Array(bytes.buffer, 0, size >> 2);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + seed + 1, 2_654_435_761);
  for (let i = words.length << 2; i < size; i++) bytes[i] = (i + seed) & 0xff;
  return bytes;
}

/** Text of exactly `size` bytes of UTF-8, with characters of one, two, three and four bytes. */
export function patternText(size: number): string {
  const wide = 'aé€😀';
  const repeats = Math.floor(size / 10);
  return wide.repeat(repeats) + 'x'.repeat(size - repeats * 10);
}

/** Sizes at which a frame's length field changes its form, and some small and large ones. */
export const SIZES: readonly number[] = [0, 1, 125, 126, 65_535, 65_536];
export const LARGE = 16 * 1024 * 1024;

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
