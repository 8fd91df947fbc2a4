import type { Platform } from '../platform.ts';

/** Below this many bytes, making a 32-bit view costs more than it saves (bench/NOTES.md). */
const VIEW_FROM = 64;

/**
 * XORs `bytes[start, end)` with a masking key, in place (RFC 6455 5.3). Masking and unmasking are the same. What sockets have read is
 * unmasked faster by `Platform.unmask` (stream/socket/simd-unmask.ts).
 *
 * `key` holds the four key bytes with the first one lowest; `phase` (0-3) is how many payload bytes came before, modulo
 * four, because a payload may come in several pieces.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number, phase: number): void {
  let rotated = rotateKey(key, phase);
  let at = start;
  if (end - start >= VIEW_FROM && LITTLE_ENDIAN) {
    // Byte by byte up to a 4-byte boundary of the memory, then words.
    while (((bytes.byteOffset + at) & 3) !== 0) {
      bytes[at]! ^= rotated & 0xff;
      rotated = (rotated >>> 8) | (rotated << 24);
      at++;
    }
    const count = (end - at) >>> 2;
    const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count);
    const unrolled = count & ~3;
    let word = 0;
    for (; word < unrolled; word += 4) {
      words[word]! ^= rotated;
      words[word + 1]! ^= rotated;
      words[word + 2]! ^= rotated;
      words[word + 3]! ^= rotated;
    }
    for (; word < count; word++) words[word]! ^= rotated;
    at += count << 2;
  }
  const first = rotated & 0xff;
  const second = (rotated >>> 8) & 0xff;
  const third = (rotated >>> 16) & 0xff;
  const fourth = rotated >>> 24;
  for (; at + 4 <= end; at += 4) {
    bytes[at]! ^= first;
    bytes[at + 1]! ^= second;
    bytes[at + 2]! ^= third;
    bytes[at + 3]! ^= fourth;
  }
  if (at < end) bytes[at]! ^= first;
  if (at + 1 < end) bytes[at + 1]! ^= second;
  if (at + 2 < end) bytes[at + 2]! ^= third;
}

/** As `applyMask`, by the platform's faster function where that applies. */
export function unmask(
  platform: Platform,
  bytes: Uint8Array,
  start: number,
  end: number,
  key: number,
  phase: number,
): void {
  if (platform.unmask?.(bytes, start, end, rotateKey(key, phase)) !== true) applyMask(bytes, start, end, key, phase);
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The key for the bytes that follow the first `phase` (0-3) ones. */
function rotateKey(key: number, phase: number): number {
  return phase === 0 ? key : (key >>> (8 * phase)) | (key << (32 - 8 * phase));
}
