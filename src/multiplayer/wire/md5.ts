/** RFC 1321 3.4: how far each step rotates, by round and step. */
const ROTATIONS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
/** RFC 1321 3.4: T[i] = floor(2^32 * |sin(i + 1)|). */
const SINES = Int32Array.from({ length: 64 }, (_, step) => Math.floor(2 ** 32 * Math.abs(Math.sin(step + 1))));

/**
 * MD5 (RFC 1321) of `bytes` as lower-case hexadecimal digits. The engine compares the method lists of the two sides by it;
 * it is not used for security. Implemented here because browsers have no MD5.
 */
export function md5(bytes: Uint8Array): string {
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  const padded = pad(bytes);
  const words = new Int32Array(16);
  const view = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 64) {
    for (let index = 0; index < 16; index++) words[index] = view.getInt32(at + 4 * index, true);
    mix(state, words);
  }
  let digits = '';
  for (const byte of littleEndian(state)) digits += byte.toString(16).padStart(2, '0');
  return digits;
}

/** RFC 1321 3.1, 3.2: a one bit, zeros, and the length in bits, to a multiple of 64 bytes. */
function pad(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n, true);
  return padded;
}

function littleEndian(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [index, word] of state.entries()) view.setInt32(4 * index, word, true);
  return bytes;
}

/** RFC 1321 3.4: the four rounds over one block. */
function mix(state: Int32Array, words: Int32Array): void {
  let [a, b, c, d] = state as unknown as [number, number, number, number]; // it has four
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const [value, word] =
      round === 0
        ? [(b & c) | (~b & d), step]
        : round === 1
          ? [(d & b) | (~d & c), 5 * step + 1]
          : round === 2
            ? [b ^ c ^ d, 3 * step + 5]
            : [c ^ (b | ~d), 7 * step];
    const sum = (a + value + words[word & 15]! + SINES[step]!) | 0;
    const rotation = ROTATIONS[4 * round + (step & 3)]!;
    [a, d, c, b] = [d, c, b, (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0];
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
}
