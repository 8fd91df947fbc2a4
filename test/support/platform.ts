import { isUtf8 } from 'node:buffer';
import { createHash, randomFillSync } from 'node:crypto';
import { TextDecoder, TextEncoder } from 'node:util';
import type { Platform } from '../../src/protocol/platform.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Node as a `Platform`, for tests whose result does not depend on randomness. */
export const nodePlatform: Platform = {
  fillRandom(bytes) {
    randomFillSync(bytes);
  },
  sha1(bytes) {
    return new Uint8Array(createHash('sha1').update(bytes).digest());
  },
  isUtf8(bytes) {
    return isUtf8(bytes);
  },
  encodeUtf8(text) {
    return encoder.encode(text);
  },
  decodeUtf8(bytes) {
    return decoder.decode(bytes);
  },
};

/** The same, with a seeded random generator (mulberry32): equal seeds give equal bytes. */
export function seededPlatform(seed: number): Platform {
  let state = seed >>> 0;
  const nextByte = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) & 0xff;
  };
  return {
    ...nodePlatform,
    fillRandom(bytes) {
      for (let i = 0; i < bytes.length; i++) bytes[i] = nextByte();
    },
  };
}
